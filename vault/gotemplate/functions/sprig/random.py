"""sprig's randInt and shuffle, by the random bytes that the caller gives (`chance`).

There they are of a generator that can be guessed; ours are as good as those bytes.
"""

from __future__ import annotations

from vault.gotemplate.chance import random_below
from vault.gotemplate.errors import Fault
from vault.gotemplate.function import Function
from vault.gotemplate.utf8 import decode_all, replace_invalid
from vault.gotemplate.values import INT_TYPE, STRING_TYPE, sized

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.limits import Budget

_RUNE = 64
_MOST = (1 << 63) - 1


def _rand_int(budget: Budget, least: int, limit: int) -> int:
    """Return an integer from the first up to the second. Raises Fault."""
    if not 0 < limit - least <= _MOST:
        raise Fault("invalid argument to Intn")
    return int(sized(random_below(budget, limit - least) + least, "int64"))


def _shuffle(budget: Budget, text: bytes) -> bytes:
    """Put the runes into any order, each as likely as the others."""
    budget.make(_RUNE * len(text))
    runes = list(decode_all(replace_invalid(text)))
    for last in range(len(runes) - 1, 0, -1):
        other = random_below(budget, last + 1)
        runes[last], runes[other] = runes[other], runes[last]
    return "".join(runes).encode()


FUNCTIONS = {
    "sprig_randInt": Function(_rand_int, INT_TYPE, INT_TYPE),
    "sprig_shuffle": Function(_shuffle, STRING_TYPE),
}
