"""Whether a text is an IP address of version 6. As netip.ParseAddr."""

from __future__ import annotations

_HEX_DIGITS = frozenset(b"0123456789abcdefABCDEF")
_GROUPS, _GROUP_DIGITS = 8, 4
_NUMBERS, _NUMBER_DIGITS, _MOST = 4, 3, 255  # of an address of version 4


def is_ipv6(text: bytes) -> bool:
    """Say whether it is one, perhaps with a zone after a percent sign."""
    address, percent, zone = text.partition(b"%")
    if (percent and not zone) or b":" not in address:
        return False
    before, gap, after = address.partition(b"::")
    if not gap:
        return _count(before, ends=True) == _GROUPS
    counts = _count(before, ends=False) if before else 0, _count(after, ends=True) if after else 0
    return min(counts) >= 0 and sum(counts) < _GROUPS


def _count(text: bytes, *, ends: bool) -> int:
    """Count groups; one of version 4 may end them. -1 if they are none."""
    groups = text.split(b":")
    count = len(groups)
    if ends and b"." in groups[-1]:
        if not _is_ipv4(groups.pop()):
            return -1
        count += 1
    good = all(0 < len(each) <= _GROUP_DIGITS and _HEX_DIGITS.issuperset(each) for each in groups)
    return count if good else -1


def _is_ipv4(text: bytes) -> bool:
    numbers = text.split(b".")
    return len(numbers) == _NUMBERS and all(
        each.isdigit() and len(each) <= _NUMBER_DIGITS and int(each) <= _MOST and (each == b"0" or each[:1] != b"0")
        for each in numbers
    )
