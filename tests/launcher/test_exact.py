"""Arguments and environment reach the command byte by byte, as the kernel shows them of the running process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.launcher.running import WAITING, entries, running

pytestmark = pytest.mark.real

TEXTS = st.binary(max_size=300).map(lambda text: text.replace(b"\0", b"\n"))
NAMES = st.one_of(
    st.sampled_from([b"A", b"AB", b"ABC", b"PATH", b"a.b", b"\xff"]),
    st.binary(min_size=1, max_size=20).map(lambda name: name.replace(b"\0", b"0").replace(b"=", b"_")),
)
VARIABLES = st.dictionaries(NAMES, TEXTS, max_size=12)


def passed(
    launch: Path,
    folder: Path,
    inherited: Mapping[bytes, bytes],
    file: Mapping[bytes, bytes],
    arguments: Sequence[bytes],
) -> tuple[bytes, bytes]:
    """Launch a command, and give its arguments and its environment."""
    env_file = folder / "env"
    env_file.write_bytes(entries(file))
    with running([launch, env_file, "--", *WAITING, *arguments], inherited) as command:
        return command.read("cmdline"), command.read("environ")


def words(arguments: Sequence[bytes]) -> bytes:
    """Give what /proc/PID/cmdline has of the command with these arguments."""
    return b"".join(word + b"\0" for word in (*(word.encode() for word in WAITING), *arguments))


@given(inherited=VARIABLES, file=VARIABLES, arguments=st.lists(TEXTS, max_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any(
    launch: Path,
    tmp_path: Path,
    inherited: Mapping[bytes, bytes],
    file: Mapping[bytes, bytes],
    arguments: Sequence[bytes],
) -> None:
    """Any variable of the file takes the place of the inherited one or comes last, and nothing else changes."""
    found = passed(launch, tmp_path, inherited, file, arguments)
    assert found == (words(arguments), entries({**inherited, **file}))


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\n",
        b"two\nlines\n",
        b"'\"`$(id)${A}\\",
        b"$$ $(A) %s %n",
        b"a=b=",
        b" spaces ",
        b"\xff\xfe\x80",
        "お守り".encode(),
        bytes(range(1, 256)),
        b"x" * 100 * 1024,
    ],
    ids=repr,
)
def test_value(launch: Path, tmp_path: Path, value: bytes) -> None:
    """What shells, formats and encodings trip over is passed as it is, as a value and as an argument."""
    inherited = {b"FIRST": b"1", b"SECRET": b"before", b"LAST": b"2"}
    file = {b"NEW": value, b"SECRET": value}

    found = passed(launch, tmp_path, inherited, file, [value])

    expected = {b"FIRST": b"1", b"SECRET": value, b"LAST": b"2", b"NEW": value}
    assert found == (words([value]), entries(expected))


def test_many_large_values(launch: Path, tmp_path: Path) -> None:
    """Values of 100 KiB, a megabyte and a half in all, are passed."""
    file = {b"SECRET_%d" % number: bytes([number + 1]) * 100 * 1024 for number in range(15)}
    assert passed(launch, tmp_path, {b"A": b"1"}, file, []) == (words([]), entries({b"A": b"1", **file}))


class Repeated(Mapping[bytes, bytes]):
    """An environment that may have a name several times: programs are started with its items as they are."""

    def __init__(self, pairs: Sequence[tuple[bytes, bytes]]) -> None:
        """Hold them in their order."""
        self._pairs = pairs

    def __getitem__(self, name: bytes) -> bytes:
        return dict(self._pairs)[name]

    def __iter__(self) -> Iterator[bytes]:
        return iter([name for name, _ in self._pairs])

    def __len__(self) -> int:
        return len(self._pairs)

    def items(self) -> Any:
        """All of them, those of one name too."""
        return list(self._pairs)


def merged(inherited: Sequence[tuple[bytes, bytes]], file: Mapping[bytes, bytes]) -> bytes:
    """Give what the command's environment is to be: a new value at the first place of its name, and at no other."""
    left: list[tuple[bytes, bytes]] = []
    seen: set[bytes] = set()
    for name, value in inherited:
        if name in file and name in seen:
            continue
        seen.add(name)
        left.append((name, file.get(name, value)))
    left += [(name, value) for name, value in file.items() if name not in seen]
    return b"".join(name + b"=" + value + b"\0" for name, value in left)


FEW = st.sampled_from([b"A", b"AB", b"B", b"P", b"a.b"])


@given(
    inherited=st.lists(st.tuples(FEW, TEXTS.map(lambda text: text[:8])), max_size=10),
    file=st.dictionaries(FEW | NAMES, TEXTS, max_size=6),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_inherited_any_number_of_times(
    launch: Path, tmp_path: Path, inherited: list[tuple[bytes, bytes]], file: dict[bytes, bytes]
) -> None:
    """However often a name was inherited, the new value stands once, and nothing that was dropped comes back."""
    found = passed(launch, tmp_path, Repeated(inherited), file, [])
    assert found == (words([]), merged(inherited, file))


def test_inherited_twice(launch: Path, tmp_path: Path) -> None:
    """Where a name was inherited twice, nothing of it is left: programs differ in which of the two they take."""
    env_file = tmp_path / "env"
    env_file.write_bytes(b"A=new\0")
    twice = {"A": "1", "B": "2", b"A": "3", b"B": "4", "C": "5"}  # two keys to Python, one name to the kernel

    with running([launch, env_file, "--", *WAITING], twice) as command:  # type: ignore[arg-type]
        assert command.read("environ") == b"A=new\0B=2\0B=4\0C=5\0"
