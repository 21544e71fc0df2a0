"""What a row of the table of vault-k8s' annotations is, and how a Pod's annotation finds its row."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

_PLACEHOLDERS = ("-<n>", "-<p>")


class Fate(StrEnum):
    """What becomes of an annotation."""

    HONOURED = "honoured"
    WARNED = "accepted, with a warning"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Annotation:
    """One annotation. `name` stands behind `vault.hashicorp.com/`; `<n>` is the name of a secret, `<p>` a parameter's.

    With `[-<n>]` it is for the whole Pod, or for one secret. `parse` raises ValueError. `words` say what omamori does,
    or why it refuses. `harmless` are parsed values of which there is nothing to say: with them the annotation asks for
    what is so anyway.
    """

    name: str
    fate: Fate
    parse: Callable[[str], Any]
    words: str
    harmless: tuple[Any, ...] = ()

    @property
    def prefix(self) -> str:
        """What stands before the name of a secret or of a parameter, "" where there is none."""
        return next((self.name.partition(each)[0].rstrip("[") + "-" for each in _PLACEHOLDERS if each in self.name), "")

    @property
    def exact(self) -> str:
        """The name without the name of a secret or of a parameter, "" where it needs one."""
        return self.name.removesuffix("[-<n>]") if self.name.endswith("]") else "" if self.prefix else self.name


class Table:
    """The rows, found by the name of a Pod's annotation."""

    def __init__(self, rows: Iterable[Annotation]) -> None:
        """Take rows of different names."""
        self.rows = tuple(rows)
        self._exact = {each.exact: each for each in self.rows if each.exact}
        # the longest first: agent-inject-template-file-x is a file, not the template of a secret called file-x
        self._by_prefix = {
            each.prefix: each for each in sorted(self.rows, key=lambda row: -len(row.prefix)) if each.prefix
        }
        self._prefixes = tuple(self._by_prefix)

    def find(self, name: str) -> tuple[Annotation, str] | None:
        """Return the row of an annotation and the name of its secret or parameter, "" for none.

        None: vault-k8s does not know it, or passes it over for want of such a name.
        """
        row = self._exact.get(name)
        if row is not None:
            return row, ""
        if not name.startswith(self._prefixes):
            return None
        prefix = next(each for each in self._prefixes if name.startswith(each))
        if name == prefix:
            return None
        return self._by_prefix[prefix], name[len(prefix) :]
