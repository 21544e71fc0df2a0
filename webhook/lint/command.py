"""`omamori lint`: find in manifests what would be refused, ignored or changed, before anything is deployed."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from vault.cli.exit_codes import CHANGES, OK
from vault.cli.terminal import warn, write_document
from vault.places import Mistake
from vault.policy.commands.access_files import read_access
from webhook.admission.annotations.dialects import dialects_of
from webhook.lint.check import check
from webhook.lint.finding import Finding, Level
from webhook.lint.formats import as_json, junit, krm, sarif, text, unchanged
from webhook.lint.pipelines import find_pipeline_traps
from webhook.lint.report import Report
from webhook.sources.manifests import objects_of, read_texts
from webhook.sources.settings import settings_by_pod
from webhook.workloads.manifest import Manifest

FORMATS: Mapping[str, Callable[[Report], str]] = {
    "text": text.render,
    "json": as_json.render,
    "sarif": sarif.render,
    "junit": junit.render,
    "manifests": unchanged.render,
    "krm": krm.render,
}
# what a tool reads on, so that people find the findings on standard error
_READ_ON = ("manifests", "krm")


def run(
    *,
    manifests: tuple[Path, ...],
    namespace: str,
    settings_file: Path | None,
    pipeline_service_account: str,
    access: tuple[Path, ...],
    output: str,
    strict: bool,
) -> int:
    """Print the findings. Exit code CHANGES: there is an error, or with `strict` a warning."""
    settings = settings_by_pod(settings_file, os.environ)
    granted = read_access(access) if access else None
    found: dict[Finding, Manifest | None] = {}
    texts: dict[str, str] = {}
    objects = 0
    for read in read_texts(manifests):
        if isinstance(read, Mistake):
            found[_unreadable(read)] = None
            continue
        texts[read[0]] = read[1]
        before = Manifest({})
        for each in objects_of(*read):
            if isinstance(each, Mistake):
                found[_unreadable(each)] = None
                continue
            objects += 1
            found |= dict.fromkeys(check(each, settings, namespace, pipeline_service_account, granted), each)
            traps = find_pipeline_traps(before, each, dialects_of(settings.usual, namespace))
            found |= dict.fromkeys(traps, each)
            before = each
    within = {each: manifest for each, manifest in found.items() if manifest is not None}
    report = Report(sorted(found), texts, within, Level.WARNING if strict else Level.ERROR)
    rendered = FORMATS[output](report)
    if rendered:
        write_document(rendered if output in _READ_ON else f"{rendered}\n")
    if output in _READ_ON:
        warn(*map(text.line_of, report.findings))
    if output in {"text", *_READ_ON}:
        warn(_summary(report, objects))
    return CHANGES if report.is_stopped else OK


def _unreadable(mistake: Mistake) -> Finding:
    return Finding(mistake.place, Level.ERROR, "unreadable", "", mistake.what)


def _summary(report: Report, objects: int) -> str:
    counts = [f"{sum(each.level is level for each in report.findings)} {level.name.lower()}s" for level in Level]
    looked = f"{objects} objects of {len(report.files)} files"
    return f"omamori lint: {looked}: {', '.join(counts) if report.findings else 'nothing found'}"
