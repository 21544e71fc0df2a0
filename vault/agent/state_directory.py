"""The file `ready` in the state directory of a native sidecar: the Pod's files were there once.

The hook or the startup probe of the container waits for it. It stays, so that a container which starts again while
Vault is away does not hold up a Pod that has its files.
"""

from __future__ import annotations

import os

from vault.contract.errors import CannotWrite
from vault.contract.names import READY_FILE


def is_ready(directory: str) -> bool:
    """Whether an earlier start of this Pod's container has left its files."""
    return os.path.exists(os.path.join(directory, READY_FILE))


def say_ready(directory: str) -> None:
    """Tell who waits for it that the files are there. Raises CannotWrite."""
    write_whole(directory, READY_FILE, "")


def write_whole(directory: str, name: str, text: str) -> None:
    """Write a file of the state directory that everybody may read: whole, or as it was. Raises CannotWrite."""
    path = os.path.join(directory, name)
    try:
        descriptor = os.open(f"{path}.new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            rest = text.encode()
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            os.fchmod(descriptor, 0o444)
        finally:
            os.close(descriptor)
        os.rename(f"{path}.new", path)
    except OSError as error:
        raise CannotWrite(
            f"the state in {directory} cannot be written: {error.strerror}",
            hint="is the directory the volume that the webhook mounts, and may this container's user write to it?",
        ) from None
