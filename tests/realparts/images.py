"""Images without a registry: a Containerfile on top of the `rootfs` part, by podman, as an archive for the node.

The base is imported once a machine; what was built is kept with the parts, by a digest of everything that went in.
Podman runs in a sandbox of its own, with its store in the sandbox's folder: nothing of it can be left.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import time
from typing import TYPE_CHECKING

from tests.realparts.parts import part, parts_folder
from tests.realparts.sandbox import Sandbox, sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

BASE = "localhost/base:1"

BUILD_SECONDS = 600.0
KEEP_SECONDS = 7 * 24 * 3600.0


def build_image(containerfile: Path, context: Path, tag: str, build_args: Mapping[str, str] | None = None) -> Path:
    """Build an image and give its docker archive, which holds it under `tag` (with its registry part: localhost/X:Y).

    The build argument BASE names a small Debian with Python unless it is given. A build reaches no network; what it
    installs must be in the context, of which every file counts: give a folder that holds what is needed and no more. A
    stage `launcher` is not built, since it would need a compiler: the part is there instead.
    """
    arguments = {"BASE": BASE, **(build_args or {})}
    digest = hashlib.sha256()
    named = (f"{name}={value}" for name, value in sorted(arguments.items()))
    for piece in (part("rootfs").name, part("launcher").name, tag, *named):
        digest.update(piece.encode() + b"\0")
    _add_file(digest, containerfile)
    for path in sorted(context.rglob("*")):
        digest.update(str(path.relative_to(context)).encode() + b"\0")
        _add_file(digest, path)
    slug = re.sub(r"[^a-z0-9]+", "-", tag.lower())
    archive = _cache() / f"{slug}-{digest.hexdigest()[:16]}.tar"
    with _one_at_a_time():
        if archive.is_file():
            os.utime(archive)
            return archive
        beside = archive.with_suffix(".unfinished")
        _build(containerfile, context, tag, arguments, beside)
        _publish(beside, archive)
    return archive


def build_afresh(containerfile: Path, context: Path, tag: str, into: Path) -> None:
    """Build an image as build_image does, whether it was built before or not, and leave its archive at a place."""
    with _one_at_a_time():
        _build(containerfile, context, tag, {"BASE": BASE}, into)


def _build(containerfile: Path, context: Path, tag: str, arguments: Mapping[str, str], into: Path) -> None:
    base = _base_store()
    with sandbox() as box:
        unfinished = box.folder / "image.tar"
        _podman(
            box,
            box.folder / "store",
            *("build", "--pull=never", "--network=none", "--isolation=oci", "--layers=false", "--timestamp=0"),
            f"--cgroup-parent=/{box.name}",
            f"--build-context=launcher={part('launcher') / 'tree'}",
            *(f"--build-arg={name}={value}" for name, value in arguments.items()),
            *("--tag", tag, "--file", str(containerfile), str(context)),
            base=base,
        )
        saved = ("save", "--format=docker-archive", "--output", str(unfinished), tag)
        _podman(box, box.folder / "store", *saved, base=base)
        shutil.copyfile(unfinished, into)


def _base_store() -> Path:
    """Give podman's store that holds the base, made at the first call; it is only read afterwards."""
    store = _cache() / f"store-{part('rootfs').name}"
    if not store.is_dir():
        unfinished = store.with_name(f".{store.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        with sandbox() as box:
            _podman(box, unfinished, "import", str(part("rootfs") / "rootfs.tar"), BASE)
        unfinished.rename(store)
    return store


def _podman(box: Sandbox, store: Path, *arguments: str, base: Path | None = None) -> None:
    command: list[str | Path] = ["podman", "--root", store, "--runroot", "/run/podman", "--storage-driver=overlay"]
    command += [f"--storage-opt=additionalimagestore={base}"] if base else []
    # there is no systemd to ask for cgroups or to take events
    command += ["--cgroup-manager=cgroupfs", "--events-backend=none"]
    box.run([*command, *arguments], seconds=BUILD_SECONDS)


def _publish(unfinished: Path, archive: Path) -> None:
    """Give a finished archive its name in the cache, and drop what nobody asked for lately."""
    unfinished.rename(archive)
    for old in _cache().glob("*.tar"):
        if old.stat().st_mtime < time.time() - KEEP_SECONDS:
            old.unlink()


def _cache() -> Path:
    folder = parts_folder() / "images"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Let one build run on this machine; the second finds what the first has built."""
    with (_cache() / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _add_file(digest: hashlib._Hash, path: Path) -> None:
    """Add what a build sees of a file: its mode and its content, or where it points to."""
    digest.update(f"{path.lstat().st_mode:o}".encode() + b"\0")
    if path.is_symlink():
        digest.update(os.fsencode(path.readlink()) + b"\0")
    elif path.is_file():
        digest.update(hashlib.sha256(path.read_bytes()).digest())
