"""Settings for the decision on Pods: the webhook's own if given, else a minimal set.

Settings that do not affect rights in Vault may be missing: certificates, images, the CA of Vault, whose file is on
another machine. What depends on the cluster is allowed, because it is unknown here.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from vault.cli.command import UsageError
from vault.cli.files import read_text
from vault.policy.authoring.suggest_access import Login
from webhook.config.environ import PREFIX, SettingsInvalid
from webhook.config.settings import Settings, from_environ
from webhook.suggest import DEFAULT_VAULT_NAME

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
        given = _least(vault_name or DEFAULT_VAULT_NAME, said)
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


def login_of(settings: Settings, vault: str) -> Login:
    """Return how Pods log in to a Vault, according to the settings."""
    found = settings.vaults[vault]
    return Login(found.auth_mount, found.auth_kind, found.audience)


def _least(name: str, said: Mapping[str, str]) -> dict[str, str]:
    prefix = f"{PREFIX}VAULT_{name.upper().replace('-', '_')}_"
    return {
        f"{PREFIX}VAULTS": name,
        f"{PREFIX}ALLOW_RESTART": "true",
        f"{PREFIX}DIALECT_VAULTK8S": "true",
        f"{prefix}ADDRESS": "https://vault.invalid",
        **{f"{prefix}{variable}": text for variable, text in said.items()},
    }


def _read_settings(file: Path) -> dict[str, str]:
    lines = read_text(file, "--settings-file").splitlines()
    found: dict[str, str] = {}
    for number, line in enumerate(map(str.strip, lines), 1):
        name, equals, text = line.partition("=")
        if line.startswith("#") or not line:
            continue
        if not equals or not name.startswith(PREFIX):
            raise UsageError(f"--settings-file {file}:{number}: is not a line {PREFIX}NAME=VALUE")
        found[name] = text
    if f"{PREFIX}VAULTS" not in found:
        raise UsageError(f"--settings-file {file}: {PREFIX}VAULTS is missing")
    return found
