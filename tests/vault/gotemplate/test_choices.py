"""Where ours differs from Go's by choice; nothing else does."""

from __future__ import annotations

import pytest

from tests.support.vault.gotemplates import Case, ask_ours

DATA = """{"m": {"a": 1}, "l": [1, 2, 3], "i": {"$int": "1"}, "r": {"r": {"$record": {}}}}"""


@pytest.mark.parametrize("text", ["{{1i}}", "{{1+2i}}", "{{printf `%v` 0i}}"])
def test_complex_numbers(text: str) -> None:
    """No template of secrets has a complex number; it is refused by name."""
    assert "complex number" in ask_ours(Case(text.encode())).error


@pytest.mark.parametrize("text", ["{{printf `%p` .m}}", "{{printf `%p` .l}}", "{{.r}}"])
def test_addresses(text: str) -> None:
    """Go prints the address of a map, a slice, or a pointer in a map, which differs from run to run."""
    assert "address" in ask_ours(Case(text.encode(), DATA)).error


def test_capacity() -> None:
    """Beyond a list of three Go has room for a fourth, by the way it was decoded."""
    assert "out of range" in ask_ours(Case(b"{{slice .l 0 4}}", DATA)).error
    assert ask_ours(Case(b"{{slice (slice .l 0 1) 0 3}}", DATA)).output == b"[1 2 3]"


def test_an_index_from_data() -> None:
    """Go refuses `slice` an index that comes from a map or list, unless it is in parentheses."""
    assert ask_ours(Case(b"{{slice `abc` .i}} {{slice `abc` (.i)}}", DATA)).output == b"bc bc"


def test_values_in_errors() -> None:
    """Go prints a value that cannot be iterated over; ours is its type."""
    assert ask_ours(Case(b"{{range .i}}{{end}}{{range `secret`}}{{end}}", DATA)).error.endswith("iterate over string")
