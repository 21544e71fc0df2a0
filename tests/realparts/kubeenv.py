"""What a container gets of the variables of an env file: the kubelet's own parser, a runtime's JSON, the kernel."""

from __future__ import annotations

import base64
import json
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from tests.realparts.parts import part

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


class Answer(NamedTuple):
    """Of one name: the parser's value, None if it refuses the file; a process's whole environment; who refused."""

    parsed: bytes | None
    environ: bytes | None
    refused: str


class EnvFile:
    """A file, and a program that answers as often as it is asked what a container would get of it."""

    def __init__(self, file: Path, program: subprocess.Popen[bytes]) -> None:
        self._file = file
        self._program = program

    def ask(self, contents: bytes, names: Sequence[str]) -> list[Answer]:
        """Give an answer for each name, each as for a container of its own with that one variable."""
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        self._file.write_bytes(contents)
        asked = [base64.b64encode(name.encode(errors="surrogatepass")).decode() for name in names]
        self._program.stdin.write(json.dumps(asked).encode() + b"\n")
        self._program.stdin.flush()
        given = json.loads(self._program.stdout.readline())
        assert len(given) == len(names)
        return [Answer(_bytes(each["parsed"]), _bytes(each["environ"]), each["refused"]) for each in given]


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)


@contextmanager
def env_file(folder: Path) -> Iterator[EnvFile]:
    """Start the program, with a file in that folder. Needs no root and no network."""
    file = folder / "variables.env"
    with subprocess.Popen(
        [part("kubeenv") / "bin" / "kubeenv", file], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as program:
        yield EnvFile(file, program)
