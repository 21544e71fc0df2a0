"""Lines of YAML: indentation, and scalars in a style. As the emitter of gopkg.in/yaml.v2, which is libyaml's."""

from __future__ import annotations

from vault.gotemplate.functions.yamlscalars import BREAKS, DOUBLE, LITERAL, PLAIN, SINGLE, Scalar, is_printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.limits import Budget

_WIDTH = 80
_STEP = 2
_MOST_SIMPLE_KEY = 128  # bytes; a longer key stands after a question mark
_BINARY_TAG = "!!binary"
_ESCAPES = {
    "\0": "0", "\a": "a", "\b": "b", "\t": "t", "\n": "n", "\v": "v", "\f": "f", "\r": "r", "\x1b": "e", '"': '"',
    "\\": "\\", "\x85": "N", "\xa0": "_", "\u2028": "L", "\u2029": "P",
}  # fmt: skip


class Emitter:
    """Writes into `buffer`.

    `_after_space` is whether the last character needs no space after it, `_at_indent` whether only spaces, dashes and
    question marks are before it on its line.
    """

    __slots__ = ("_after_space", "_at_indent", "_budget", "_column", "_indent", "_indents", "buffer")

    def __init__(self, budget: Budget) -> None:
        """Begin a document."""
        self._budget = budget
        self._indents: list[int] = []
        self._indent = -1
        self._column = 0
        self._after_space = self._at_indent = True
        self.buffer = bytearray()

    def begin(self, *, is_indentless: bool = False) -> None:
        """Begin a block; one that is indentless has the indentation of the mapping that it is in."""
        self._indents.append(self._indent)
        if self._indent < 0:
            self._indent = 0
        elif not is_indentless or self._at_indent:
            self._indent += _STEP

    def end(self) -> None:
        """End the block."""
        self._indent = self._indents.pop()

    def line(self) -> None:
        """Go to where an entry of the block begins, on a new line if the last one has something."""
        indent = max(self._indent, 0)
        if not self._at_indent or self._column > indent or (self._column == indent and not self._after_space):
            self._break()
        if self._column < indent:
            self._put(" " * (indent - self._column))
        self._after_space = self._at_indent = True

    def dash(self) -> None:
        """Write what begins an element of a sequence."""
        self._indicator("-", stays_at_indent=True)

    def empty(self, brackets: str) -> None:
        """Write an empty sequence or mapping."""
        self._indicator(brackets)

    def scalar(self, text: str, wanted: str, *, is_key: bool = False, is_binary: bool = False) -> None:
        """Write a scalar in the style that comes nearest to the wanted one; a key with its colon."""
        scalar = Scalar(text)
        size = len(text.encode()) + (len(_BINARY_TAG) if is_binary else 0)
        is_simple = is_key and not scalar.is_multiline and size <= _MOST_SIMPLE_KEY
        if is_key and not is_simple:
            self._indicator("?", stays_at_indent=True)
        style = scalar.style(wanted, is_key=is_simple)
        if is_binary:
            self._indicator(_BINARY_TAG)
        self._indents.append(self._indent)
        self._indent = self._indent + _STEP if self._indent >= 0 else _STEP
        if style == PLAIN:
            self._plain(text, may_fold=not is_simple)
        elif style == SINGLE:
            self._single(text, may_fold=not is_simple)
        elif style == DOUBLE:
            self._double(text, may_fold=not is_simple)
        else:
            assert style == LITERAL
            self._literal(text)
        self.end()
        if is_simple:
            self._indicator(":", needs_space=False)
        elif is_key:
            self.line()
            self._indicator(":", stays_at_indent=True)

    def _put(self, text: str) -> None:
        data = text.encode()
        self._budget.make(len(data))
        self.buffer += data
        self._column += len(text)

    def _break(self, mark: str = "\n") -> None:
        self._put(mark)
        self._column = 0

    def _indicator(self, text: str, *, needs_space: bool = True, stays_at_indent: bool = False) -> None:
        if needs_space and not self._after_space:
            self._put(" ")
        self._put(text)
        self._after_space = False
        self._at_indent = self._at_indent and stays_at_indent

    def _plain(self, text: str, *, may_fold: bool) -> None:
        if not self._after_space:
            self._put(" ")
        self._words(text, may_fold=may_fold)
        self._after_space = self._at_indent = False

    def _words(self, text: str, *, may_fold: bool) -> None:
        """Write text that has no break. A single space after the last column becomes a new line."""
        if self._column + len(text) <= _WIDTH or not may_fold:
            self._put(text)
            return
        after_space = False
        for position, each in enumerate(text):
            if each != " ":
                self._put(each)
                self._at_indent = after_space = False
                continue
            folds = not after_space and self._column > _WIDTH
            if folds and text[position + 1 : position + 2] != " ":
                self.line()
            else:
                self._put(each)
            after_space = True

    def _single(self, text: str, *, may_fold: bool) -> None:
        """Write in single quotes, in which a break is doubled if it is a newline."""
        self._indicator("'")
        after_space = after_break = False
        last = len(text) - 1
        for position, each in enumerate(text):
            if each == " ":
                folds = may_fold and not after_space and self._column > _WIDTH and 0 < position < last
                if folds and text[position + 1] != " ":
                    self.line()
                else:
                    self._put(each)
                after_space = True
            elif each in BREAKS:
                if not after_break and each == "\n":
                    self._break()
                self._break(each)
                self._at_indent = after_break = True
            else:
                if after_break:
                    self.line()
                self._put("''" if each == "'" else each)
                self._at_indent = after_space = after_break = False
        self._indicator("'", needs_space=False)
        self._after_space = self._at_indent = False

    def _double(self, text: str, *, may_fold: bool) -> None:
        self._indicator('"')
        has_mark = text.startswith("\ufeff")  # that package then takes each character for a byte order mark
        after_space = False
        last = len(text) - 1
        for position, each in enumerate(text):
            if has_mark or not is_printable(each) or each in BREAKS or each in '"\\':
                self._put(_escape(each))
                after_space = False
            elif each == " ":
                if may_fold and not after_space and self._column > _WIDTH and 0 < position < last:
                    self.line()
                    if text[position + 1] == " ":
                        self._put("\\")
                else:
                    self._put(each)
                after_space = True
            else:
                self._put(each)
                after_space = False
        self._indicator('"', needs_space=False)
        self._after_space = self._at_indent = False

    def _literal(self, text: str) -> None:
        """Write as a block after |, with what says how it begins and ends."""
        self._indicator("|")
        if text[0] == " " or text[0] in BREAKS:
            self._indicator(str(_STEP), needs_space=False)
        if text[-1] not in BREAKS:
            self._indicator("-", needs_space=False)
        elif len(text) == 1 or text[-2] in BREAKS:
            self._indicator("+", needs_space=False)
        self._break()
        self._at_indent = self._after_space = True
        at = 0
        while at < len(text):
            end = at
            while end < len(text) and text[end] not in BREAKS:
                end += 1
            if end > at:
                self.line()
                self._put(text[at:end])
                self._at_indent = False
            if end < len(text):
                self._break(text[end])
                self._at_indent = True
            at = end + 1


def _escape(character: str) -> str:
    if character in _ESCAPES:
        return "\\" + _ESCAPES[character]
    code = ord(character)
    if code <= 0xFF:  # noqa: PLR2004 - what two digits can say
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"  # noqa: PLR2004 - what four can
