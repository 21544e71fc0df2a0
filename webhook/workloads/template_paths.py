"""Find the paths that a Go template reads from Vault, as far as its text says them.

Calls of `secret`, `secrets` and `pkiCert` with a literal path are found wherever they are, and whether or not a
template gets there. The agent's own code says what is a path, and what no call to Vault can be.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from vault.agent.render.templates.calls import list_of, read_of
from vault.gotemplate.errors import Fault
from vault.gotemplate.function import VALUE_TYPE, Function, Functions
from vault.gotemplate.limits import Limits
from vault.gotemplate.nodes import (
    Action,
    Branch,
    Call,
    Chain,
    Command,
    Field,
    Identifier,
    Operand,
    Pipe,
    Statement,
    String,
    Variable,
)
from vault.gotemplate.parser import parse_trees

_LIST = "secrets"
_CALLS = ("secret", _LIST, "pkiCert")
_DATA = "Data"
_KV2_DATA = "data"
_ANY_DATA = b"name=value"


@dataclass(slots=True)
class TemplatePaths:
    """What a template asks of Vault.

    `pinned` are reads of one version; `keys` are names that it takes from secrets; `mistakes` say which calls fail
    wherever they are made. `is_complete`: all paths are here. If not, some are computed when the template is rendered.
    """

    reads: set[str] = field(default_factory=set)
    pinned: set[str] = field(default_factory=set)
    lists: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)
    keys: dict[str, None] = field(default_factory=dict)
    mistakes: list[str] = field(default_factory=list)
    is_complete: bool = True


class _Any:
    """Functions of any name: which there are is for the agent to say."""

    def get(self, _name: str, /) -> Function:
        """Return a function that is never called."""
        return Function(lambda *_: None, variadic=VALUE_TYPE)


def find_paths(text: str, delimiters: tuple[str, str]) -> TemplatePaths:
    """Find the paths of a template. Raises TemplateError where the text is no template."""
    found = TemplatePaths()
    for statements in parse_parts(text, delimiters).values():
        for pipe in pipes_of(statements):
            _look_at(pipe, found)
    return found


def parse_parts(text: str, delimiters: tuple[str, str]) -> dict[bytes, tuple[Statement, ...]]:
    """Parse a template to its parts by their names. Raises TemplateError where the text is no template."""
    left, right = delimiters
    return parse_trees(text.encode(), "template", (left.encode(), right.encode()), Functions(_Any()), Limits())


def pipes_of(statements: tuple[Statement, ...]) -> Iterator[Pipe]:
    """Yield each pipeline of a part, wherever it is."""
    for each in statements:
        if isinstance(each, Action | Branch | Call) and each.pipe is not None:
            yield each.pipe
        if isinstance(each, Branch):
            yield from pipes_of(each.body)
            yield from pipes_of(each.otherwise or ())


def _look_at(pipe: Pipe, found: TemplatePaths) -> None:
    """Go through the calls of a pipeline, each of which gets what the one before it gave as its last argument."""
    before: tuple[Operand | None, ...] = ()
    for command in pipe.commands:
        function, *arguments = command.arguments
        if isinstance(function, Identifier):
            _take_call(function.name, (*arguments, *before), found)
        for each in command.arguments:
            _look_into(each, found)
        before = (_only(command),)


def _look_into(operand: Operand, found: TemplatePaths) -> None:
    if isinstance(operand, Field | Variable | Chain):
        _take_key(operand.fields, found)
    if isinstance(operand, Chain):
        _look_into(operand.node, found)
    elif isinstance(operand, Pipe):
        _look_at(operand, found)


def _take_call(name: str, arguments: tuple[Operand | None, ...], found: TemplatePaths) -> None:
    if name == "index":
        _take_index(arguments, found)
    if name not in _CALLS or not arguments:
        return
    written = _constant(arguments[0])
    if written is None:
        found.is_complete = False
        return
    try:
        if name == _LIST:
            found.lists.add(list_of(written, 0).path.removesuffix("/"))
            return
        data = (_ANY_DATA,) if len(arguments) > 1 else ()
        call = read_of(name, (written, *data), 0, allows_short_lease=False)
    except Fault as fault:
        found.mistakes.append(str(fault))
        return
    kept = found.writes if call.data else found.reads if call.version is None else found.pinned
    kept.add(call.path)


def _take_key(fields: tuple[bytes, ...], found: TemplatePaths) -> None:
    """Take the key of `.Data.KEY`, and of `.Data.data.KEY` as KV version 2 has it."""
    names = [each.decode(errors="replace") for each in fields]
    if _DATA in names:
        names = names[names.index(_DATA) + 1 :]
        if len(names) > 1 and names[0] == _KV2_DATA:
            names = names[1:]
        if names and names != [_KV2_DATA]:
            found.keys[names[0]] = None


def _take_index(arguments: tuple[Operand | None, ...], found: TemplatePaths) -> None:
    """Take the key of `index .Data.data "KEY"`."""
    if len(arguments) > 1 and isinstance(arguments[0], Field | Variable | Chain):
        key = _constant(arguments[1])
        if key is not None:
            _take_key((*arguments[0].fields, key), found)


def _only(command: Command) -> Operand | None:
    """Return the operand that a command is, None if it is a call."""
    (first, *others) = command.arguments
    return None if others or isinstance(first, Identifier) else first


def _constant(operand: Operand | None) -> bytes | None:
    if isinstance(operand, String):
        return operand.text
    if isinstance(operand, Pipe) and len(operand.commands) == 1 and not operand.declared:
        return _constant(_only(operand.commands[0]))
    return None
