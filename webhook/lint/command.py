"""`omamori lint`: find in manifests what would be refused, ignored or changed, before anything is deployed."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from vault.cli.exit_codes import CHANGES, OK
from vault.cli.terminal import warn, write_document
from vault.places import Mistake
from webhook.admission.annotations.dialects import dialects_of
from webhook.lint.check import check
from webhook.lint.finding import Finding, Level
from webhook.lint.formats import as_json, junit, sarif, text
from webhook.lint.pipelines import find_pipeline_traps
from webhook.sources.manifests import read_files
from webhook.sources.settings import settings_by_pod
from webhook.workloads.manifest import Manifest

FORMATS: Mapping[str, Callable[[Sequence[Finding], Sequence[str]], str]] = {
    "text": text.render,
    "json": as_json.render,
    "sarif": sarif.render,
    "junit": junit.render,
}


def run(
    *,
    manifests: tuple[Path, ...],
    namespace: str,
    settings_file: Path | None,
    pipeline_service_account: str,
    output: str,
    strict: bool,
) -> int:
    """Print the findings. Exit code CHANGES: there is an error, or with `strict` a warning."""
    settings = settings_by_pod(settings_file, os.environ)
    found: set[Finding] = set()
    files: dict[str, None] = {}
    objects = 0
    before = Manifest({})
    for each in read_files(manifests):
        if isinstance(each, Mistake):
            found.add(Finding(each.place, Level.ERROR, "unreadable", "", each.what))
            files[each.place.file] = None
            continue
        objects += 1
        files[each.file] = None
        found |= check(each, settings, namespace, pipeline_service_account)
        if before.file == each.file:
            found |= set(find_pipeline_traps(before, each, dialects_of(settings.usual, namespace)))
        before = each
    findings = sorted(found)
    rendered = FORMATS[output](findings, list(files))
    if rendered:
        write_document(f"{rendered}\n")
    if output == "text":
        warn(_summary(findings, len(files), objects))
    most = Level.WARNING if strict else Level.ERROR
    return CHANGES if any(each.level <= most for each in findings) else OK


def _summary(findings: Sequence[Finding], files: int, objects: int) -> str:
    counts = [f"{sum(each.level is level for each in findings)} {level.name.lower()}s" for level in Level]
    looked = f"{objects} objects of {files} files"
    return f"omamori lint: {looked}: {', '.join(counts)}" if findings else f"omamori lint: {looked}: nothing found"
