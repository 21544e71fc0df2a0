"""Parse a YAML or JSON file to Kubernetes objects, each with its position. Lists are expanded.

Values are those of JSON: a key that YAML reads as a number or boolean becomes text, as in kubectl. A word that
YAML 1.1 reads as a boolean (yes, no, on, off) is text here, as kustomize takes it; lint warns of it in annotations.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node

from vault.places import Mistake, Place
from vault.yamlfile import Document, YamlInvalid, compose, mistake_of, part_of
from webhook.workloads.fieldpath import Keys

MOST_VALUES = 1_000_000


class ManifestInvalid(Exception):
    """A manifest cannot be read. The mistake has the file, the line if known, and what is wrong."""

    def __init__(self, mistake: Mistake) -> None:
        """Take the mistake."""
        super().__init__(str(mistake))
        self.mistake = mistake


@dataclass(frozen=True, slots=True, eq=False)
class Manifest:
    """One object. `file` "": it comes from a cluster; `value` is plain JSON."""

    value: Mapping[str, Any]
    file: str = ""
    _document: Document | None = field(default=None, repr=False)

    @property
    def api_version(self) -> str:
        """The API group and version; "" if missing."""
        return self._text("apiVersion")

    @property
    def group(self) -> str:
        """The API group; "" for the core."""
        return self.api_version.rpartition("/")[0]

    @property
    def kind(self) -> str:
        """The kind; "" if missing."""
        return self._text("kind")

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The metadata; empty if missing."""
        found = self.value.get("metadata")
        return found if isinstance(found, dict) else {}

    @property
    def namespace(self) -> str:
        """The namespace; "" if missing."""
        return str(self.metadata.get("namespace") or "")

    def position(self, keys: Keys = ()) -> Place:
        """Return the position of a part."""
        return Place(self.file) if self._document is None else self._document.place(*keys)

    def place(self, keys: Keys = ()) -> str:
        """Return the position of a part as FILE:LINE; "" for a cluster."""
        if self._document is None:
            return self.file
        return f"{self.file}:{self._document.place(*keys).line}"

    def node(self, keys: Keys) -> Node | None:
        """Return the node of a part, which knows its position in the text. None: there is none, or it is in no text."""
        found = None if self._document is None else self._document.root
        for key in keys:
            part = None if found is None else part_of(found, key)
            found = None if part is None else part[1]
        return found

    def __str__(self) -> str:
        """Return the display name: `Deployment shop/checkout`."""
        name = str(self.metadata.get("name") or self.metadata.get("generateName") or "without a name")
        return f"{self.kind or 'pipeline'} {self.namespace}{'/' if self.namespace else ''}{name}"

    def _text(self, name: str) -> str:
        found = self.value.get(name)
        return found if isinstance(found, str) else ""


def parse_manifests(file: str, text: str) -> list[Manifest]:
    """Parse a file. Documents that are not mappings are skipped. Raises ManifestInvalid."""
    found: list[Manifest] = []
    try:
        constructor = YAML(typ="safe", pure=True).constructor
        for root in compose(file, text):
            if isinstance(root, MappingNode):
                value = _Plain().value(constructor.construct_document(root))
                found += _opened(Document(file, value, root))
    except (YamlInvalid, MarkedYAMLError) as error:
        mistake = error.mistake if isinstance(error, YamlInvalid) else mistake_of(file, error)
        hint = "; a template has to be rendered first (helm template, kustomize build)" if "{{" in text else ""
        raise ManifestInvalid(replace(mistake, what=f"{mistake.what}{hint}")) from None
    except (YAMLError, ValueError, TypeError, ArithmeticError, LookupError, AttributeError, RecursionError) as error:
        # errors of the constructor for odd scalars, tags and anchors
        reason = error if isinstance(error, _Unfit) else type(error).__name__
        raise ManifestInvalid(Mistake(Place(file), f"is not a manifest: {reason}")) from None
    return found


def _opened(document: Document) -> Iterator[Manifest]:
    """Return the object, or those of a List (`kubectl get -o yaml`)."""
    manifest = Manifest(document.value, document.file, document)
    items = manifest.value.get("items")
    listed = part_of(document.root, "items")
    if not manifest.kind.endswith("List") or not isinstance(items, list) or listed is None:
        yield manifest
        return
    for number, item in enumerate(items):
        part = part_of(listed[1], number)
        if isinstance(item, dict) and part is not None:
            yield from _opened(Document(document.file, item, part[1]))


class _Unfit(ValueError):
    """A value that JSON does not have; the message names its type."""


class _Plain:
    """Converts one document to plain JSON of at most MOST_VALUES values, with anchors expanded."""

    def __init__(self) -> None:
        self._left = itertools.count(MOST_VALUES, -1)

    def value(self, value: Any) -> Any:
        if next(self._left) <= 0:
            raise _Unfit(f"it has more than {MOST_VALUES} values")
        if isinstance(value, dict):
            return {self._key(key): self.value(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self.value(each) for each in value]
        if value is None or isinstance(value, str | int | float):
            return value
        if isinstance(value, date):
            return value.isoformat()
        raise _Unfit(f"it has a value of the type {type(value).__name__}, which JSON does not have")

    @staticmethod
    def _key(key: Any) -> str:
        if isinstance(key, str):
            return key
        if key is None or isinstance(key, bool | int | float):
            return json.dumps(key)
        raise _Unfit("it has a key that is neither text nor a number")
