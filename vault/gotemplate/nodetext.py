"""An operand as a template says it, for errors."""

from __future__ import annotations

from vault.gotemplate.nodes import (
    Action,
    Bool,
    Call,
    Chain,
    Command,
    Dot,
    Field,
    Identifier,
    Nil,
    Number,
    Pipe,
    String,
    Variable,
)
from vault.gotemplate.quoting import quote

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.nodes import Node


def shown(node: Node) -> str:
    """Return the node's text, with single spaces and without comments."""
    if isinstance(node, Dot):
        return "."
    if isinstance(node, Nil):
        return "nil"
    if isinstance(node, Bool):
        return "true" if node.value else "false"
    if isinstance(node, Number):
        return node.text
    if isinstance(node, String):
        return _text(node.quoted)
    if isinstance(node, Identifier):
        return node.name
    if isinstance(node, Field):
        return _fields(node.fields)
    if isinstance(node, Variable):
        return _text(node.name) + _fields(node.fields)
    if isinstance(node, Chain):
        return _in_parentheses(node.node) + _fields(node.fields)
    if isinstance(node, Command):
        return " ".join(_in_parentheses(each) for each in node.arguments)
    if isinstance(node, Pipe):
        declared = ", ".join(_text(each.name) for each in node.declared)
        sign = (" = " if node.assigns else " := ") if declared else ""
        return declared + sign + " | ".join(shown(each) for each in node.commands)
    if isinstance(node, Action):
        return f"{{{{{shown(node.pipe)}}}}}"
    if isinstance(node, Call):
        pipe = f" {shown(node.pipe)}" if node.pipe else ""
        return f"{{{{template {quote(node.name).decode()}{pipe}}}}}"
    return ""


def _in_parentheses(node: Node) -> str:
    return f"({shown(node)})" if isinstance(node, Pipe) else shown(node)


def _fields(names: tuple[bytes, ...]) -> str:
    return "".join(f".{_text(each)}" for each in names)


def _text(data: bytes) -> str:
    return data.decode(errors="replace")
