"""writeToFile: more files of a template, beside its own, in the same volume.

    [[ .Key | writeToFile "/vault/secrets/tls.key" "" "" "0400" ]]

Consul-Template writes while it runs. Here they are files of the template, published together with it: whole, or not at
all. Their owner is omamori's user, as of any other file, whatever the second and third argument say.
"""

from __future__ import annotations

from vault.agent.render.files import File
from vault.agent.secret import Secret
from vault.gotemplate.errors import Fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.contract.plan import Template
    from vault.gotemplate.limits import Budget

_FLAGS = frozenset(("", "append", "newline"))
_MOST_FILES = 100
_MOST_NAME_BYTES = 255
_MOST_PATH_BYTES = 4096  # PATH_MAX of Linux
_MOST_MODE_DIGITS = 4


class Written:
    """The files that one run of a template writes."""

    __slots__ = ("_contents", "_modes", "_spec")

    def __init__(self, spec: Template) -> None:
        """Begin with none."""
        self._spec = spec
        self._contents: dict[str, bytes] = {}
        self._modes: dict[str, int] = {}

    def write(
        self, budget: Budget, path: bytes, _user: bytes, _group: bytes, permissions: bytes, *more: bytes
    ) -> bytes:
        """Write the last argument; before it may be flags: append, newline. Raises Fault."""
        if not 1 <= len(more) <= 2:  # noqa: PLR2004 - flags and contents
            raise Fault("writeToFile: it takes a path, a user, a group, permissions, perhaps flags, and the contents")
        flags = set(more[0].decode(errors="replace").split(",")) if len(more) > 1 else set()
        if not flags <= _FLAGS:
            raise Fault("writeToFile: the flags are append and newline, with a comma between")
        name, mode = self._name(path), _mode(permissions)
        contents = more[-1] + (b"\n" if "newline" in flags else b"")
        before = self._contents.get(name, b"") if "append" in flags else b""
        budget.make(len(before) + len(contents))
        self._contents[name] = before + contents
        self._modes[name] = mode
        if len(self._contents) > _MOST_FILES:
            raise Fault(f"writeToFile: one template writes at most {_MOST_FILES} files")
        return b""

    def files(self) -> list[File]:
        """Return what was written."""
        return [
            File(name=name, contents=Secret(contents), mode=self._modes[name])
            for name, contents in self._contents.items()
        ]

    def _name(self, path: bytes) -> str:
        """Return the name within the volume of a path as the application sees it. Raises Fault."""
        if len(path) > _MOST_PATH_BYTES:
            raise Fault(f"writeToFile: the path has more than {_MOST_PATH_BYTES} bytes")
        directory = self._spec.seen_at
        text = path.decode(errors="replace")
        if not directory or not text.startswith(f"{directory}/"):
            place = f"below {directory}, where the application sees this template's file" if directory else "here"
            raise Fault(f"writeToFile: the path is not {place}")
        name = text[len(directory) + 1 :]
        segments = name.split("/")
        if any(
            each in ("", ".") or each.startswith("..") or len(each.encode()) > _MOST_NAME_BYTES for each in segments
        ):
            raise Fault("writeToFile: the path has an empty segment, one of more than 255 bytes, '.' or '..'")
        if not name.isprintable() or name == self._spec.name:
            raise Fault("writeToFile: the path is the template's own file, or has a control character")
        return name


def _mode(permissions: bytes) -> int:
    """Return the mode of octal digits. Raises Fault."""
    text = permissions.decode(errors="replace")
    if not 3 <= len(text) <= _MOST_MODE_DIGITS or set(text) - set("01234567") or int(text, 8) > 0o777:  # noqa: PLR2004
        raise Fault('writeToFile: the permissions are not octal digits as "0400"')
    return int(text, 8)
