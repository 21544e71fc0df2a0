"""sprig's functions on paths. As Go's package path, and, under os, path/filepath on Linux, which say the same."""

from __future__ import annotations

from vault.gotemplate.function import Function
from vault.gotemplate.values import STRING_TYPE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.limits import Budget

_PIECE = 48


def _base(budget: Budget, path: bytes) -> bytes:
    budget.make(len(path))
    if not path:
        return b"."
    return path.rstrip(b"/").rpartition(b"/")[2] or b"/"


def _clean(budget: Budget, path: bytes) -> bytes:
    """Return the shortest path that means the same, as far as the text says."""
    count = path.count(b"/") + 1
    budget.step(count)
    budget.make(2 * len(path) + _PIECE * count)
    root = b"/" if path.startswith(b"/") else b""
    kept: list[bytes] = []
    for each in path.split(b"/"):
        if each in (b"", b"."):
            continue
        if each != b"..":
            kept.append(each)
        elif kept and kept[-1] != b"..":
            kept.pop()
        elif not root:
            kept.append(each)
    return root + b"/".join(kept) or b"."


def _dir(budget: Budget, path: bytes) -> bytes:
    parent, slash, _name = path.rpartition(b"/")
    return _clean(budget, parent + slash)


def _ext(budget: Budget, path: bytes) -> bytes:
    """Return the last name from its last dot on."""
    budget.make(len(path))
    _name, dot, extension = path.rpartition(b"/")[2].rpartition(b".")
    return dot + extension if dot else b""


def _is_abs(_budget: Budget, path: bytes) -> bool:
    return path.startswith(b"/")


_BASE, _CLEAN, _DIR, _EXT, _IS_ABS = (Function(each, STRING_TYPE) for each in (_base, _clean, _dir, _ext, _is_abs))
FUNCTIONS = {
    "sprig_base": _BASE,
    "sprig_clean": _CLEAN,
    "sprig_dir": _DIR,
    "sprig_ext": _EXT,
    "sprig_isAbs": _IS_ABS,
    "sprig_osBase": _BASE,
    "sprig_osClean": _CLEAN,
    "sprig_osDir": _DIR,
    "sprig_osExt": _EXT,
    "sprig_osIsAbs": _IS_ABS,
}
