"""The files of a directory: the layout, the one rename, the modes, and that a failure leaves nothing new."""

from __future__ import annotations

import os
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from vault.agent.publish import is_published, publish
from vault.agent.render.files import File
from vault.agent.secret import Secret
from vault.contract.errors import CannotWrite


def _file(name: str, contents: bytes = b"x", mode: int = 0o444) -> File:
    return File(name=name, contents=Secret(contents), mode=mode)


def _tree(directory: Path) -> list[str]:
    """Everything in a directory: links with their targets, sets by a number in place of their chance names."""
    sets = sorted(each.name for each in directory.iterdir() if each.name.startswith("..set-"))
    lines = []
    for path in sorted(directory.rglob("*")):
        line = str(path.relative_to(directory))
        if path.is_symlink():
            line += f" -> {path.readlink()}"
        elif path.is_dir():
            line += "/"
        for number, name in enumerate(sets):
            line = line.replace(name, f"SET{number}")
        lines.append(line)
    return lines


def _read(directory: Path) -> dict[str, bytes]:
    """What an application sees."""
    current = directory / "..data"
    return {
        str(path.relative_to(current)): (directory / path.relative_to(current)).read_bytes()
        for path in sorted(current.rglob("*"))
        if path.is_file()
    }


def test_a_directory_looks_like_a_volume_of_the_kubelet(directory: Path) -> None:
    """A set, `..data` to it, and a link for each name of the first level, all relative."""
    publish({str(directory): [_file("db.env"), _file("tls/key"), _file("tls/crt"), _file("a/b/c")]})

    assert _tree(directory) == [
        "..data -> SET0",
        "SET0/",
        "SET0/a/",
        "SET0/a/b/",
        "SET0/a/b/c",
        "SET0/db.env",
        "SET0/tls/",
        "SET0/tls/crt",
        "SET0/tls/key",
        "a -> ..data/a",
        "db.env -> ..data/db.env",
        "tls -> ..data/tls",
    ]


def test_the_next_publication_changes_all_files_at_once(directory: Path) -> None:
    """Who has resolved `..data` goes on reading the old set; who opens a file anew reads the new one."""
    publish({str(directory): [_file("a", b"1"), _file("b", b"1"), _file("old", b"1")]})
    held = (directory / "..data").resolve()
    open_file = (directory / "a").open("rb")
    before = (directory / "..data").lstat().st_ino

    publish({str(directory): [_file("a", b"2"), _file("b", b"2"), _file("new", b"2")]})

    assert _read(directory) == {"a": b"2", "b": b"2", "new": b"2"}
    assert {name: (held / name).read_bytes() for name in ("a", "b", "old")} == {"a": b"1", "b": b"1", "old": b"1"}
    with open_file:
        assert open_file.read() == b"1"
    assert (directory / "..data").lstat().st_ino != before
    assert not (directory / "old").is_symlink()


def test_one_set_before_is_kept(directory: Path) -> None:
    """The set before the last is removed: memory for two sets is enough."""
    for number in range(4):
        publish({str(directory): [_file("a", b"%d" % number)]})

    sets = sorted((each / "a").read_bytes() for each in directory.iterdir() if each.name.startswith("..set-"))
    assert sets == [b"2", b"3"]


def test_what_an_unfinished_run_left_is_removed(directory: Path) -> None:
    """Killed before its rename, a run leaves a set and a link to it; the next one starts clean."""
    publish({str(directory): [_file("a", b"1")]})
    left = directory / "..set-left"
    (left / "deep").mkdir(parents=True)
    (left / "deep" / "a").write_bytes(b"half")
    (directory / "..data-new").symlink_to("..set-left")

    publish({str(directory): [_file("a", b"2")]})

    assert not left.exists()
    assert not (directory / "..data-new").is_symlink()
    assert _read(directory) == {"a": b"2"}


