"""Constraints on versions, as ">= 1.2, < 2 || ~3.x". As Masterminds/semver 3.3.0, by its own patterns."""

from __future__ import annotations

from vault.gotemplate.errors import Fault
from vault.gotemplate.functions.patterns import compiled
from vault.gotemplate.functions.sprig.versionorder import compared, compared_prereleases
from vault.gotemplate.functions.sprig.versions import AFTER_NUMBERS, Version, parsed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from vault.gotemplate.limits import Budget

_VERSION = rb"v?([0-9|x|X|\*]+)(\.[0-9|x|X|\*]+)?(\.[0-9|x|X|\*]+)?" + AFTER_NUMBERS
_OPERATORS = rb"=||!=|>|<|>=|=>|<=|=<|~|~>|\^"
_ONE = rb"^\s*(" + _OPERATORS + rb")\s*(" + _VERSION + rb")\s*$"
_RANGE = rb"\s*(" + _VERSION + rb")\s+-\s+(" + _VERSION + rb")\s*"
_ANY = rb"(" + _OPERATORS + rb")\s*(" + _VERSION + rb")"
_ALL = (
    rb"^(\s*("
    + _OPERATORS
    + rb")\s*("
    + _VERSION
    + rb")\s*)((?:\s+|,\s*)("
    + _OPERATORS
    + rb")\s*("
    + _VERSION
    + rb")\s*)*$"
)
_WILD = (b"", b"x", b"X", b"*")
_UPPER_GROUP = 11  # of a range


class _Constraint:
    """An operator and a version; `known` is how many of its numbers are given."""

    __slots__ = ("known", "operator", "version")

    def __init__(self, operator: bytes, version: Version, known: int) -> None:
        self.operator = operator
        self.version = version
        self.known = known

    @property
    def is_minor_open(self) -> bool:
        return self.known == 1

    @property
    def is_patch_open(self) -> bool:
        return self.known == 2  # noqa: PLR2004 - major and minor

    @property
    def is_open(self) -> bool:
        return self.known < len(self.version.numbers)


def _groups(text: bytes, places: tuple[int, ...]) -> list[bytes]:
    pairs = zip(places[::2], places[1::2], strict=True)
    return [text[begin:end] if begin >= 0 else b"" for begin, end in pairs]


def _parsed(budget: Budget, text: bytes) -> _Constraint:
    """Read one constraint. Raises Fault."""
    places = compiled(budget, _ONE).find_submatch_index(text)
    if places is None:
        raise Fault("improper constraint")
    groups = _groups(text, places)
    operator, written, major, minor, patch, after = groups[1:7]
    numbers = [major, minor[1:], patch[1:]]
    known = next((at for at, each in enumerate(numbers) if each in _WILD), len(numbers))
    if known < len(numbers):
        written = b".".join([*numbers[:known], *[b"0"] * (len(numbers) - known)]) + after
    try:
        return _Constraint(operator, parsed(budget, written), known)
    except Fault:
        raise Fault("improper constraint") from None


class Constraints:
    """Constraints of which one must allow a version, each of some that all must."""

    __slots__ = ("_choices",)

    def __init__(self, budget: Budget, text: bytes) -> None:
        """Read them. Raises Fault."""
        self._choices: list[list[_Constraint]] = []
        for each in _without_ranges(budget, text).split(b"||"):
            if not compiled(budget, _ALL).match(each):
                raise Fault("improper constraint")
            found = compiled(budget, _ANY).find_all(each, -1)
            self._choices.append([_parsed(budget, one) for one in found])

    def allows(self, budget: Budget, version: Version) -> bool:
        """Say whether they allow a version."""
        return any(all(_allows(budget, each, version) for each in choice) for choice in self._choices)


