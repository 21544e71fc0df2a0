"""The annotations of a Pod by their rows of the table: values, problems and warnings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from vault.contract.shown import shown
from webhook.admission.annotations.vault_k8s.annotation import Fate
from webhook.admission.annotations.vault_k8s.table import DOMAIN, TABLE
from webhook.admission.limits import MAX_NAME_CHARACTERS
from webhook.admission.problems import Problem, Problems
from webhook.admission.reasons import Reason

_PREFIX = f"{DOMAIN}/"


class Given:
    """What was given. A value is found by the name of its row, and the name of a secret or parameter, "" for none."""

    def __init__(self, annotations: Iterable[tuple[str, str]]) -> None:
        """Parse each annotation by its row."""
        self.problems = Problems()
        self.warnings: list[str] = []
        self._values: dict[tuple[str, str], Any] = {}
        self._annotations: dict[tuple[str, str], str] = {}
        for annotation, text in annotations:
            self._take(annotation, text)

    def _take(self, annotation: str, text: str) -> None:
        found = TABLE.find(annotation.removeprefix(_PREFIX))
        if found is None:
            self.warn(
                annotation, "vault-k8s has no such annotation, or it needs the name of a secret; it is passed over"
            )
            return
        row, name = found
        try:
            value = row.parse(text)
        except ValueError as error:
            self.refuse(annotation, str(error))
            return
        if row.fate is Fate.HONOURED:
            self._values[row.name, name] = value
            self._annotations[row.name, name] = annotation
        elif value not in row.harmless:
            (self.refuse if row.fate is Fate.REFUSED else self.warn)(annotation, row.words)

    def get(self, row: str, name: str = "", *, default: Any = None) -> Any:
        """Return the parsed value; `default` where the annotation is not there, or is wrong."""
        return self._values.get((row, name), default)

    def all(self) -> tuple[tuple[str, str, str], ...]:
        """Return those that are honoured: the row, the name, the annotation."""
        return tuple((row, name, annotation) for (row, name), annotation in self._annotations.items())

    def refuse(self, annotation: str, what: str) -> None:
        """Add a problem."""
        self.problems.add(Problem(Reason.ANNOTATION, shown(annotation, MAX_NAME_CHARACTERS), what))

    def warn(self, annotation: str, what: str) -> None:
        """Add a warning."""
        self.warnings.append(f"{shown(annotation)}: {what}")
