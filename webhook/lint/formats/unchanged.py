"""The manifests themselves, for what stands between a renderer and a cluster: a post-renderer of Helm, a plugin."""

from __future__ import annotations

from webhook.lint.finding import Level
from webhook.lint.report import Report


def render(report: Report) -> str:
    """Give back what was read, unchanged; files are separate documents. Empty where there is an error."""
    if report.has(Level.ERROR):
        return ""
    texts = [text if text.endswith("\n") else f"{text}\n" for text in report.texts.values()]
    return "---\n".join(texts)
