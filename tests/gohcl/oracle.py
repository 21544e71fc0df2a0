"""What Vault's parser makes of a text: the part `gohcl`."""

from __future__ import annotations

import base64
import json
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.realparts.parts import PartMissing, part
from tests.support.vault.hcl import Block, as_data, lines_of
from vault.hcl.errors import HclError
from vault.hcl.parser import parse

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Answer:
    """The data of a text and the lines of its items, or why it is none."""

    data: Any = None
    lines: tuple[int, ...] = ()
    error: str = ""


def needs_go() -> list[pytest.MarkDecorator]:
    """Return the marks of tests that ask Go: where it is built they are fast tests, elsewhere those of `make e2e`."""
    try:
        part("gohcl")
    except PartMissing:
        return [pytest.mark.real]
    return []


def ask_go(texts: Sequence[bytes]) -> list[Answer]:
    """Return what Vault's parser answers."""
    done = subprocess.run(
        [part("gohcl") / "bin/gohcl"],
        input=b"\n".join(base64.b64encode(each) for each in texts) + b"\n",
        stdout=subprocess.PIPE,
        check=True,
    )
    given = [json.loads(each) for each in done.stdout.splitlines()]
    assert len(given) == len(texts)
    return [
        Answer(error=each["error"]) if "error" in each else Answer(_data(each["node"]), tuple(_lines(each["node"])))
        for each in given
    ]


def ask_ours(text: bytes) -> Answer:
    """Return what ours answers."""
    try:
        node = parse(text)
    except HclError as error:
        return Answer(error=error.reason)
    return Answer(as_data(node), tuple(lines_of(node)))


def _data(node: Any) -> Any:
    if "items" in node:
        return Block((tuple(each["keys"]), _data(each["value"])) for each in node["items"])
    if "list" in node:
        return [_data(each) for each in node["list"]]
    if "text" in node:
        return base64.b64decode(node["text"]).decode(errors="surrogateescape")
    return int(node["int"]) if "int" in node else float(node["float"]) if "float" in node else node["bool"]


def _lines(node: Any) -> list[int]:
    if "items" in node:
        return [line for each in node["items"] for line in (each["line"], *_lines(each["value"]))]
    return [line for each in node.get("list", ()) for line in _lines(each)]
