"""Which tokens of a YAML document may be keys: those that a colon follows on the same line, which is not read yet."""

from __future__ import annotations

from vault.gotemplate.functions.yamltext import YAMLFault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.functions.yamltext import YAMLText

_LONGEST = 1024


class PossibleKey:
    """Where something stands that is a key if a colon follows it; `is_required`: it can be nothing else."""

    __slots__ = ("at", "column", "is_required", "line", "number")

    def __init__(self, text: YAMLText, number: int, *, is_required: bool) -> None:
        """Take the place where the text is read, and which token follows."""
        self.at = text.at
        self.line = text.line
        self.column = text.column
        self.number = number
        self.is_required = is_required


class PossibleKeys:
    """At most one for the block, and for each bracket that is open."""

    __slots__ = ("_by_number", "_levels")

    def __init__(self) -> None:
        """Begin in a block, with none."""
        self._levels: list[PossibleKey | None] = [None]
        self._by_number: dict[int, PossibleKey] = {}  # the same, by the token that each is before

    @property
    def in_flow(self) -> bool:
        """Whether a bracket is open."""
        return len(self._levels) > 1

    def open(self) -> None:
        """Go into brackets."""
        self._levels.append(None)

    def close(self) -> None:
        """Leave brackets, if there are any."""
        if self.in_flow:
            self._levels.pop()

    def save(self, text: YAMLText, number: int, *, is_required: bool) -> None:
        """Remember that a key may stand here, before the token of that number. Raises YAMLFault."""
        self.remove()
        key = PossibleKey(text, number, is_required=is_required)
        self._levels[-1] = self._by_number[number] = key

    def remove(self) -> None:
        """Forget the one of this level. Raises YAMLFault if it had to be one."""
        key = self._levels[-1]
        if key is None:
            return
        if key.is_required:
            raise _missing_colon(key)
        self._forget(key)

    def take(self, text: YAMLText) -> PossibleKey | None:
        """Return the one of this level, which is a key now; None if there is none. Raises YAMLFault."""
        key = self._levels[-1]
        if key is None or not _is_valid(key, text):
            return None
        self._forget(key)
        return key

    def has(self, number: int, text: YAMLText) -> bool:
        """Say whether a token may be a key. Raises YAMLFault."""
        key = self._by_number.get(number)
        return key is not None and _is_valid(key, text)

    def _forget(self, key: PossibleKey) -> None:
        self._levels[-1] = None
        self._by_number.pop(key.number, None)


def _is_valid(key: PossibleKey, text: YAMLText) -> bool:
    if key.line == text.line and key.at + _LONGEST >= text.at:
        return True
    if key.is_required:
        raise _missing_colon(key)
    return False


def _missing_colon(key: PossibleKey) -> YAMLFault:
    return YAMLFault(key.line, "could not find expected ':'")
