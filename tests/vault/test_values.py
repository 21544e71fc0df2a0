"""The values that the contract is made of."""

from __future__ import annotations

import pytest

from vault.contract.errors import Failure, Unexpected
from vault.contract.plan import Output, Read
from vault.contract.values import Value

READ = Read(path="secret/data/a")


class _Even(Value):
    number: int

    def _check(self) -> None:
        if self.number % 2:
            raise ValueError("odd")


def test_a_value_cannot_be_changed() -> None:
    """No field can be set, deleted or added."""
    with pytest.raises(AttributeError, match="immutable: path cannot be set"):
        READ.path = "other"  # type: ignore[misc]
    with pytest.raises(AttributeError, match="immutable: path cannot be deleted"):
        del READ.path
    with pytest.raises(AttributeError, match="immutable"):
        READ.colour = "red"


def test_values_are_equal_by_class_and_fields() -> None:
    """Equal fields of one class make equal values with equal hashes; another class is another value."""
    assert {READ: 1}[Read(path="secret/data/a", session=0)] == 1
    assert Read(path="b") != READ
    assert READ != ("secret/data/a", 0, None, ())


def test_a_field_that_is_missing_or_unknown_is_named() -> None:
    """The constructor names what it lacks and what it does not know."""
    with pytest.raises(TypeError, match="Output needs directory"):
        Output()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="Read has no colour"):
        Read(path="a", colour="red")  # type: ignore[call-arg]


def test_replace_checks_as_the_constructor_does() -> None:
    """A copy with a changed field goes through the class's own rule."""
    assert _Even(number=2).replace(number=4) == _Even(number=4)
    with pytest.raises(ValueError, match="odd"):
        _Even(number=2).replace(number=3)


def test_the_text_of_a_value_is_its_construction() -> None:
    """The repr names class and fields in their order."""
    assert repr(READ) == (
        "Read(path='secret/data/a', session=0, version=None, data=(), allows_short_lease=False, login=False, "
        "pod_fields=())"
    )


def test_every_failure_has_its_own_reason_and_an_exit_code_that_nobody_else_uses() -> None:
    """The exit codes are those of the table, none of a shell's or argoexec's; reasons are unique."""
    kinds = [kind for kind in Failure.__subclasses__() if kind is not Unexpected]  # never ends the program

    assert {kind.exit_code for kind in kinds} == {2, 10, 11, 12, 13, 14, 15, 16, 17}
    assert len({kind.reason for kind in kinds}) == len(kinds) == 15
