"""Annotated Pods in files, and what `omamori policy suggest` has made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from vault.policy.files.model import Access
from vault.policy.files.parse import parse_access

SECRET = {"file.omamori.dev/x": "secret/data/shop/db#password"}

Suggest = Callable[..., tuple[int, str, list[str]]]


def written(
    folder: Path, *pods: Mapping[str, Any], name: str = "pods.yaml", annotations: Mapping[str, str] | None = None
) -> Path:
    """Write Pods, each of them by its fields `annotations`, `account` and `namespace`."""
    texts = []
    for number, pod in enumerate(pods or [{"annotations": annotations or SECRET}]):
        lines = "".join(f"    {key}: '{text}'\n" for key, text in pod.get("annotations", SECRET).items())
        texts.append(
            f"apiVersion: v1\nkind: Pod\nmetadata:\n  name: p{number}\n  namespace: {pod.get('namespace', 'shop')}\n"
            f"  annotations:\n{lines}spec:\n  serviceAccountName: {pod.get('account', 'checkout')}\n"
            "  containers: [{name: app, image: app}]\n"
        )
    file = folder / name
    file.write_text("---\n".join(texts))
    return file


def access(text: str) -> Access:
    """Parse what was suggested."""
    return parse_access([("suggested.yaml", text)])


def granted(text: str) -> list[tuple[str, str, dict[str, str]]]:
    """Give each grant: its role, its workload, and what may be done where."""
    return [
        (each.role, str(each.workload), {path.path: " ".join(path.operations) for path in each.paths})
        for each in access(text).grants
    ]
