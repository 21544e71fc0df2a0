r"""Texts in quotes and heredocs.

Facts (hcl/scanner and hcl/strconv of HCL 1)
- What stands in `${ }` is taken as it is: quotes and escapes in it mean nothing, and it may have line ends.
- Escapes are \a \b \f \n \r \t \v \\ \", three octal digits, \x and two, \u and four, \U and eight hexadecimal ones.
  Octal ones and \x are bytes.
- A heredoc ends at a line that has its word, with blanks before it or not. With `<<-` that line has to be longer than
  the word: there is at least one blank. Its blanks are taken from all lines, if all lines begin with them.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.hcl.text import Text

_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", '"': '"'}
_LENGTHS = {"x": 2, "u": 4, "U": 8}
_OCTAL = frozenset("01234567")
_HEXADECIMAL = frozenset("0123456789abcdefABCDEF")
_BLANKS = " \t\n\v\f\r"
_MOST_CODE_POINT = 0x10FFFF
_MOST_BYTE = 0xFF
_MOST_SHOWN = 40  # characters of a word, in an error


def scan_text(text: Text, at: int) -> tuple[str, int]:
    """Scan a text whose opening quote is at `at`. Returns it, and the place behind its closing quote.

    Raises HclError.
    """
    characters = text.characters
    found = bytearray()
    position = at + 1
    while True:
        start = position
        while (each := characters[position]) not in '"\\$\n\0':
            position += 1
        found += characters[start:position].encode()
        if each == '"':
            break
        if each == "\\":
            octets, position = _escape(text, position)
            found += octets
        elif each == "$":
            end = _end_of_interpolation(text, position) if characters[position + 1] == "{" else position + 1
            found += characters[position:end].encode()
            position = end
        else:
            raise text.error("a text in quotes ends with its line; is a quote missing?", at)
    try:
        return found.decode(), position + 1
    except UnicodeDecodeError:
        raise text.error("a text in quotes is not UTF-8, by its escapes", at) from None


def _end_of_interpolation(text: Text, at: int) -> int:
    """Return the place behind `${ … }`. Raises HclError."""
    characters = text.characters
    depth, position = 1, at + 2
    while depth:
        each = characters[position]
        if each == "\0":
            raise text.error("a text in quotes has '${' without '}'", at)
        if each == "\\":
            position = _escape(text, position)[1]
            continue
        depth += (each == "{") - (each == "}")
        position += 1
    return position


def _escape(text: Text, at: int) -> tuple[bytes, int]:
    """Return what an escape stands for, and the place behind it. Raises HclError."""
    each = text.characters[at + 1]
    if each in _ESCAPES:
        return _ESCAPES[each].encode(), at + 2
    if each in _OCTAL:
        begin, base, allowed, length = at + 1, 8, _OCTAL, 3
    elif each in _LENGTHS:
        begin, base, allowed, length = at + 2, 16, _HEXADECIMAL, _LENGTHS[each]
    else:
        raise text.error("there is no such escape in a text", at)
    digits = text.characters[begin : begin + length]
    if len(digits) < length or not allowed.issuperset(digits):
        raise text.error("an escape in a text has too few digits", at)
    number = int(digits, base)
    if each in "uU":
        if number > _MOST_CODE_POINT:
            raise text.error("an escape in a text is no character", at)
        return chr(number).encode(errors="surrogatepass") if _is_scalar(number) else b"\xef\xbf\xbd", begin + length
    if number > _MOST_BYTE:
        raise text.error("an escape in a text is no byte", at)
    return bytes([number]), begin + length


def _is_scalar(number: int) -> bool:
    return not 0xD800 <= number <= 0xDFFF  # noqa: PLR2004 - surrogates, which are no characters


def scan_heredoc(text: Text, at: int) -> tuple[str, int]:
    """Scan a heredoc that begins with `<<` at `at`. Returns it, and the place behind it. Raises HclError."""
    characters = text.characters
    if characters[at + 1] != "<":
        raise text.error("a heredoc begins with <<", at)
    is_indented = characters[at + 2] == "-"
    begin = position = at + 2 + is_indented
    while characters[position].isalpha() or characters[position].isdecimal() or characters[position] == "_":
        position += 1
    word = characters[begin:position]
    if not word or characters[position] != "\n":
        raise text.error("a heredoc begins with <<WORD and a line end", at)
    least = len(word.encode()) + is_indented
    start = position + 1
    while (end := characters.find("\n", start)) >= 0:
        line = characters[start:end]
        if len(line.encode()) >= least and line.rstrip("\r").lstrip(_BLANKS) == word:
            break
        start = end + 1
    if end < 0:
        raise text.error(f"there is no line with {word[:_MOST_SHOWN]} alone, at which the heredoc would end", at)
    blanks = line[: line.index(word)]
    body = characters[position + 1 : start]
    return _without_indentation(body, blanks) if is_indented else body + blanks, end + 1


def _without_indentation(body: str, blanks: str) -> str:
    """Take the blanks of the last line from all others, if they all begin with them."""
    lines = body.split("\n")[:-1]
    if all(each.startswith(blanks) for each in lines):
        return "".join(f"{each[len(blanks) :]}\n" for each in lines)
    return f"{body}{blanks[:-1]}".rstrip(" \t")
