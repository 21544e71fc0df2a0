"""The manifests themselves, for what stands between a renderer and a cluster: a post-renderer of Helm, a plugin."""

from __future__ import annotations

from webhook.lint.report import Report


def render(report: Report) -> str:
    """Give back what was read, unchanged; files are separate documents. Empty where a finding stops it."""
    if report.is_stopped:
        return ""
    made = ""
    for text in report.texts.values():
        if made:
            made += "---\n" if made.endswith("\n") else "\n---\n"
        made += text
    return made
