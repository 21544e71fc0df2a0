"""parseYAML: plain data of one document. As gopkg.in/yaml.v2, whose maps have keys of any type.

By choice a key is a string or an integer, and `<<` is none (a key that is read as a boolean, as `on`, needs quotes);
several documents are refused, and so is text after the first. What `yamlscanner` refuses is named there.
"""

from __future__ import annotations

from vault.gotemplate.function import Function
from vault.gotemplate.functions.yamlscanner import YAMLScanner
from vault.gotemplate.functions.yamltext import YAMLFault, YAMLText
from vault.gotemplate.functions.yamltokens import (
    BLOCK_END,
    BLOCK_MAPPING,
    BLOCK_SEQUENCE,
    DOCUMENT_END,
    DOCUMENT_START,
    ENTRY,
    FLOW_ENTRY,
    FLOW_MAPPING,
    FLOW_MAPPING_END,
    FLOW_SEQUENCE,
    FLOW_SEQUENCE_END,
    KEY,
    SCALAR,
    STREAM_END,
    VALUE,
)
from vault.gotemplate.functions.yamlvalues import resolved
from vault.gotemplate.rarevalues import AnyMap
from vault.gotemplate.values import STRING_TYPE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.functions.yamltokens import Token
    from vault.gotemplate.limits import Budget
    from vault.gotemplate.values import GoValue

_CHARACTER = 4  # bytes
_ENTRY = 100
_MERGE = "<<"
_NO_VALUE = (KEY, VALUE, BLOCK_END)
_DOCUMENT_ENDS = (DOCUMENT_END, STREAM_END)


class _Parser:
    """Makes the value of one document."""

    __slots__ = ("_budget", "_tokens")

    def __init__(self, tokens: YAMLScanner, budget: Budget) -> None:
        self._tokens = tokens
        self._budget = budget

    def document(self) -> GoValue:
        """Return the value. Raises YAMLFault."""
        tokens = self._tokens
        if tokens.peek().kind == STREAM_END:
            return None
        value = None
        if tokens.peek().kind == DOCUMENT_START:
            tokens.take()
            if tokens.peek().kind not in (*_DOCUMENT_ENDS, DOCUMENT_START):
                value = self._node(is_block=True)
        else:
            value = self._node(is_block=True)
        line = tokens.peek().line
        if tokens.peek().kind == DOCUMENT_END:
            tokens.take()
        if not tokens.is_at_end():
            raise YAMLFault(line, "text after the document is not supported here")
        return value

    def _is_next(self, *kinds: str) -> bool:
        return self._tokens.peek().kind in kinds

    def _node(self, *, is_block: bool, allows_entries: bool = False) -> GoValue:
        token = self._tokens.peek()
        self._budget.step()
        self._budget.make(_ENTRY)
        if token.kind == SCALAR:
            return self._scalar(self._tokens.take())
        if token.kind == ENTRY and allows_entries:
            return self._entries(is_indented=False)
        if token.kind == FLOW_SEQUENCE:
            return self._flow_sequence()
        if token.kind == FLOW_MAPPING:
            return self._flow_mapping()
        if token.kind == BLOCK_SEQUENCE and is_block:
            self._tokens.take()
            return self._entries(is_indented=True)
        if token.kind == BLOCK_MAPPING and is_block:
            return self._mapping()
        raise YAMLFault(token.line, "did not find expected node content")

    def _scalar(self, token: Token) -> GoValue:
        return resolved(token.text) if token.is_plain else token.text.encode()

    def _entries(self, *, is_indented: bool) -> list[GoValue]:
        """Read the entries of a list; one that is not indented ends where its map goes on."""
        made: list[GoValue] = []
        ends = (ENTRY, BLOCK_END) if is_indented else (ENTRY, *_NO_VALUE)
        while self._is_next(ENTRY):
            self._tokens.take()
            made.append(None if self._is_next(*ends) else self._node(is_block=True))
        if is_indented and self._tokens.take().kind != BLOCK_END:
            raise YAMLFault(self._tokens.peek().line, "did not find expected '-' indicator")
        return made

    def _mapping(self) -> AnyMap:
        made = AnyMap()
        self._tokens.take()
        while self._is_next(KEY):
            self._tokens.take()
            token = self._tokens.peek()
            key = self._node(is_block=True, allows_entries=True)
            value = None
            if self._is_next(VALUE):
                self._tokens.take()
                if not self._is_next(*_NO_VALUE):
                    value = self._node(is_block=True, allows_entries=True)
            self._set(made, key, value, token)
        token = self._tokens.take()
        if token.kind != BLOCK_END:
            raise YAMLFault(token.line, "did not find expected key")
        return made

    def _set(self, made: AnyMap, key: GoValue, value: GoValue, token: Token) -> None:
        """Add an entry, whose key begins with that token. Raises YAMLFault."""
        if token.kind == SCALAR and token.is_plain and token.text == _MERGE:
            raise YAMLFault(token.line, "a merge of maps is not supported here")
        if type(key) is not int and type(key) is not bytes:
            raise YAMLFault(token.line, "a key that is no string and no integer is not supported here: quote it")
        made[key] = value

    def _separate(self, end: str, *, is_first: bool) -> bool:
        """Take the comma between two entries; say whether another one is there."""
        if not is_first and not self._is_next(end):
            token = self._tokens.take()
            if token.kind != FLOW_ENTRY:
                raise YAMLFault(token.line, f"did not find expected ',' or '{end}'")
        return not self._is_next(end)

    def _flow_sequence(self) -> list[GoValue]:
        self._tokens.take()
        made: list[GoValue] = []
        while self._separate(FLOW_SEQUENCE_END, is_first=not made):
            if not self._is_next(KEY):
                made.append(self._node(is_block=False))
                continue
            self._tokens.take()
            pair = AnyMap()
            token = self._tokens.peek()
            key = self._node(is_block=False)
            self._set(pair, key, self._flow_value(FLOW_SEQUENCE_END), token)
            made.append(pair)
        self._tokens.take()
        return made

    def _flow_value(self, end: str) -> GoValue:
        """Read what is after a key: a colon and a value, or nothing."""
        if not self._is_next(VALUE):
            return None
        self._tokens.take()
        return None if self._is_next(FLOW_ENTRY, end) else self._node(is_block=False)

    def _flow_mapping(self) -> AnyMap:
        self._tokens.take()
        made = AnyMap()
        is_first = True
        while self._separate(FLOW_MAPPING_END, is_first=is_first):
            is_first = False
            has_mark = self._is_next(KEY)
            if has_mark:
                self._tokens.take()
            token = self._tokens.peek()
            key = self._node(is_block=False)
            value = self._flow_value(FLOW_MAPPING_END) if has_mark else None
            self._set(made, key, value, token)
        self._tokens.take()
        return made


def _parse_yaml(budget: Budget, text: bytes) -> GoValue:
    if not text:
        return {}
    budget.step(len(text) >> 1)
    budget.make(_CHARACTER * len(text))
    return _Parser(YAMLScanner(YAMLText(text), budget), budget).document()


FUNCTIONS = {"parseYAML": Function(_parse_yaml, STRING_TYPE)}
