"""The program that shows what a container gets of an env file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.realparts.kubeenv import env_file

pytestmark = pytest.mark.real


def test_one_by_one(tmp_path: Path) -> None:
    """A variable arrives as a process has it, and each of those on its way refuses or changes what it does."""
    contents = b"A='it'\nB=''\n\xc3\x89='x'\nC='\0'\nD='\xff'\nE=x\n"
    with env_file(tmp_path) as kubelet:
        arrived, empty, foreign, nul, no_text, wrong = kubelet.ask(contents, ["A", "B", "É", "C", "D", "E"])
        (changed,) = kubelet.ask(b"A='else'\n", ["A"])

    assert arrived == (b"it", b"A=it\0", "")
    assert empty == (b"", None, "the kubelet: environment variable key not found")
    assert foreign[:2] == (b"x", None)
    assert foreign.refused.startswith("the API server: ")
    assert nul == (b"\0", None, "the runtime: fork/exec /bin/cat: invalid argument")
    assert no_text == (b"\xff", "D=\ufffd\0".encode(), "")
    assert wrong[:2] == (None, None)
    assert wrong.refused.startswith("the parser: ")
    assert changed.environ == b"A=else\0"
