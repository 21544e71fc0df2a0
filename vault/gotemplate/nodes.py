"""The syntax tree of a template. Nothing changes a node after parsing; `position` is the byte where it begins.

What is between delimiters is a Pipe of Commands, whose arguments are Operands. The rest are Statements.
"""

from __future__ import annotations

from vault.gotemplate.utf8 import SPACES, decode_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.numerals import Numeral


class Node:
    """Anything that has a place in the template."""

    __slots__ = ("position",)

    def __init__(self, position: int) -> None:
        """Take the place."""
        self.position = position


class Operand(Node):
    """An argument: a literal, a name, or a pipeline in parentheses."""

    __slots__ = ()


class Statement(Node):
    """What does something when it is reached."""

    __slots__ = ()


class Dot(Operand):
    """`.`: the value at which the template is."""

    __slots__ = ()


class Nil(Operand):
    """`nil`, without a type."""

    __slots__ = ()


class Bool(Operand):
    """`true` or `false`."""

    __slots__ = ("value",)

    def __init__(self, position: int, value: bool) -> None:  # noqa: FBT001 - it is the value
        """Take the value."""
        self.position = position
        self.value = value


class Number(Operand):
    """A number or a character constant; `text` as it is written."""

    __slots__ = ("numeral", "text")

    def __init__(self, position: int, text: str, numeral: Numeral) -> None:
        """Take what is written and its values."""
        self.position = position
        self.text = text
        self.numeral = numeral


class String(Operand):
    """A string; `quoted` as it is written."""

    __slots__ = ("quoted", "text")

    def __init__(self, position: int, quoted: bytes, text: bytes) -> None:
        """Take what is written and its value."""
        self.position = position
        self.quoted = quoted
        self.text = text


class Identifier(Operand):
    """The name of a function."""

    __slots__ = ("name",)

    def __init__(self, position: int, name: str) -> None:
        """Take the name."""
        self.position = position
        self.name = name


class Field(Operand):
    """`.a.b`: fields of dot."""

    __slots__ = ("fields",)

    def __init__(self, position: int, fields: tuple[bytes, ...]) -> None:
        """Take the names, without dots."""
        self.position = position
        self.fields = fields


class Variable(Operand):
    """`$x` or `$x.a.b`; `name` has the dollar sign."""

    __slots__ = ("fields", "name")

    def __init__(self, position: int, name: bytes, fields: tuple[bytes, ...] = ()) -> None:
        """Take the names."""
        self.position = position
        self.name = name
        self.fields = fields


class Chain(Operand):
    """Fields of what an identifier or a pipeline in parentheses gives: `(index . "x").a`."""

    __slots__ = ("fields", "node")

    def __init__(self, position: int, node: Operand, fields: tuple[bytes, ...]) -> None:
        """Take what is before the fields, and their names."""
        self.position = position
        self.node = node
        self.fields = fields


class Command(Node):
    """A function or value with arguments."""

    __slots__ = ("arguments",)

    def __init__(self, position: int, arguments: tuple[Operand, ...]) -> None:
        """Take at least one operand."""
        self.position = position
        self.arguments = arguments


class Pipe(Operand):
    """Commands, each the last argument of the next; `declared` variables get the result (`assigns`: known ones)."""

    __slots__ = ("assigns", "commands", "declared")

    def __init__(
        self,
        position: int,
        commands: tuple[Command, ...],
        declared: tuple[Variable, ...],
        *,
        assigns: bool,
    ) -> None:
        """Take at least one command."""
        self.position = position
        self.commands = commands
        self.declared = declared
        self.assigns = assigns


class Text(Statement):
    """What is outside of delimiters."""

    __slots__ = ("text",)

    def __init__(self, position: int, text: bytes) -> None:
        """Take the text."""
        self.position = position
        self.text = text


class Action(Statement):
    """`{{ pipeline }}`."""

    __slots__ = ("pipe",)

    def __init__(self, position: int, pipe: Pipe) -> None:
        """Take the pipeline."""
        self.position = position
        self.pipe = pipe


class Branch(Statement):
    """`if`, `with` or `range`; `otherwise` is None without an `else`."""

    __slots__ = ("body", "otherwise", "pipe")

    def __init__(
        self, position: int, pipe: Pipe, body: tuple[Statement, ...], otherwise: tuple[Statement, ...] | None
    ) -> None:
        """Take the condition and the lists."""
        self.position = position
        self.pipe = pipe
        self.body = body
        self.otherwise = otherwise


class If(Branch):
    """`{{ if pipeline }}`."""

    __slots__ = ()


class With(Branch):
    """`{{ with pipeline }}`."""

    __slots__ = ()


class Range(Branch):
    """`{{ range pipeline }}`."""

    __slots__ = ()


class Call(Statement):
    """`{{ template "name" pipeline }}`, and what a `block` leaves in its place."""

    __slots__ = ("name", "pipe")

    def __init__(self, position: int, name: bytes, pipe: Pipe | None) -> None:
        """Take the template's name."""
        self.position = position
        self.name = name
        self.pipe = pipe


class Break(Statement):
    """`{{ break }}`."""

    __slots__ = ()


class Continue(Statement):
    """`{{ continue }}`."""

    __slots__ = ()


def is_empty(statements: tuple[Statement, ...]) -> bool:
    """Say whether there is nothing but space: such a template does not take the place of another."""
    return all(isinstance(each, Text) and not decode_all(each.text).strip(SPACES) for each in statements)
