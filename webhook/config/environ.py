"""Read settings from environment variables: typed, with all mistakes collected and unknown variables refused.

Fact: Kubernetes adds variables to every container for each Service of the namespace (`OMAMORI_SERVICE_HOST`,
`OMAMORI_PORT_443_TCP_ADDR` for a Service named omamori), so names of these forms are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, TypeVar

from webhook.config.row import Row, rows_of

PREFIX = "OMAMORI_"
_CLOSE = 0.9
_SERVICE_LINK = re.compile(r".*_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT|PORT_[0-9]+_(TCP|UDP|SCTP)(_\w+)?)")

Table = TypeVar("Table")


class SettingsInvalid(Exception):
    """The settings are wrong. The message has one line per mistake, which names its variable."""

    def __init__(self, mistakes: Iterable[str]) -> None:
        """Take at least one mistake."""
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(self.mistakes))


class Variables:
    """The variables with our prefix, and their mistakes. A wrong value is replaced by its default."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        """Take any mapping; variables without the prefix are ignored."""
        self._environ = environ
        self._read: set[str] = set()
        self.mistakes: list[str] = []

    def note(self, name: str, what: str) -> None:
        """Add a mistake of a variable."""
        self.mistakes.append(f"{PREFIX}{name} {what}")

    def read(self, table: type[Table], prefix: str = "", **others: object) -> Table:
        """Read each row of a table (webhook/config/row.py) from its variable.

        `others` are the fields of the table that are not rows.
        """
        return table(**{each.field: self._parsed(each, prefix) for each in rows_of(table).values()}, **others)

    def _parsed(self, each: Row, prefix: str) -> Any:
        name = prefix + each.name
        self._read.add(PREFIX + name)
        text = self._environ.get(PREFIX + name)
        if each.is_required and not text:
            self.note(name, f"is missing; for example {PREFIX}{name}={each.example}")
            return each.default
        if text is None:
            return each.default
        try:
            return each.parse(text)
        except ValueError as error:
            self.note(name, str(error))
            return each.default

    def finish(self, of_vault: Iterable[str] = ()) -> None:
        """Raise SettingsInvalid with every mistake, including variables that were not read.

        `of_vault` are the last parts of a Vault's variables.
        """
        ends = tuple(f"_{each}" for each in of_vault)
        for name in sorted(self._environ):
            if name.startswith(PREFIX) and name not in self._read and not _SERVICE_LINK.fullmatch(name):
                if ends and name.startswith(f"{PREFIX}VAULT_") and name.endswith(ends):
                    self.mistakes.append(f"{name} is of a Vault that {PREFIX}VAULTS does not name; add it there")
                    continue
                close = get_close_matches(name, self._read, 1, _CLOSE)
                instead = f"did you mean {close[0]}?" if close else "see docs/settings.md"
                self.mistakes.append(f"{name} is not a setting of omamori; {instead}")
        if self.mistakes:
            raise SettingsInvalid(self.mistakes)
