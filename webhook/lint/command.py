"""`omamori lint`: find in manifests what would be refused, ignored or changed, before anything is deployed."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from vault.cli.exit_codes import CHANGES, OK
from vault.cli.terminal import warn, write_document
from vault.places import Mistake
from webhook.admission.annotations.dialects import DIALECTS, parse_any
from webhook.admission.problems import Rejected
from webhook.config.environ import PREFIX, SettingsInvalid
from webhook.config.settings import Settings
from webhook.lint.check import SettingsFor, check
from webhook.lint.finding import Finding, Level
from webhook.lint.formats import as_json, junit, sarif, text
from webhook.sources.manifests import read_files
from webhook.sources.settings import assumed_settings, decision_settings
from webhook.workloads.registry import ManifestPod

_NAMESPACE = "default"
FORMATS: Mapping[str, Callable[[Sequence[Finding], Sequence[str]], str]] = {
    "text": text.render,
    "json": as_json.render,
    "sarif": sarif.render,
    "junit": junit.render,
}


def run(
    *,
    manifests: tuple[Path, ...],
    namespace: str | None,
    settings_file: Path | None,
    pipeline_service_account: str,
    output: str,
    strict: bool,
) -> int:
    """Print the findings. Exit code CHANGES: there is an error, or with `strict` a warning."""
    settings_for = _settings_for(settings_file)
    found: set[Finding] = set()
    files: dict[str, None] = {}
    objects = 0
    for each in read_files(manifests):
        if isinstance(each, Mistake):
            found.add(Finding(each.place, Level.ERROR, "unreadable", "", each.what))
            files[each.place.file] = None
            continue
        objects += 1
        files[each.file] = None
        found |= check(each, settings_for, namespace or _NAMESPACE, pipeline_service_account)
    findings = sorted(found)
    rendered = FORMATS[output](findings, list(files))
    if rendered:
        write_document(f"{rendered}\n")
    if output == "text":
        warn(_summary(findings, len(files), objects))
    most = Level.WARNING if strict else Level.ERROR
    return CHANGES if any(each.level <= most for each in findings) else OK


def _settings_for(file: Path | None) -> SettingsFor:
    """Return the settings that are given for every Pod, else those that allow the Vaults which it names."""
    if file is None and f"{PREFIX}VAULTS" not in os.environ:
        warn("omamori lint: no settings are given: the defaults count, and every Vault that is named; see --settings")
        return _assumed_for
    settings, _ = decision_settings(file, {}, None, os.environ)
    return lambda _pod: settings


def _assumed_for(pod: ManifestPod) -> Settings:
    try:
        spec = parse_any(pod.pod, namespace=pod.namespace, dialects=DIALECTS)
        named = [spec.vault, *(each.vault for each in spec.vault_roles)] if spec else []
        return assumed_settings(frozenset(filter(None, named)))
    except (Rejected, SettingsInvalid):  # the decision says what is wrong with it
        return assumed_settings(frozenset())


def _summary(findings: Sequence[Finding], files: int, objects: int) -> str:
    counts = [f"{sum(each.level is level for each in findings)} {level.name.lower()}s" for level in Level]
    looked = f"{objects} objects of {files} files"
    return f"omamori lint: {looked}: {', '.join(counts)}" if findings else f"omamori lint: {looked}: nothing found"