def test_a_link_with_the_name_of_a_set_is_not_followed(directory: Path, tmp_path: Path) -> None:
    """What is where it leads stays, whoever has made it."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "file").write_text("precious")
    (directory / "..set-0").symlink_to(tmp_path / "elsewhere")

    publish({str(directory): [_file("a")]})

    assert (tmp_path / "elsewhere" / "file").read_text() == "precious"
    assert not (directory / "..set-0").is_symlink()


def test_an_empty_set_is_published(directory: Path) -> None:
    """Where everything optional is left out, the directory shows nothing."""
    publish({str(directory): [_file("a")]})
    publish({str(directory): []})

    assert _read(directory) == {}
    assert not (directory / "a").is_symlink()


def test_what_is_not_ours_stays(directory: Path) -> None:
    """A file that somebody else put into the directory is left alone."""
    (directory / "theirs").write_bytes(b"t")

    publish({str(directory): [_file("a")]})

    assert (directory / "theirs").read_bytes() == b"t"


@contextmanager
def _umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077, 0o777])
def test_modes_do_not_depend_on_the_umask(directory: Path, mask: int) -> None:
    """Files have the mode that was asked for, folders can be entered by all, and the umask is put back."""
    with _umask(mask):
        publish({str(directory): [_file("a", mode=0o400), _file("b", mode=0o644), _file("f/c", mode=0o755)]})
        assert os.umask(mask) == mask

    modes = {path.name: stat.S_IMODE(path.lstat().st_mode) for path in (directory / "..data").resolve().rglob("*")}
    assert modes == {"a": 0o400, "b": 0o644, "f": 0o755, "c": 0o755}
    assert stat.S_IMODE((directory / "..data").resolve().stat().st_mode) == 0o755


def test_the_group_of_the_directory_is_handed_on(directory: Path) -> None:
    """The setgid bit that the kubelet sets for an fsGroup reaches every folder, and so the files' group."""
    directory.chmod(0o2775)

    publish({str(directory): [_file("f/g/c")]})

    folders = [path for path in directory.rglob("*") if path.is_dir() and not path.is_symlink()]
    assert len(folders) == 3
    assert all(path.stat().st_mode & stat.S_ISGID for path in folders)
    assert {path.stat().st_gid for path in folders} == {directory.stat().st_gid}


CHANGES = {
    "other bytes": [_file("a", b"2"), _file("f/b")],
    "another mode": [_file("a", b"1", 0o400), _file("f/b")],
    "another name": [_file("a", b"1"), _file("f/c")],
    "a file more": [_file("a", b"1"), _file("f/b"), _file("c")],
    "a file less": [_file("a", b"1")],
    "nothing": [],
}


@pytest.mark.parametrize("files", CHANGES.values(), ids=CHANGES)
def test_a_change_is_noticed(directory: Path, files: list[File]) -> None:
    """What is shown now is compared by names, bytes and modes; where nothing was published, nothing is the same."""
    published = [_file("a", b"1"), _file("f/b")]
    assert not is_published(str(directory), published)
    assert not is_published(str(directory), [])

    publish({str(directory): published})

    assert is_published(str(directory), published)
    assert not is_published(str(directory), files)


def _too_large(size: int) -> list[File]:
    return [_file("small", b"s"), _file("large", b"x" * size)]


@contextmanager
def _file_size_limit(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size: the system's way to have a write fail."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


FAILURES = {
    "a write fails": _too_large(4097),
    "a name is too long": [_file("small"), _file("n" * 256)],
    "a name is there twice": [_file("small"), _file("small")],
    "a file is in the way of a folder": [_file("small"), _file("small/a")],
    "a folder is in the way of a file": [_file("small/a"), _file("small")],
}


@pytest.mark.parametrize("files", FAILURES.values(), ids=FAILURES)
@pytest.mark.parametrize("is_first", [True, False])
def test_a_failure_leaves_nothing_new_anywhere(tmp_path: Path, files: list[File], is_first: bool) -> None:
    """When one directory cannot be written, none shows anything new, and nothing half-written stays."""
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.mkdir()
    bad.mkdir()
    if not is_first:
        publish({str(good): [_file("a", b"old")], str(bad): [_file("a", b"old")]})
    before = _tree(good), _tree(bad)

    with _file_size_limit(4096), pytest.raises(CannotWrite, match=f"the files in {bad} cannot be written") as error:
        publish({str(good): [_file("a", b"new")], str(bad): files})

    assert (_tree(good), _tree(bad)) == before
    assert is_first or _read(good) == _read(bad) == {"a": b"old"}
    assert "is the directory the volume" in error.value.hint
    publish({str(good): [_file("a", b"new")], str(bad): [_file("a", b"new")]})
    assert _read(good) == _read(bad) == {"a": b"new"}


def test_a_directory_that_is_not_there_is_said(tmp_path: Path) -> None:
    """The message has the directory and the system's words."""
    with pytest.raises(CannotWrite, match=r"the files in .*/none cannot be written: No such file or directory"):
        publish({str(tmp_path / "none"): [_file("a")]})


def test_something_else_at_a_name_is_said(directory: Path) -> None:
    """A file of somebody else where a link should be is not replaced."""
    (directory / "a").write_bytes(b"theirs")

    with pytest.raises(CannotWrite, match="File exists"):
        publish({str(directory): [_file("a", b"ours")]})

    assert (directory / "a").read_bytes() == b"theirs"
