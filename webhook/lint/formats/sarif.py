"""Findings as SARIF 2.1.0 (OASIS), which code hosts show beside the changed lines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any
from urllib.parse import quote

from webhook.admission.reasons import Reason
from webhook.lint.finding import RULES, Finding
from webhook.lint.report import Report

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render(report: Report) -> str:
    """Render the findings as one run."""
    rules = sorted({each.rule for each in report.findings})
    driver = {"name": "omamori lint", "version": version("omamori"), "rules": [_rule(each) for each in rules]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [{**_result(each), "ruleIndex": rules.index(each.rule)} for each in report.findings],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)


def _rule(name: str) -> Mapping[str, Any]:
    text = RULES.get(name) or next(f"the Pod is refused: {each.meaning}" for each in Reason if each == name)
    return {"id": name, "shortDescription": {"text": text}}


def _result(finding: Finding) -> dict[str, Any]:
    where: dict[str, Any] = {"artifactLocation": {"uri": quote(finding.place.file)}}
    if finding.place.line:
        where["region"] = {"startLine": finding.place.line, "startColumn": finding.place.column}
    text = f"{finding.subject}: {finding.message}" if finding.subject else finding.message
    return {
        "ruleId": finding.rule,
        "level": finding.level.name.lower(),
        "message": {"text": text},
        "locations": [{"physicalLocation": where}],
    }
