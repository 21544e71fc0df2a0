"""sprig's semantic versions. As Masterminds/semver 3.3.0, by its own patterns.

By choice the methods of a version that make another one or change it are left out.
"""

from __future__ import annotations

from vault.gotemplate.errors import Fault
from vault.gotemplate.function import Function
from vault.gotemplate.functions.patterns import compiled
from vault.gotemplate.functions.sprig.versionorder import compared
from vault.gotemplate.rarevalues import Stringer
from vault.gotemplate.values import STRING_TYPE, Sized

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from vault.gotemplate.limits import Budget
    from vault.gotemplate.values import GoValue

VERSION_TYPE = "*semver.Version"
AFTER_NUMBERS = rb"(-([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?(\+([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?"
_VERSION = rb"^v?([0-9]+)(\.[0-9]+)?(\.[0-9]+)?" + AFTER_NUMBERS + rb"$"
_MOST = (1 << 64) - 1
_MOST_DIGITS = 20


def _number(read: Callable[[Version], int]) -> Function:
    return Function(lambda _budget, version: Sized(read(version), "uint64"))


def _text(read: Callable[[Version], bytes]) -> Function:
    return Function(lambda _budget, version: read(version))


def _comparison(compare: Callable[[int], bool]) -> Function:
    def call(budget: Budget, version: Version, other: Version) -> bool:
        return compare(compared(budget, version, other))

    return Function(call, VERSION_TYPE)


class Version(Stringer):
    """A version: three numbers, what is after the first - and after the +, and its text."""

    __slots__ = ("metadata", "numbers", "original", "prerelease")
    type_name = VERSION_TYPE
    numbers: tuple[int, int, int]
    prerelease: bytes
    metadata: bytes
    original: bytes
    methods = {
        b"Compare": Function(compared, VERSION_TYPE),
        b"Equal": _comparison(lambda order: order == 0),
        b"GreaterThan": _comparison(lambda order: order > 0),
        b"GreaterThanEqual": _comparison(lambda order: order >= 0),
        b"LessThan": _comparison(lambda order: order < 0),
        b"LessThanEqual": _comparison(lambda order: order <= 0),
        b"Major": _number(lambda version: version.numbers[0]),
        b"Metadata": _text(lambda version: version.metadata),
        b"Minor": _number(lambda version: version.numbers[1]),
        b"Original": _text(lambda version: version.original),
        b"Patch": _number(lambda version: version.numbers[2]),
        b"Prerelease": _text(lambda version: version.prerelease),
        b"String": _text(lambda version: version.text()),
    }

    def __init__(self, numbers: tuple[int, int, int], prerelease: bytes, metadata: bytes, original: bytes) -> None:
        """`parsed` makes it."""
        self.numbers = numbers
        self.prerelease = prerelease
        self.metadata = metadata
        self.original = original

    def text(self) -> bytes:
        """Return it with all three numbers."""
        prerelease = b"-" + self.prerelease if self.prerelease else b""
        return b"%d.%d.%d" % self.numbers + prerelease + (b"+" + self.metadata if self.metadata else b"")

    def parts(self) -> tuple[GoValue, ...]:
        """Return what makes it."""
        return self.numbers, self.prerelease, self.metadata, self.original


def number(text: bytes) -> int:
    """Return a uint64. Raises Fault."""
    digits = text.lstrip(b"0") or b"0"
    if len(digits) > _MOST_DIGITS or int(digits) > _MOST:
        raise Fault("a number of a version that is out of range")
    return int(digits)


def parsed(budget: Budget, text: bytes) -> Version:
    """Read a version, of which numbers may be missing. Raises Fault."""
    places = compiled(budget, _VERSION).find_submatch_index(text)
    if places is None:
        raise Fault("invalid semantic version")
    groups = [text[places[2 * each] : places[2 * each + 1]] if places[2 * each] >= 0 else b"" for each in range(9)]
    numbers = number(groups[1]), number(groups[2][1:]), number(groups[3][1:])
    if any(each.isdigit() and len(each) > 1 and each.startswith(b"0") for each in groups[5].split(b".")):
        raise Fault("invalid semantic version: a number that begins with 0")
    return Version(numbers, groups[5], groups[8], text)


def _compares(budget: Budget, constraint: bytes, text: bytes) -> bool:
    """Say whether a version is one of those that a constraint allows. Raises Fault."""
    from vault.gotemplate.functions.sprig.constraints import Constraints  # noqa: PLC0415 - it needs this module

    constraints = Constraints(budget, constraint)
    return constraints.allows(budget, parsed(budget, text))


FUNCTIONS = {
    "sprig_semver": Function(parsed, STRING_TYPE),
    "sprig_semverCompare": Function(_compares, STRING_TYPE, STRING_TYPE),
}
