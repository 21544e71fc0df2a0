"""docs/troubleshooting.md quotes what the code says, and names exit codes and reasons that there are."""

from __future__ import annotations

import re

from tests.docs.pages import DOCS, blocks, code_words, fragments
from vault.contract import errors

PAGE = DOCS / "troubleshooting.md"


def missing(said: str) -> list[str]:
    """Give the parts of a quotation that no text of the code has."""
    words = code_words()
    return [part for part in fragments(said) if part not in words]


def test_quoted_words_are_in_the_code() -> None:
    """Each part of each block of our words is in a text of the code or of the chart, between what is filled in."""
    quoted = [part for block in blocks(PAGE, "text") for part in fragments(block)]

    assert len(quoted) > 20
    assert missing("\n".join(quoted)) == []


def test_words_of_the_command_are_in_the_code() -> None:
    """So is what the command says, in the table at the end."""
    table = PAGE.read_text().rpartition("| wrong | words |")[2].splitlines()[2:]
    words = [row.split(" | ")[1].removesuffix(" |") for row in table if row.startswith("| ")]

    assert len(words) == 6
    assert missing("\n".join(words)) == []


def test_a_changed_word_is_found() -> None:
    """The comparison fails where a message was changed."""
    assert missing("Vault refuses … : …") == []
    assert missing("Vault refutes …") == ["Vault refutes"]


def test_exit_codes_and_reasons() -> None:
    """Each exit code that begins an entry is that of the reason beside it."""
    known = {
        (each.exit_code, each.reason)
        for each in vars(errors).values()
        if isinstance(each, type) and issubclass(each, errors.Failure)
    }
    named = re.findall(r"\*\*(\d+), `([a-z-]+)`", PAGE.read_text())

    assert len(named) > 6
    assert {(int(code), reason) for code, reason in named} <= known
