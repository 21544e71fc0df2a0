"""What is between delimiters becomes a value. As the eval functions of text/template/exec.go."""

from __future__ import annotations

from vault.gotemplate.errors import Fault
from vault.gotemplate.fields import MISSING_KEYS, field_of, method_of
from vault.gotemplate.function import VALUE_TYPE, as_argument, takes_nil
from vault.gotemplate.literals import constant, literal
from vault.gotemplate.nodes import Chain, Dot, Field, Identifier, Nil, Pipe, Variable
from vault.gotemplate.nodetext import shown
from vault.gotemplate.scope import Scope
from vault.gotemplate.values import INVALID, is_true

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault.gotemplate.function import Function, Functions
    from vault.gotemplate.limits import Budget
    from vault.gotemplate.nodes import Command, Node, Operand
    from vault.gotemplate.values import GoValue


class _Absent:
    """The type of ABSENT."""

    __slots__ = ()


_WITH_FIELDS = (Field, Chain, Variable)
ABSENT = _Absent()  # in the place of the value that a pipeline brings


class Evaluator:
    """Evaluates pipelines with the variables of `scope`. `at` is the node that is to blame for a Fault."""

    __slots__ = ("_budget", "_functions", "_missing_key", "at", "scope")

    def __init__(self, functions: Functions, missing_key: str, budget: Budget, node: Node) -> None:
        """Take the functions, one of MISSING_KEYS, and what may be used."""
        assert missing_key in MISSING_KEYS
        self._functions = functions
        self._missing_key = missing_key
        self._budget = budget
        self.scope = Scope(INVALID)
        self.at = node

    def pipeline(self, dot: GoValue, pipe: Pipe) -> GoValue:
        """Return the value of a pipeline, which its variables get as well."""
        self.at = pipe
        value: GoValue = ABSENT
        for command in pipe.commands:
            value = self._command(dot, command, value)
            if value is None:
                value = INVALID
        for variable in pipe.declared:
            if pipe.assigns:
                self.scope.assign(variable.name, value)
            else:
                self.scope.declare(variable.name, value)
        return value

    def _command(self, dot: GoValue, command: Command, final: GoValue) -> GoValue:
        """Return the value of a command, to which the pipeline so far gives `final`."""
        arguments = command.arguments
        self._budget.step(len(arguments))
        first = arguments[0]
        if isinstance(first, Identifier):
            return self._function(dot, first, command, arguments[1:], final=final)
        if isinstance(first, _WITH_FIELDS) and (type(first) is not Variable or first.fields):
            return self._chain(dot, first, arguments[1:], final)
        if not isinstance(first, Pipe):
            self.at = first
        if len(arguments) > 1 or final is not ABSENT:
            raise Fault(f"can't give argument to non-function {shown(first)}")
        if isinstance(first, Pipe):
            return self.pipeline(dot, first)
        if isinstance(first, Variable):
            return self.scope.get(first.name)
        if isinstance(first, Dot):
            return dot
        if isinstance(first, Nil):
            raise Fault("nil is not a command")
        return constant(first)

    def _chain(
        self, dot: GoValue, node: Field | Chain | Variable, arguments: Sequence[Operand], final: GoValue
    ) -> GoValue:
        """Return a field of a field; arguments are for the last one, if it is a method."""
        self.at = node
        if isinstance(node, Field):
            value = dot
        elif isinstance(node, Variable):
            value = self.scope.get(node.name)
        else:
            value = self._argument(dot, VALUE_TYPE, node.node)
        fields = node.fields
        self._budget.step(len(fields) >> 3)
        for name in fields[:-1]:
            value = self._field(dot, value, name, node, (), final=ABSENT)
        return self._field(dot, value, fields[-1], node, arguments, final=final)

    def _field(
        self, dot: GoValue, value: GoValue, name: bytes, node: Node, arguments: Sequence[Operand], *, final: GoValue
    ) -> GoValue:
        method = method_of(value, name)
        if method is not None:
            # the receiver is an argument that no template writes
            return self._call(dot, method, name.decode(), node, arguments, final=final, receiver=(value,))
        has_arguments = bool(arguments) or final is not ABSENT
        return field_of(value, name, self._missing_key, has_arguments=has_arguments)

    def _function(
        self, dot: GoValue, identifier: Identifier, node: Node, arguments: Sequence[Operand], *, final: GoValue
    ) -> GoValue:
        self.at = identifier
        name = identifier.name
        return self._call(dot, self._functions[name], name, node, arguments, final=final)

    def _call(
        self,
        dot: GoValue,
        function: Function,
        name: str,
        node: Node,
        arguments: Sequence[Operand],
        *,
        final: GoValue,
        receiver: tuple[GoValue, ...] = (),
    ) -> GoValue:
        has_final = final is not ABSENT
        function.check_count(name, len(arguments) + has_final, len(arguments))
        values: list[GoValue] = []
        value: GoValue = INVALID
        for position, argument in enumerate(arguments):
            value = self._argument(dot, function.type_of(position), argument)
            if function.short_circuit is not None and is_true(value) == function.short_circuit:
                return value
            values.append(value)
        if has_final:
            value = as_argument(final, function.type_of(len(arguments)))
            values.append(value)
        if function.short_circuit is not None:
            return value
        try:
            return function.call(self._budget, *receiver, *values)
        except Fault as fault:
            self.at = node
            raise Fault(f"error calling {name}: {fault}") from None

    def _argument(self, dot: GoValue, type_name: str, node: Operand) -> GoValue:
        """Return the value of an argument of a function's parameter."""
        self.at = node
        if isinstance(node, Dot):
            value = dot
        elif isinstance(node, Nil):
            if not takes_nil(type_name):
                raise Fault(f"cannot assign nil to {type_name}")
            value = INVALID
        elif isinstance(node, Pipe):
            value = self.pipeline(dot, node)
        elif isinstance(node, Identifier):
            value = self._function(dot, node, node, (), final=ABSENT)
        elif isinstance(node, Variable) and not node.fields:
            value = self.scope.get(node.name)
        elif isinstance(node, _WITH_FIELDS):
            value = self._chain(dot, node, (), ABSENT)
        else:
            return literal(node, type_name)
        return as_argument(value, type_name)
