"""The required properties of Vault's table, as immutable values.

Facts (Vault 1.21, physical/dynamodb/dynamodb.go): the key `a/b/c` is the item Path `a/b`, Key `c`, beside one item
for each folder above it (Path `a`, Key `b/`; Path ` `, Key `a/`). The lock of the active node is the item Path
`core`, Key `_lock`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

RECOVERY_DAYS = range(1, 36)
MOST_TAGS = 50

_TABLE_NAME = re.compile(r"[A-Za-z0-9_.-]{3,255}")
_TAG_NAME_LENGTH, _TAG_VALUE_LENGTH = 128, 256


@dataclass(frozen=True, slots=True)
class KeyPart:
    """An attribute of a table's key, in AWS's terms."""

    name: str
    role: Literal["HASH", "RANGE"]
    kind: Literal["S", "N", "B"]

    def __str__(self) -> str:
        return f"{self.role} {self.name} ({self.kind})"


SHAPE = (KeyPart("Path", "HASH", "S"), KeyPart("Key", "RANGE", "S"))


@dataclass(frozen=True, slots=True)
class Capacity:
    """Provisioned read and write units per second."""

    read_units: int
    write_units: int

    def __str__(self) -> str:
        return f"provisioned, {self.read_units} read and {self.write_units} write units a second"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The requested table. Point-in-time recovery and deletion protection are always included.

    `kms_key_arn` "": any key, for a new table the key that AWS owns. `capacity` None: on demand. `recovery_days`
    None: unchanged, for a new table the maximum. The table may have more tags than `tags`.
    """

    name: str
    kms_key_arn: str = ""
    capacity: Capacity | None = None
    recovery_days: int | None = None
    tags: tuple[tuple[str, str], ...] = ()


def parse_table_name(text: str) -> str:
    """Validate the name of a table. Raises ValueError with what is wrong."""
    if not _TABLE_NAME.fullmatch(text):
        raise ValueError(f"is {text!r}; a table's name has 3 to 255 letters, digits, '_', '-' and '.'")
    return text


def parse_tags(texts: list[str]) -> tuple[tuple[str, str], ...]:
    """Parse tags of the form NAME=VALUE. Raises ValueError for the first invalid tag."""
    tags: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not 1 <= len(name) <= _TAG_NAME_LENGTH or len(value) > _TAG_VALUE_LENGTH:
            raise ValueError(f"is {text!r}; write NAME=VALUE, a name of up to 128 and a value of up to 256 characters")
        if name.lower().startswith("aws:"):
            raise ValueError(f"is {text!r}; names that begin with aws: are AWS's own")
        if name in tags:
            raise ValueError(f"names {name!r} twice")
        tags[name] = value
    if len(tags) > MOST_TAGS:
        raise ValueError(f"is given {len(tags)} times; a table has up to {MOST_TAGS} tags")
    return tuple(tags.items())