def _without_ranges(budget: Budget, text: bytes) -> bytes:
    """Write 1.2 - 1.4 as two constraints."""
    original = text
    for places in compiled(budget, _RANGE).find_all_submatch_index(original, -1):
        groups = _groups(original, places)
        budget.step(len(text) >> 6)
        budget.make(2 * len(text))
        made = b">= " + groups[1] + b", <= " + groups[_UPPER_GROUP] + b" "
        text = text.replace(groups[0], made, 1)
    return text


def _allows(budget: Budget, constraint: _Constraint, version: Version) -> bool:
    """Say whether one constraint allows a version; a version with a - only by a constraint that has one."""
    if version.prerelease and not constraint.version.prerelease and _looks_at_prerelease(constraint):
        return False
    order = compared(budget, version, constraint.version)
    return _RULES[constraint.operator](budget, constraint, version, order)


def _looks_at_prerelease(constraint: _Constraint) -> bool:
    return constraint.operator != b"!=" or constraint.is_open


def _not_equal(budget: Budget, constraint: _Constraint, version: Version, order: int) -> bool:
    wanted = constraint.version.numbers
    if not constraint.is_open:
        return order != 0
    if wanted[0] != version.numbers[0]:
        return True
    if constraint.is_minor_open:
        return False
    if wanted[1] != version.numbers[1]:
        return True
    if constraint.is_patch_open:
        return compared_prereleases(budget, version.prerelease, constraint.version.prerelease) != 0
    return wanted[2] != version.numbers[2] or order != 0


def _greater(_budget: Budget, constraint: _Constraint, version: Version, order: int) -> bool:
    wanted = constraint.version.numbers
    if not constraint.is_open or (wanted[0] == version.numbers[0] and not constraint.known):
        return order > 0
    if wanted[0] != version.numbers[0]:
        return version.numbers[0] > wanted[0]
    return constraint.is_patch_open and version.numbers[1] > wanted[1]


def _less_or_equal(_budget: Budget, constraint: _Constraint, version: Version, order: int) -> bool:
    if not constraint.is_open:
        return order <= 0
    wanted = constraint.version.numbers
    if version.numbers[0] != wanted[0]:
        return version.numbers[0] < wanted[0]
    return version.numbers[1] <= wanted[1] or constraint.is_minor_open


def _tilde(_budget: Budget, constraint: _Constraint, version: Version, order: int) -> bool:
    """Allow what differs in the last number that is given."""
    wanted = constraint.version.numbers
    if order < 0:
        return False
    if wanted == (0, 0, 0) and not constraint.is_minor_open and not constraint.is_patch_open:
        return True
    return version.numbers[0] == wanted[0] and (version.numbers[1] == wanted[1] or constraint.is_minor_open)


def _tilde_or_equal(budget: Budget, constraint: _Constraint, version: Version, order: int) -> bool:
    return _tilde(budget, constraint, version, order) if constraint.is_open else order == 0


def _caret(_budget: Budget, constraint: _Constraint, version: Version, order: int) -> bool:
    """Allow what differs after the first number that is not zero."""
    wanted, given = constraint.version.numbers, version.numbers
    if order < 0:
        return False
    if wanted[0] > 0 or constraint.is_minor_open:
        return given[0] == wanted[0]
    if given[0] > 0:
        return False
    if wanted[1] > 0 or constraint.is_patch_open:
        return given[1] == wanted[1]
    return given[1] == 0 and given[2] == wanted[2]


def _ordered(allows: Callable[[int], bool]) -> Callable[[Budget, _Constraint, Version, int], bool]:
    return lambda _budget, _constraint, _version, order: allows(order)


_RULES: dict[bytes, Callable[[Budget, _Constraint, Version, int], bool]] = {
    b"": _tilde_or_equal,
    b"=": _tilde_or_equal,
    b"!=": _not_equal,
    b">": _greater,
    b"<": _ordered(lambda order: order < 0),
    b">=": _ordered(lambda order: order >= 0),
    b"=>": _ordered(lambda order: order >= 0),
    b"<=": _less_or_equal,
    b"=<": _less_or_equal,
    b"~": _tilde,
    b"~>": _tilde,
    b"^": _caret,
}
