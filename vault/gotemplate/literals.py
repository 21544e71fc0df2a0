"""What a literal is as an argument: its parameter's type decides, or, where that is any, the way it is written."""

from __future__ import annotations

from vault.gotemplate.errors import Fault
from vault.gotemplate.function import VALUE_TYPE
from vault.gotemplate.nodes import Bool, Number, String
from vault.gotemplate.nodetext import shown
from vault.gotemplate.values import ANY_TYPE, BITS, BOOL_TYPE, FLOAT_TYPE, INT_TYPE, STRING_TYPE, sized

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.nodes import Operand
    from vault.gotemplate.values import GoValue

_FLOAT_MARKS = ".eEpP"


def constant(node: Operand) -> GoValue:
    """Return a literal where any type will do: a number is an int, unless it is written as a float. Raises Fault."""
    if isinstance(node, Number):
        return _number(node)
    if isinstance(node, String):
        return node.text
    if isinstance(node, Bool):
        return node.value
    raise Fault(f"can't evaluate command {shown(node)}")


def _number(node: Number) -> GoValue:
    text, numeral = node.text, node.numeral
    is_integer = text[0] == "'" or (text[:2].lower() == "0x" and "p" not in text.lower())
    if numeral.as_float is not None and not is_integer and any(each in text for each in _FLOAT_MARKS):
        return numeral.as_float
    if numeral.as_int is None:
        raise Fault(f"{text} overflows int")
    return numeral.as_int


def literal(node: Operand, type_name: str) -> GoValue:
    """Return a literal as a value of a type. Raises Fault."""
    if type_name in (ANY_TYPE, VALUE_TYPE):
        return constant(node)
    if type_name == STRING_TYPE:
        if isinstance(node, String):
            return node.text
    elif type_name == BOOL_TYPE:
        if isinstance(node, Bool):
            return node.value
    elif isinstance(node, Number):
        numeral = node.numeral
        value = numeral.as_int if type_name.startswith("int") else numeral.as_uint
        if type_name == FLOAT_TYPE and numeral.as_float is not None:
            return numeral.as_float
        if type_name == INT_TYPE and value is not None:
            return value
        if type_name in BITS and value is not None:
            return sized(value, type_name)
    raise Fault(f"expected {type_name}; found {shown(node)}")
