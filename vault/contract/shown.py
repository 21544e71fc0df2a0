r"""Escape and bound text from outside (Vault, files, Pods) for messages, logs and terminals.

A name or an error text from outside may contain line ends, terminal escape sequences and marks that change the writing
direction. Every character that Python considers not printable is escaped: `\n`, `\x1b`, `\u202e`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

MAX_SHOWN_CHARACTERS = 200
MAX_NAME_CHARACTERS = 60
MAX_NAMES = 20
MAX_LISTED_CHARACTERS = 32  # of each: so all of them are in a hint


def shown(text: str, most: int = MAX_SHOWN_CHARACTERS) -> str:
    """Return text as one printable line of at most `most` characters; "…" at its end says that it was cut."""
    head = text[:most]
    if not head.isprintable():
        head = "".join(each if each.isprintable() else _escaped(each) for each in head)
    if len(head) > most or len(text) > most:
        return head[: most - 1] + "…"
    return head


def quoted(text: str, most: int = 80) -> str:
    """Return text in quotes, as Python writes it, so that its ends can be seen; cut after `most` characters."""
    return repr(text if len(text) <= most else f"{text[:most]}…")


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def listed(names: Collection[str]) -> str:
    """Return names from outside in their order, separated by commas: the first 20, and how many more there are."""
    first = [shown(name, MAX_LISTED_CHARACTERS) for name in sorted(names)[:MAX_NAMES]]
    more = len(names) - len(first)
    return ", ".join(first) + (f" and {more} more" if more else "")
