"""Settings for the decision on Pods: the webhook's own if given, else a minimal set.

Settings that do not affect rights in Vault may be missing: certificates, images, the CA of Vault, whose file is on
another machine. What depends on the cluster is allowed, because it is unknown here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from vault.cli.command import UsageError
from vault.cli.files import read_text
from vault.cli.terminal import complain
from vault.places import Mistake
from vault.yamlfile import parse_documents
from webhook.admission.annotations.dialects import DIALECTS, parse_any
from webhook.admission.problems import Rejected
from webhook.config.environ import PREFIX, SettingsInvalid
from webhook.config.settings import Settings, from_environ
from webhook.sources import DEFAULT_VAULT_NAME
from webhook.sources.chart_values import settings_of_values
from webhook.workloads.registry import ManifestPod

_UNIMPORTANT = {
    f"{PREFIX}AGENT_IMAGE": "omamori-agent",
    f"{PREFIX}TLS_CERTIFICATE_FILE": "tls.crt",
    f"{PREFIX}TLS_KEY_FILE": "tls.key",
}
_ELSEWHERE = "_CA_FILE"


def decision_settings(
    settings_file: Path | None, said: Mapping[str, str], vault_name: str | None, environ: Mapping[str, str]
) -> tuple[Settings, str]:
    """Return the settings and the Vault's name: from the file, else `environ`, else `said`.

    `said` are values of flags, by the suffix of their variable. Raises CallWrong.
    """
    given = {name: text for name, text in environ.items() if name.startswith(PREFIX)}
    if settings_file is not None:
        given = _read_settings(settings_file)
    if f"{PREFIX}VAULTS" not in given:
        given = _least([vault_name or DEFAULT_VAULT_NAME], said)
    elif said:
        flag = next(iter(said)).lower().replace("_", "-")
        raise UsageError(f"--{flag} works only without settings, which already define it")
    try:
        settings, _ = from_environ(_UNIMPORTANT | {n: t for n, t in given.items() if not n.endswith(_ELSEWHERE)})
    except SettingsInvalid as error:
        raise UsageError(str(error)) from None
    name = vault_name or settings.default_vault
    if name not in settings.vaults:
        raise UsageError(f"--vault-name: there is no Vault {name!r}; there are: {', '.join(settings.vaults)}")
    return settings, name


@dataclass(frozen=True, slots=True)
class PodSettings:
    """The settings that a Pod is decided by; `usual` are for what is no Pod."""

    usual: Settings
    of: Callable[[ManifestPod], Settings]


def settings_by_pod(file: Path | None, environ: Mapping[str, str]) -> PodSettings:
    """Return the settings that are given, for every Pod; without any, those that allow the Vaults which a Pod names.

    The latter is told on standard error. Raises UsageError.
    """
    if file is None and f"{PREFIX}VAULTS" not in environ:
        complain("no settings are given: the defaults count, and every Vault that is named; see --settings")
        return PodSettings(assumed_settings(frozenset()), _assumed_for)
    settings, _ = decision_settings(file, {}, None, environ)
    return PodSettings(settings, lambda _pod: settings)


def _assumed_for(pod: ManifestPod) -> Settings:
    try:
        spec = parse_any(pod.pod, namespace=pod.namespace, dialects=DIALECTS)
        named = [spec.vault, *(each.vault for each in spec.vault_roles)] if spec else []
        return assumed_settings(frozenset(filter(None, named)))
    except (Rejected, SettingsInvalid):  # the decision says what is wrong with it
        return assumed_settings(frozenset())


@cache
def assumed_settings(vaults: frozenset[str]) -> Settings:
    """Return settings that allow what any could, with a default Vault and these. Raises SettingsInvalid."""
    others = sorted(vaults - {DEFAULT_VAULT_NAME})
    settings, _ = from_environ(_UNIMPORTANT | _least([DEFAULT_VAULT_NAME, *others], {}))
    return settings


def _least(names: Sequence[str], said: Mapping[str, str]) -> dict[str, str]:
    found = {
        f"{PREFIX}VAULTS": ",".join(names),
        f"{PREFIX}ALLOW_RESTART": "true",
        f"{PREFIX}DIALECT_VAULTK8S": "true",
        f"{PREFIX}ONE_TRUST_DOMAIN": str(len(names) > 1).lower(),
    }
    for name in names:
        prefix = f"{PREFIX}VAULT_{name.upper().replace('-', '_')}_"
        found |= {f"{prefix}ADDRESS": "https://vault.invalid"}
        found |= {f"{prefix}{variable}": text for variable, text in said.items()}
    return found


def _read_settings(file: Path) -> dict[str, str]:
    """Read the chart's values, or lines NAME=VALUE. Raises UsageError."""
    text = read_text(file, "the settings")
    return _of_values(file, text) if _is_yaml(text) else _of_lines(file, text)


def _is_yaml(text: str) -> bool:
    """Whether the first line that says something is one of the chart's values, not of NAME=VALUE."""
    lines = (line.strip() for line in text.splitlines())
    first = next((line for line in lines if line and not line.startswith("#")), "")
    return not first.startswith(PREFIX) and (":" in first or first == "---")


def _of_values(file: Path, text: str) -> dict[str, str]:
    mistakes: list[Mistake] = []
    documents = parse_documents(str(file), text, mistakes)
    if mistakes:
        raise UsageError(f"the settings {mistakes[0]}")
    if len(documents) != 1 or not isinstance(documents[0].value, dict):
        raise UsageError(f"the settings {file}: is no file of the chart's values")
    try:
        return settings_of_values(documents[0].value)
    except ValueError as error:
        raise UsageError(f"the settings {file}: {error}") from None


def _of_lines(file: Path, text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, line in enumerate(map(str.strip, text.splitlines()), 1):
        name, equals, text = line.partition("=")
        if line.startswith("#") or not line:
            continue
        if not equals or not name.startswith(PREFIX):
            raise UsageError(f"the settings {file}:{number}: is not a line {PREFIX}NAME=VALUE")
        found[name] = text
    if f"{PREFIX}VAULTS" not in found:
        raise UsageError(f"the settings {file}: {PREFIX}VAULTS is missing")
    return found
