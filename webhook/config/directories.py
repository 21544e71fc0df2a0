"""Validate the directories and names of files in a container.

Facts
- A directory is mounted read-only and hides what the image has there.
- The kubelet mounts files at /etc/hosts, /etc/hostname and /etc/resolv.conf, and the runtime makes their mount points:
  in a read-only /etc it cannot, and the container does not start (kubernetes#63477).
- The API token's volume is mounted at /var/run/secrets/kubernetes.io/serviceaccount. In most images /var/run is a link
  to /run, so /run/secrets is in its way as well (kubernetes#65835). Paths are compared with such links followed.
- A mount at /usr or /lib hides the programs of the image.
- One file that is mounted by itself hides nothing beside it, so it may be in /etc, but for the few files there that
  decide what runs, and as whom. That keeps authors from accidents; their own volumes may be mounted at any path.
"""

from __future__ import annotations

import posixpath
import re

from vault.contract.shown import quoted
from webhook.config.paths import MAX_PATH_SEGMENTS, is_within

MAX_NAME_BYTES = 255
MAX_PATH_BYTES = 1024
OUR_DIRECTORY = "/omamori"
API_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 - a path

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_LINKS = (("/var/run", "/run"), ("/var/lock", "/run/lock"))

# nothing may be mounted at or inside these
_CLOSED = {
    "/proc": "it is the kernel's",
    "/sys": "it is the kernel's",
    "/dev": "it is the kernel's",
    OUR_DIRECTORY: "it is omamori's own",
    "/etc/hosts": "the kubelet mounts a file there",
    "/etc/hostname": "the kubelet mounts a file there",
    "/etc/resolv.conf": "the kubelet mounts a file there",
}
# nor at these, but deeper directories are fine
_PROGRAMS = "the image's programs and libraries would be hidden"
_NEEDED = dict.fromkeys(
    (
        *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"),
        *("/usr/bin", "/usr/sbin", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libexec"),
        *("/usr/local", "/usr/local/bin", "/usr/local/sbin", "/usr/local/lib", "/nix", "/nix/store"),
    ),
    _PROGRAMS,
)
# nor at these, but a single file in them is fine
_FOR_SINGLE_FILES = {"/etc": "the kubelet mounts files into it, and the image's own would be hidden"}
# no single file may take the place of these
_DECIDING = {
    **dict.fromkeys(
        ("/etc/ld.so.preload", "/etc/ld.so.cache", "/etc/ld.so.conf"), "it says which libraries are loaded"
    ),
    **dict.fromkeys(
        ("/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow", "/etc/nsswitch.conf"), "it says who is which user"
    ),
    "/etc/profile": "shells run it",
    "/etc/mtab": "it is a link to the kernel's list of mounts",
}
_LIBRARIES = re.compile(r"(/usr)?/lib/[^/]+-linux-[^/]+")  # Debian's, for each architecture
# possible but rarely intended
_WRITTEN_TO = ("/tmp", "/var/tmp", "/var", "/run", "/home", "/root", "/opt")  # noqa: S108 - paths in a container


def parse_name(text: str) -> str:
    """Parse the name of a file: a relative path without `.` and `..`, and not a name that the publisher uses."""
    if not text or text.startswith("/"):
        raise ValueError(
            f"is {quoted(text)}; write a path relative to the directory, for example .pgpass or tls/key.pem"
        )
    _check_length(text)
    for segment in text.split("/"):
        if segment in {"", "."}:
            raise ValueError(f"is {quoted(text)}, which has an empty or '.' segment")
        if segment.startswith(".."):
            raise ValueError(f"is {quoted(text)}; no part of it may begin with '..'")
        if len(segment.encode()) > MAX_NAME_BYTES:
            raise ValueError(f"has a part of more than {MAX_NAME_BYTES} bytes")
    return text


def parse_directory(text: str) -> str:
    """Parse a mount directory: absolute, normal, and not one that hides what a container needs."""
    directory = parse_file_directory(text)
    reason = _FOR_SINGLE_FILES.get(canonical(directory))
    if reason is not None:
        raise _nothing_there(text, reason)
    return directory


def parse_file_directory(text: str) -> str:
    """Parse a directory: absolute, normal, and not one that a container needs; `/etc` with `mount=file` alone."""
    _check_length(text)
    if not text.startswith("/") or posixpath.normpath(text) != (text.rstrip("/") or "/") or text.startswith("//"):
        raise ValueError(f"is {quoted(text)}; write an absolute path without '.', '..' or '//'")
    directory = text.rstrip("/")
    if not directory:
        raise ValueError(f"is {quoted(text)}; it may not be /, which would hide the whole image")
    if ":" in directory:
        raise ValueError(f"is {quoted(text)}; a mount path cannot have a ':'")
    place = canonical(directory)
    for closed, reason in _CLOSED.items():
        if is_within(place, closed):
            raise ValueError(f"is {quoted(text)}; it may not be in {closed}: {reason}")
    if place in _NEEDED or _LIBRARIES.fullmatch(place):
        raise _nothing_there(text, _PROGRAMS)
    return directory


def check_single_file(path: str) -> None:
    """Check the place of a file that is mounted by itself, in a directory as `parse_file_directory` takes it.

    Raises ValueError where it would be in the place of a file that a container needs, and for a ':', which the name of
    a file may have, but no mount path.
    """
    if ":" in path:
        raise ValueError(f"is {quoted(path)}; a mount path cannot have a ':', choose another name with as=")
    for closed, reason in (*_CLOSED.items(), *_DECIDING.items()):
        if is_within(canonical(path), closed):
            raise ValueError(f"is {quoted(path)}; no file may be mounted there: {reason}")


def parse_default_directory(text: str) -> str:
    """Parse the default directory: it must not conflict with the API token that most Pods have."""
    directory = parse_directory(text)
    for token, place in ((API_TOKEN, directory), (canonical(API_TOKEN), canonical(directory))):
        if is_within(token, place) or is_within(place, token):
            raise ValueError(f"is {quoted(text)}, where most Pods have the token for the API server ({API_TOKEN})")
    return directory


def warning_of(directory: str) -> str | None:
    """Warn of a directory that is possible but rarely intended; None for all others."""
    if canonical(directory) not in _WRITTEN_TO:
        return None
    return f"{directory} becomes read-only and shows nothing but the secrets; choose a directory inside it"


def canonical(path: str) -> str:
    """Resolve a normal, absolute path in an image whose /var/run is the usual link to /run."""
    if path.startswith("/var/"):
        for link, place in _LINKS:
            if is_within(path, link):
                return place + path[len(link) :]
    return path


def normalized_mount(path: str) -> str:
    """Normalise a mount path of a Pod like the kubelet: absolute, without '.', '..', '//' and a final '/'."""
    if path.startswith("/") and not path.endswith("/") and "//" not in path and "/." not in path:
        return path
    return posixpath.normpath(f"/{path.lstrip('/')}")


def _nothing_there(text: str, reason: str) -> ValueError:
    return ValueError(f"is {quoted(text)}, where nothing can be mounted: {reason}; choose one inside it")


def _check_length(text: str) -> None:
    try:
        octets = text.encode()
    except UnicodeEncodeError:
        raise ValueError("is not valid UTF-8") from None
    if len(octets) > MAX_PATH_BYTES:
        raise ValueError(f"has more than {MAX_PATH_BYTES} bytes")
    if text.count("/") > MAX_PATH_SEGMENTS:
        raise ValueError(f"has more than {MAX_PATH_SEGMENTS} folders")
    if _CONTROL.search(text):
        raise ValueError(f"is {quoted(text)}, which has a control character")
