"""A Kubernetes quantity as a number (k8s.io/apimachinery/pkg/api/resource: `100m`, `64Mi`, `1e3`, `0.5`)."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from vault.contract.shown import quoted

MAX_CHARACTERS = 40

_QUANTITY = re.compile(r"([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))(?:([KMGTPE]i|[numkMGTPE])|[eE]([+-]?[0-9]{1,2}))?")
_SUFFIXES = {
    **{f"{letter}i": Decimal(1024) ** power for power, letter in enumerate("KMGTPE", 1)},
    **{letter: Decimal(1000) ** power for power, letter in enumerate("kMGTPE", 1)},
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
}


class QuantityInvalid(ValueError):
    """The text is not a quantity."""


def parse_quantity(text: object) -> Decimal:
    """Parse a quantity; in JSON it may be a number too. Raises QuantityInvalid."""
    written = str(text) if isinstance(text, str | int | float) and not isinstance(text, bool) else ""
    if len(written) > MAX_CHARACTERS:
        raise _invalid(written)
    return _parse(written)


@lru_cache(maxsize=256)  # a cluster has few different quantities, and a Pod's are compared many times
def _parse(written: str) -> Decimal:
    found = _QUANTITY.fullmatch(written)
    if found is None:
        raise _invalid(written)
    number, suffix, exponent = found.groups()
    if exponent is not None:
        return Decimal(number).scaleb(int(exponent))
    return Decimal(number) * (_SUFFIXES[suffix] if suffix else 1)


def _invalid(written: str) -> QuantityInvalid:
    return QuantityInvalid(f"{quoted(written, MAX_CHARACTERS)} is not a Kubernetes quantity like 100m or 64Mi")


def render_mebibytes(amount: int) -> str:
    """Render bytes as whole mebibytes, rounded up: `28Mi`."""
    return f"{-(-amount // (1024 * 1024))}Mi"
