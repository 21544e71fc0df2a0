"""The kubelet's own expansion of `$(NAME)`, in which HOME=/home/expanded and nothing else is set."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

from tests.realparts.parts import part

if TYPE_CHECKING:
    from collections.abc import Sequence


def expand(values: Sequence[str]) -> list[str]:
    """Expand each value as the kubelet expands env values, commands and args. Needs no root and no network."""
    given = "".join(f"{json.dumps(each)}\n" for each in values)
    answer = subprocess.run(
        [part("kubernetes") / "bin" / "kubeexpand"], input=given, capture_output=True, text=True, check=True
    )
    expanded = [str(json.loads(line)) for line in answer.stdout.splitlines()]
    assert len(expanded) == len(values)
    return expanded
