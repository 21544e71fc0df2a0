r"""How text from outside (Vault, files, Pods) is put into messages, logs and terminals: escaped and bounded.

A name or an error text that somebody else chose may hold line ends, escape sequences of terminals and marks that turn
the direction of writing. Whatever Python calls not printable is written as an escape: `\n`, `\x1b`, `\u202e`.
"""

from __future__ import annotations

MAX_SHOWN_CHARACTERS = 200


def shown(text: str, most: int = MAX_SHOWN_CHARACTERS) -> str:
    """Give text as one printable line of at most `most` characters; "…" at its end says that it was cut."""
    head = text[:most]
    if not head.isprintable():
        head = "".join(each if each.isprintable() else _escaped(each) for each in head)
    if len(head) > most or len(text) > most:
        return head[: most - 1] + "…"
    return head


def quoted(text: str, most: int = 80) -> str:
    """Give text in quotes, as Python writes it, so that its ends can be seen; cut after `most` characters."""
    return repr(text if len(text) <= most else f"{text[:most]}…")


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
