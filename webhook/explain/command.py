"""`omamori explain`: show what would become of the Pods of manifests."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from vault.cli.exit_codes import CHANGES, OK
from vault.cli.terminal import complain, tell, write_document
from vault.places import Mistake
from webhook.admission.annotations.dialects import dialects_of
from webhook.explain.picture import PodView
from webhook.explain.svg import render_svg
from webhook.explain.text import render_markdown, render_text
from webhook.explain.view import view
from webhook.sources.manifests import read_files
from webhook.sources.settings import settings_by_pod
from webhook.workloads.annotated import annotations_of, ours_among
from webhook.workloads.manifest import ManifestInvalid
from webhook.workloads.registry import ManifestPod, find_pods

EXPLAIN_VERSION = 1


def _render_json(pods: Sequence[PodView]) -> str:
    found = {"explainVersion": EXPLAIN_VERSION, "pods": [asdict(each) for each in pods]}
    return json.dumps(found, indent=2, ensure_ascii=False)


_DOCUMENTS: Mapping[str, Callable[[Sequence[PodView]], str]] = {
    "markdown": render_markdown,
    "json": _render_json,
    "svg": render_svg,
}


def run(
    *,
    manifests: tuple[Path, ...],
    namespace: str,
    settings_file: Path | None,
    pipeline_service_account: str,
    output: str,
) -> int:
    """Print what becomes of each Pod that asks for secrets. Exit code CHANGES: one is refused, or cannot be read."""
    settings = settings_by_pod(settings_file, os.environ)
    dialects = dialects_of(settings.usual, namespace)
    pods: list[ManifestPod] = []
    mistakes: list[Mistake] = []
    for each in read_files(manifests):
        try:
            if isinstance(each, Mistake):
                mistakes.append(each)
            else:
                found = find_pods(each, namespace, pipeline_service_account)
                pods += [pod for pod in found if ours_among(annotations_of(pod.pod), dialects)]
        except ManifestInvalid as error:
            mistakes.append(error.mistake)
    complain(*map(str, mistakes))
    views = [view(each, settings.of(each)) for each in pods]
    if not views:
        complain("no Pod in these files asks for a secret")
    elif output == "text":
        tell(*render_text(views).splitlines())
    else:
        write_document(f"{_DOCUMENTS[output](views)}\n")
    return CHANGES if mistakes or any(each.outcome == "denied" for each in views) else OK
