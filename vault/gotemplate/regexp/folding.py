"""Which runes differ only by case. As unicode.SimpleFold: simple folding, never one rune to several.

Python's str knows case; where Go's folding is more than upper and lower case of one rune, it is in the table. The
result is Go 1.26's for every rune, in Python 3.11 to 3.13; tests/goregexp compares them.
"""

from __future__ import annotations

# the first and the last rune that have another case, as in regexp/syntax
FIRST_FOLDED = 0x41
LAST_FOLDED = 0x1E943

# runes of which three or four are one, and those whose upper or lower case is not their simple folding
_ORBITS = (
    "Kk\u212a Ss\u017f \u00b5\u039c\u03bc \u00c5\u00e5\u212b \u00df\u1e9e \u0130 \u0131 \u01c4\u01c5\u01c6 "
    "\u01c7\u01c8\u01c9 \u01ca\u01cb\u01cc \u01f1\u01f2\u01f3 \u0345\u0399\u03b9\u1fbe \u0392\u03b2\u03d0 "
    "\u0395\u03b5\u03f5 \u0398\u03b8\u03d1\u03f4 \u039a\u03ba\u03f0 \u03a0\u03c0\u03d6 \u03a1\u03c1\u03f1 "
    "\u03a3\u03c2\u03c3 \u03a6\u03c6\u03d5 \u03a9\u03c9\u2126 \u0412\u0432\u1c80 \u0414\u0434\u1c81 "
    "\u041e\u043e\u1c82 \u0421\u0441\u1c83 \u0422\u0442\u1c84\u1c85 \u042a\u044a\u1c86 \u0462\u0463\u1c87 "
    "\u1c88\ua64a\ua64b \u1e60\u1e61\u1e9b"
)
_ORBIT_OF = {ord(each): tuple(map(ord, orbit)) for orbit in _ORBITS.split() for each in orbit}


def folded(rune: int) -> tuple[int, ...]:
    """Return the rune and all that differ from it only by case."""
    if rune in _ORBIT_OF:
        return _ORBIT_OF[rune]
    character = chr(rune)
    for other in (character.lower(), character.upper(), character.title()):
        if other != character and len(other) == 1:
            return (rune, ord(other))
    return (rune,)
