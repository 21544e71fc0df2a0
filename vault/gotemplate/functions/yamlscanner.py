"""The tokens of a YAML document. As scannerc.go of gopkg.in/yaml.v2.

By choice anchors, aliases, tags, directives and keys after a question mark are refused: data of secrets has none, and
an alias is how a small text becomes a large value.
"""

from __future__ import annotations

from vault.gotemplate.functions.yamlblockscalars import block
from vault.gotemplate.functions.yamlflowscalars import plain, quoted
from vault.gotemplate.functions.yamlkeys import PossibleKeys
from vault.gotemplate.functions.yamlscalars import BREAKS
from vault.gotemplate.functions.yamltext import BLANKS, BLANKS_OR_END, BREAKS_OR_END, END
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
    Token,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.functions.yamltext import YAMLText
    from vault.gotemplate.limits import Budget

_TOKEN_BYTES = 200
_NO_PLAIN = BLANKS_OR_END + "-?:,[]{}#&*!|>'\"%@`"
_REFUSED = {"*": "an alias", "&": "an anchor", "!": "a tag"}
_FLOW = {"[": FLOW_SEQUENCE, "{": FLOW_MAPPING, "]": FLOW_SEQUENCE_END, "}": FLOW_MAPPING_END}


class YAMLScanner:
    """Gives the tokens of one text."""

    __slots__ = ("_allows_key", "_budget", "_indent", "_indents", "_keys", "_taken", "_text", "_tokens")

    def __init__(self, text: YAMLText, budget: Budget) -> None:
        """Take the text, of which nothing is read."""
        self._text = text
        self._budget = budget
        self._tokens: list[Token] = []
        self._taken = 0
        self._indent = -1
        self._indents: list[int] = []
        self._allows_key = True
        self._keys = PossibleKeys()

    def peek(self) -> Token:
        """Return the next token. Raises YAMLFault."""
        while not self._tokens or self._is_undecided():
            self._budget.step()
            self._budget.make(_TOKEN_BYTES)
            self._fetch()
        return self._tokens[0]

    def take(self) -> Token:
        """Return the next token, and go on. Raises YAMLFault."""
        token = self.peek()
        self._tokens.pop(0)
        self._taken += 1
        return token

    def is_at_end(self) -> bool:
        """Say whether nothing but blanks and comments follows the tokens that are taken."""
        if self._tokens:
            return self._tokens[0].kind == STREAM_END
        self._to_next_token()
        return self._text.character() == END

    def _is_undecided(self) -> bool:
        """Say whether the next token may be a key, before which a token is missing."""
        return self._keys.has(self._taken, self._text)

    @property
    def _in_flow(self) -> bool:
        return self._keys.in_flow

    def _add(self, kind: str, text: str = "", *, is_plain: bool = False) -> None:
        self._tokens.append(Token(kind, self._text.line, text, is_plain=is_plain))

    def _fetch(self) -> None:
        """Read one token. Raises YAMLFault."""
        text = self._text
        self._to_next_token()
        self._unroll(text.column)
        character = text.character()
        if character == END:
            self._fetch_end()
        elif text.is_at_indicator():
            self._fetch_indicator()
        elif character == "%" and text.column == 0:
            raise text.fault("a directive is not supported here")
        elif character in "[{":
            self._save_key()
            self._keys.open()
            self._fetch_mark(_FLOW[character], allows_key=True)
        elif character in "]}":
            self._keys.remove()
            self._keys.close()
            self._fetch_mark(_FLOW[character], allows_key=False)
        elif character == ",":
            self._keys.remove()
            self._fetch_mark(FLOW_ENTRY, allows_key=True)
        elif character in "-?:" and self._is_mark(character):
            self._fetch_block_mark(character)
        else:
            self._fetch_scalar(character)

    def _is_mark(self, character: str) -> bool:
        """Say whether a - or : or ? is no part of a word."""
        return (self._in_flow and character != "-") or self._text.character(1) in BLANKS_OR_END

    def _fetch_block_mark(self, character: str) -> None:
        if character == "?":
            raise self._text.fault("a key after a question mark is not supported here")
        if character == ":":
            self._fetch_value()
        else:
            if not self._in_flow:
                if not self._allows_key:
                    raise self._text.fault("block sequence entries are not allowed in this context")
                self._roll(self._text.column, BLOCK_SEQUENCE, len(self._tokens))
            self._keys.remove()
            self._fetch_mark(ENTRY, allows_key=True)

    def _fetch_scalar(self, character: str) -> None:
        text = self._text
        if character in _REFUSED:
            raise text.fault(f"{_REFUSED[character]} is not supported here")
        if character in "|>" and not self._in_flow:
            self._keys.remove()
            self._allows_key = True
            self._add(SCALAR, block(text, self._indent))
            return
        is_plain = character not in "'\""
        if is_plain and character in _NO_PLAIN and not self._begins_plain(character):
            raise text.fault("found character that cannot start any token")
        self._save_key()
        self._allows_key = False
        if is_plain:
            value, ended_line = plain(text, indent=self._indent, in_flow=self._in_flow)
            self._allows_key = ended_line
        else:
            value = quoted(text)
        self._budget.make(2 * len(value))
        self._add(SCALAR, value, is_plain=is_plain)

    def _begins_plain(self, character: str) -> bool:
        following = self._text.character(1)
        if character == "-":
            return following not in BLANKS
        return character in "?:" and not self._in_flow and following not in BLANKS_OR_END

    def _to_next_token(self) -> None:
        """Skip blanks, comments and ends of lines."""
        text = self._text
        while True:
            while text.character() == " " or (text.character() == "\t" and (self._in_flow or not self._allows_key)):
                text.skip()
            if text.character() == "#":
                while text.character() not in BREAKS_OR_END:
                    text.skip()
            if text.character() not in BREAKS:
                return
            text.line_break()
            if not self._in_flow:
                self._allows_key = True

    def _save_key(self) -> None:
        """Remember that a key may stand here."""
        if self._allows_key:
            is_required = not self._in_flow and self._indent == self._text.column
            self._keys.save(self._text, self._taken + len(self._tokens), is_required=is_required)

    def _roll(self, column: int, kind: str, position: int) -> None:
        """Begin a block where the indentation is deeper; its token comes before others that are there."""
        if not self._in_flow and self._indent < column:
            self._indents.append(self._indent)
            self._indent = column
            self._tokens.insert(position, Token(kind, self._text.line))

    def _unroll(self, column: int) -> None:
        """End the blocks that are deeper."""
        while not self._in_flow and self._indent > column:
            self._add(BLOCK_END)
            self._indent = self._indents.pop()

    def _fetch_end(self) -> None:
        self._text.end_line()
        self._unroll(-1)
        self._keys.remove()
        self._allows_key = False
        self._add(STREAM_END)

    def _fetch_indicator(self) -> None:
        self._unroll(-1)
        self._keys.remove()
        self._allows_key = False
        kind = DOCUMENT_START if self._text.character() == "-" else DOCUMENT_END
        self._text.skip(3)
        self._add(kind)

    def _fetch_mark(self, kind: str, *, allows_key: bool) -> None:
        self._allows_key = allows_key
        self._text.skip()
        self._add(kind)

    def _fetch_value(self) -> None:
        """Read a colon: what stands before it is a key."""
        key = self._keys.take(self._text)
        if key is not None:
            position = key.number - self._taken
            self._tokens.insert(position, Token(KEY, key.line))
            self._roll(key.column, BLOCK_MAPPING, position)
            self._fetch_mark(VALUE, allows_key=False)
            return
        if not self._in_flow:
            if not self._allows_key:
                raise self._text.fault("mapping values are not allowed in this context")
            self._roll(self._text.column, BLOCK_MAPPING, len(self._tokens))
        self._fetch_mark(VALUE, allows_key=not self._in_flow)
