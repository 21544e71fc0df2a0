"""What a row of the table of vault agent's options is."""

from __future__ import annotations

from vault.contract.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from vault.hcl.nodes import Node

# what becomes of an option
HONOURED = "honoured"
WARNED = "accepted, with a warning"
REFUSED = "refused"


class Option(Value):
    """One option, or a whole block that is looked at no further. `name` has the blocks that it is in, with dots.

    `parse` raises ValueError, whose text continues after the name. `words` say what omamori does, or why it refuses.
    `harmless` are values of which there is nothing to say: with them it asks for what is so anyway.
    """

    name: str
    fate: str
    parse: Callable[[Node], Any]
    words: str
    harmless: tuple[Any, ...] = ()


class Block(Value):
    """A block with options of its own. `has_type`: its label is its option `type`. `repeats`: there may be several."""

    name: str
    has_type: bool = False
    repeats: bool = False
