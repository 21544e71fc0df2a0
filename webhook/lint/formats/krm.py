"""Findings as the results of a KRM function, by the specification of kustomize; the function changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from vault.cli.command import UsageError
from webhook.lint.finding import Finding, Level
from webhook.lint.report import Report
from webhook.workloads.manifest import Manifest

_SEVERITY = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "info"}
_PATH, _INDEX = (
    ("internal.config.kubernetes.io/" + name, "config.kubernetes.io/" + name) for name in ("path", "index")
)


def render(report: Report) -> str:
    """Give back the ResourceList that was read, with its results. Raises UsageError where it is none."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 1_000_000  # lines stay as they are
    try:
        (text,) = report.texts.values()
        document = yaml.load(text)
        is_list = document["kind"] == "ResourceList"
    except (ValueError, YAMLError, TypeError, KeyError):
        is_list = False
    if not is_list:
        raise UsageError("-o krm takes one ResourceList, as kustomize sends it to a function: omamori lint -o krm -")
    document["results"] = [_result(each, report.objects.get(each)) for each in report.findings]
    written = StringIO()
    yaml.dump(document, written)
    return written.getvalue()


def _result(finding: Finding, manifest: Manifest | None) -> dict[str, Any]:
    found = {"message": finding.message, "severity": _SEVERITY[finding.level], "tags": {"rule": finding.rule}}
    return found if manifest is None else {**found, **_of(manifest)}


def _of(manifest: Manifest) -> dict[str, Any]:
    metadata = manifest.metadata
    reference = {
        "apiVersion": manifest.api_version,
        "kind": manifest.kind,
        "name": str(metadata.get("name") or metadata.get("generateName") or ""),
    }
    if manifest.namespace:
        reference["namespace"] = manifest.namespace
    annotations = metadata.get("annotations")
    path = _first(annotations, _PATH)
    if not path:
        return {"resourceRef": reference}
    index = _first(annotations, _INDEX)
    return {"resourceRef": reference, "file": {"path": path, **({"index": int(index)} if index.isdecimal() else {})}}


def _first(annotations: object, names: tuple[str, ...]) -> str:
    found: Mapping[str, Any] = annotations if isinstance(annotations, dict) else {}
    return next((str(found[name]) for name in names if name in found), "")
