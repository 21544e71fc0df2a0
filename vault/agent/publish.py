"""The files of a directory change all at once, by one rename, as the kubelet's own volumes do.

A directory looks so (pkg/volume/util/atomic_writer.go has the same shape, so that applications and tools know it):

    ..data -> ..set-8f1c0a2b        the current set
    ..set-8f1c0a2b/db.env
    db.env -> ..data/db.env

(1) remove what an earlier, unfinished run left; (2) write the new set, each file with its mode, fsync, and make the new
`..data` beside the old; (3) make the links of the first level: a new one dangles until its set is shown, and an old one
leads to what is shown; (4) when all directories are so far, rename the new `..data` in each; (5) remove stale links.
The set before is kept: a reader that has resolved `..data` goes on reading it until the next publication.

All that takes memory comes before the first rename, so that where there is none, nothing new is shown in any directory.
A stop at any point leaves each directory with one whole set, or none; `is_published` tells whether anything is amiss
(another directory still with the set before, a link too many or too few), and publishing again fixes it.
"""

from __future__ import annotations

import errno
import os

from vault.contract.errors import CannotWrite

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vault.agent.render.files import File

_DATA = "..data"
_SET = "..set-"
_NEW_DATA = "..data-new"
_NEW_LINK = "..link-new"


def publish(directories: Mapping[str, Sequence[File]]) -> None:
    """Publish the files of each directory. Raises CannotWrite.

    Where memory runs out, which is before the first rename, nothing new stays in any directory.
    """
    written: dict[str, str] = {}
    made: list[tuple[str, str]] = []
    place = ""
    # the application, a stranger to us, must get into folders; chmod would clear the bit that hands on an fsGroup
    umask = os.umask(0o022)
    try:
        for place, files in directories.items():
            _remove_leftovers(place)  # (1)
            written[place] = f"{_SET}{os.urandom(4).hex()}"
            _write_set(os.path.join(place, written[place]), files)  # (2)
            os.symlink(written[place], os.path.join(place, _NEW_DATA))
            for name in _first_level(files):  # (3)
                _link(place, name, made)
        for place in written:
            os.rename(os.path.join(place, _NEW_DATA), os.path.join(place, _DATA))  # (4)
            _fsync(place)
        for place, files in directories.items():
            for name in _stale_links(place, _first_level(files)):  # (5)
                os.unlink(os.path.join(place, name))
    except OSError as error:
        _take_back(written, made)
        raise CannotWrite(
            f"the files in {place} cannot be written: {error.strerror}",
            hint="the volume is memory of a fixed size: is a secret larger than half a megabyte, "
            "or a map of hundreds of keys (4 KiB each, at least)?"
            if error.errno == errno.ENOSPC
            else "is the directory the volume that the webhook mounts, and may this container's user write to it?",
        ) from None
    finally:
        os.umask(umask)


def is_published(directory: str, files: Sequence[File]) -> bool:
    """Whether these files, and no others, are what the directory shows now: the same bytes, modes and links."""
    current = os.path.join(directory, _DATA)
    wanted = {os.path.join(current, file.name): file for file in files}
    found = {os.path.join(parent, name) for parent, _, names in os.walk(current) for name in names}
    names = _first_level(files)
    return (
        os.path.isdir(current)
        and found == set(wanted)
        and all(_target(os.path.join(directory, name)) == os.path.join(_DATA, name) for name in names)
        and not _stale_links(directory, names)
        and all(_holds(path, file) for path, file in wanted.items())
    )


def _first_level(files: Sequence[File]) -> list[str]:
    return sorted({file.name.split("/", 1)[0] for file in files})


def _holds(path: str, file: File) -> bool:
    try:
        with open(path, "rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode & 0o7777
            return mode == file.mode and opened.read() == file.contents.reveal()
    except OSError:  # an unreadable link is written again
        return False


def _write_set(folder: str, files: Sequence[File]) -> None:
    os.mkdir(folder, 0o755)
    for file in files:
        path = os.path.join(folder, file.name)
        _make_folders(folder, file.name)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o200)
        try:
            contents = memoryview(file.contents.reveal())
            while contents:
                contents = contents[os.write(descriptor, contents) :]
            os.fchmod(descriptor, file.mode)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    _fsync(folder)


def _make_folders(root: str, name: str) -> None:
    folders = name.split("/")[:-1]
    for depth in range(len(folders)):
        path = os.path.join(root, *folders[: depth + 1])
        if not os.path.isdir(path):
            os.mkdir(path, 0o755)


def _link(directory: str, name: str, made: list[tuple[str, str]]) -> None:
    """Make the link of one name, and note it if there was none; one that leads elsewhere is replaced at once."""
    link, target = os.path.join(directory, name), os.path.join(_DATA, name)
    found = _target(link)
    if not found:
        os.symlink(target, link)  # what is no link is somebody else's, and an error
        made.append((directory, name))
    elif found != target:
        os.symlink(target, os.path.join(directory, _NEW_LINK))
        os.rename(os.path.join(directory, _NEW_LINK), link)


def _stale_links(directory: str, names: Sequence[str]) -> list[str]:
    return [
        name
        for name in os.listdir(directory)
        if not name.startswith("..") and name not in names and _target(os.path.join(directory, name))
    ]


def _target(link: str) -> str:
    """Where a link leads, or "" where there is none."""
    try:
        return os.readlink(link)
    except OSError:
        return ""


def current_set(directory: str) -> str:
    """The name of the current set, or "" where nothing was published yet."""
    return _target(os.path.join(directory, _DATA))


def _remove_leftovers(directory: str) -> None:
    current = current_set(directory)
    for name in os.listdir(directory):
        if name.startswith(_SET) and name != current:
            _remove_set(directory, name)
    for name in (_NEW_DATA, _NEW_LINK):
        if _target(os.path.join(directory, name)):
            os.unlink(os.path.join(directory, name))


def _take_back(written: Mapping[str, str], made: Sequence[tuple[str, str]]) -> None:
    """Remove what a failed publication has made where it is not shown; what cannot be removed stays for the next."""
    unseen = {place: new for place, new in written.items() if current_set(place) != new}
    for place, new in unseen.items():
        _remove_set(place, new)
    own = [(place, name) for place in unseen for name in (_NEW_DATA, _NEW_LINK)]
    for link in [os.path.join(place, name) for place, name in (*own, *made) if place in unseen]:
        try:
            if _target(link):
                os.unlink(link)
        except OSError:
            continue


def _remove_set(directory: str, old: str) -> None:
    """Remove a set that is not the current one; what cannot be removed stays for the next run."""
    folder = os.path.join(directory, old)
    try:
        if _target(folder):  # no set of ours: os.walk would go where it leads
            os.unlink(folder)
            return
        for parent, folders, files in os.walk(folder, topdown=False):
            for name in files:
                os.unlink(os.path.join(parent, name))
            for name in folders:
                os.rmdir(os.path.join(parent, name))
        os.rmdir(folder)
    except OSError:
        pass


def _fsync(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
