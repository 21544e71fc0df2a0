"""The order of versions: of their numbers, and of what is after the first -. As Compare of Masterminds/semver."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.functions.sprig.versions import Version
    from vault.gotemplate.limits import Budget

_MOST = (1 << 64) - 1


def compared(budget: Budget, version: Version, other: Version) -> int:
    """Return -1, 0 or 1: a version is less than another, equal or greater."""
    if version.numbers != other.numbers:
        return -1 if version.numbers < other.numbers else 1
    if not version.prerelease or not other.prerelease:
        return bool(other.prerelease) - bool(version.prerelease)
    return compared_prereleases(budget, version.prerelease, other.prerelease)


def compared_prereleases(budget: Budget, first: bytes, second: bytes) -> int:
    """Compare what is between dots: numbers come before texts, and less before more."""
    budget.step((len(first) + len(second)) >> 3)
    budget.make(50 * (first.count(b".") + second.count(b".") + 2))
    firsts, seconds = first.split(b"."), second.split(b".")
    count = max(len(firsts), len(seconds))
    firsts += [b""] * (count - len(firsts))
    seconds += [b""] * (count - len(seconds))
    for one, other in zip(firsts, seconds, strict=True):
        if one != other:
            return 1 if _key(one) > _key(other) else -1
    return 0


def _key(text: bytes) -> tuple[int, int, bytes]:
    """Return what orders a part: nothing before numbers, a number of 64 bits before a text."""
    if not text:
        return 0, 0, b""
    digits = text.lstrip(b"0")
    if text.isdigit() and len(digits) <= len(str(_MOST)) and int(digits or b"0") <= _MOST:
        return 1, int(digits or b"0"), b""
    return 2, 0, text
