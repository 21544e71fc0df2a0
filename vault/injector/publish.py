"""Rule: the files of a directory change all at once, by one rename, as the kubelet's own volumes do.

A directory looks so (pkg/volume/util/atomic_writer.go has the same shape, so that applications and tools know it):

    ..data -> ..set-8f1c0a2b        the current set
    ..set-8f1c0a2b/db.env
    db.env -> ..data/db.env

(1) remove what an earlier, unfinished run left; (2) write the new set, each file with its mode, fsync, and make the new
`..data` beside the old; (3) when all directories are written, rename it in each; (4) make the links of the first level,
remove stale ones.
The set before is kept: a reader that has resolved `..data` goes on reading it until the next publication.
"""

from __future__ import annotations

import errno
import os

from vault.errors import CannotWrite

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vault.injector.render.files import File

_DATA = "..data"
_SET = "..set-"
_NEW_LINK = "..data-new"


def publish(directories: Mapping[str, Sequence[File]]) -> None:
    """Publish the files of each directory. Raises CannotWrite.

    Where memory runs out, which is while the sets are written, nothing new stays in any directory.
    """
    written: dict[str, str] = {}
    place = ""
    # the application, a stranger to us, must get into folders; chmod would clear the bit that hands on an fsGroup
    umask = os.umask(0o022)
    try:
        for place, files in directories.items():
            _remove_leftovers(place)  # (1)
            written[place] = f"{_SET}{os.urandom(4).hex()}"
            _write_set(os.path.join(place, written[place]), files)  # (2)
            os.symlink(written[place], os.path.join(place, _NEW_LINK))
        for place in written:
            os.rename(os.path.join(place, _NEW_LINK), os.path.join(place, _DATA))  # (3)
            _fsync(place)
        for place, files in directories.items():
            _link(place, {file.name.split("/", 1)[0] for file in files})  # (4)
    except OSError as error:
        for directory, new in written.items():
            if current_set(directory) != new:
                _remove_set(directory, new)
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
    """Whether these files, and no others, are what the directory shows now: the same bytes, with the same modes."""
    current = os.path.join(directory, _DATA)
    wanted = {os.path.join(current, file.name): file for file in files}
    found = {os.path.join(parent, name) for parent, _, names in os.walk(current) for name in names}
    return os.path.isdir(current) and found == set(wanted) and all(_holds(path, file) for path, file in wanted.items())


def _holds(path: str, file: File) -> bool:
    try:
        with open(path, "rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode & 0o7777
            return mode == file.mode and opened.read() == file.contents.reveal()
    except OSError:  # what cannot be read is written anew
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


def _link(directory: str, names: set[str]) -> None:
    for name in sorted(names):
        link = os.path.join(directory, name)
        if not os.path.islink(link):
            os.symlink(os.path.join(_DATA, name), link)
    for name in os.listdir(directory):
        link = os.path.join(directory, name)
        if not name.startswith("..") and name not in names and os.path.islink(link):
            os.unlink(link)


def _remove_leftovers(directory: str) -> None:
    current = current_set(directory)
    for name in os.listdir(directory):
        if name.startswith(_SET) and name != current:
            _remove_set(directory, name)


def current_set(directory: str) -> str:
    """The name of the current set, or "" where nothing was published yet."""
    try:
        return os.readlink(os.path.join(directory, _DATA))
    except OSError:
        return ""


def _remove_set(directory: str, old: str) -> None:
    """Remove a set that is not the current one, and a link to it; what cannot be removed stays for the next run."""
    folder = os.path.join(directory, old)
    try:
        if os.path.lexists(os.path.join(directory, _NEW_LINK)):
            os.unlink(os.path.join(directory, _NEW_LINK))
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
