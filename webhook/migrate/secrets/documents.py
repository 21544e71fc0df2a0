"""Rewrite the objects of a file whose Pods take something from Secrets that move.

The text is parsed and written by ruamel.yaml, which keeps comments, quotes and order. An object that shares parts by
anchors is left alone, since a change to one would be a change to all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.compat import StringIO
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.scalarstring import LiteralScalarString

from webhook.config.settings import Settings
from webhook.migrate.secrets import kamus
from webhook.migrate.secrets.comments import keep_comments
from webhook.migrate.secrets.made_secrets import KINDS
from webhook.migrate.secrets.pods import Moved, Stays, move, take_out
from webhook.migrate.secrets.remains import find_remaining
from webhook.migrate.secrets.source import Source
from webhook.workloads.annotated import named
from webhook.workloads.fieldpath import Keys
from webhook.workloads.manifest import Manifest, ManifestInvalid, parse_manifests
from webhook.workloads.registry import find_pods

_ITEM = re.compile(r"^( *)[^\s#-][^\n]*:[ ]*(?:#[^\n]*)?\n( *)- ", re.MULTILINE)
_WIDE = 1 << 20
_WORDS = ("true", "false", "null")


@dataclass(slots=True)
class Outcome:
    """What became of a file: its text, and a line for each thing to say. `unread`: why it was not read."""

    text: str
    moved: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    stays: list[str] = field(default_factory=list)
    remains: list[str] = field(default_factory=list)
    unread: str = ""


Sources = Mapping[tuple[str, str], Source]


@dataclass(frozen=True, slots=True)
class Moving:
    """What moves: Secrets by namespace and name. `namespace` is for objects that name none; `settings` judge Pods.

    `config_maps` are what Kamus decrypts, by the same; None: its Pods stay as they are.
    """

    sources: Sources
    namespace: str
    settings: Settings
    config_maps: Sources | None = None


def migrate_text(file: str, text: str, moving: Moving) -> Outcome:
    """Rewrite the text of a file; it is the same where nothing moves."""
    outcome = Outcome(text)
    try:
        manifests = parse_manifests(file, text)
    except ManifestInvalid as error:
        outcome.unread = str(error)
        return outcome
    yaml = _yaml(text)
    documents = list(yaml.load_all(text))
    objects = [each for document in documents for each in _objects(document)]
    for manifest, written in zip(manifests, objects, strict=True):
        if manifest.kind not in KINDS:
            _move_object(manifest, written, moving, outcome)
    if outcome.moved:
        made = StringIO()
        yaml.dump_all(documents, made)
        outcome.text = made.getvalue()
    return outcome


def _move_object(manifest: Manifest, written: Any, moving: Moving, outcome: Outcome) -> None:
    """Move the Pods of an object."""
    where = named(manifest, manifest.place())
    namespace = manifest.namespace or moving.namespace
    sources = _of_namespace(moving.sources, namespace)
    try:
        pods = find_pods(manifest, namespace)
    except ManifestInvalid as error:
        outcome.stays.append(str(error))
        return
    for keys in dict.fromkeys(pod.annotated[-1][:-2] for pod in pods if pod.annotated):
        node = manifest.node(keys)
        template = _plain(node) if node is not None else {}
        if not _is_pod_template(template):
            continue  # a step of a Workflow: what it takes is below, in what remains
        found = _moved(template, namespace, sources, moving)
        if isinstance(found, Stays):
            outcome.stays += [f"{where}: {each}" for each in found.reasons]
        elif found is not None and node is not None and _has_anchors(node):
            outcome.stays.append(f"{where}: it shares parts by YAML anchors; write them out first")
        elif found is not None:
            _apply(_at(written, keys), found.annotations, found.removed)
            outcome.moved.append(f"{where}: {_counted(found.variables, 'variable')}, {_counted(found.files, 'file')}")
            outcome.notes += [f"{where}: {each}" for each in found.notes]
    for path, name, reason in find_remaining(written, sources.keys()):
        why = f": {reason}" if reason else ""
        outcome.remains.append(f"{where}: {path} is the Secret {sources[name]}{why}")


def _moved(
    template: Mapping[str, Any], namespace: str, sources: Mapping[str, Source], moving: Moving
) -> Moved | Stays | None:
    """Move what a Pod takes from Secrets, and what Kamus decrypts for it."""
    found: list[Moved | Stays | None] = [move(template, namespace, sources, moving.settings)]
    if moving.config_maps is not None:
        known = _of_namespace(moving.config_maps, namespace)
        found.append(kamus.move(template, namespace, known, moving.settings))
    stays = [each for each in found if isinstance(each, Stays)]
    if stays:
        return stays[0]
    return reduce(Moved.plus, [each for each in found if isinstance(each, Moved)]) if any(found) else None


def _of_namespace(sources: Sources, namespace: str) -> dict[str, Source]:
    return {name: source for (where, name), source in sources.items() if where == namespace}


def _is_pod_template(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("spec"), dict) and "containers" in value["spec"]


def _apply(template: Any, annotations: Mapping[str, str], removed: Sequence[Keys]) -> None:
    """Put annotations into a Pod template of ruamel.yaml, and take parts out."""
    if not annotations:
        take_out(template["spec"], removed)
        return
    if "metadata" not in template:
        first = list(template).index("spec")
        template.insert(first, "metadata", CommentedMap())
    written = {key: LiteralScalarString(text) if "\n" in text else text for key, text in annotations.items()}
    template["metadata"].setdefault("annotations", CommentedMap()).update(written)
    keep_comments(template["spec"], removed)
    take_out(template["spec"], removed)


def _objects(document: Any) -> Iterator[Any]:
    """Yield the object, or those of a List, as parse_manifests does."""
    if not isinstance(document, dict):
        return
    items = document.get("items")
    if not str(document.get("kind", "")).endswith("List") or not isinstance(items, list):
        yield document
        return
    for each in items:
        if isinstance(each, dict):
            yield from _objects(each)


def _at(value: Any, keys: Keys) -> Any:
    for key in keys:
        value = value[key]
    return value


def _yaml(text: str) -> YAML:
    """Return a parser and writer that indents as the text does."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = _WIDE
    yaml.explicit_start = text.startswith("---")
    found = _ITEM.search(text)
    offset = len(found[2]) - len(found[1]) if found else 0
    yaml.indent(mapping=2, sequence=offset + 2, offset=offset)
    return yaml


def _plain(node: Node) -> Any:
    """Return a value with its numbers as they are written: a mode is octal by its first digit."""
    if isinstance(node, MappingNode):
        return {str(key.value): _plain(value) for key, value in node.value}
    if isinstance(node, SequenceNode):
        return [_plain(each) for each in node.value]
    assert isinstance(node, ScalarNode)
    text = str(node.value)
    if node.style is None and text.lower() in _WORDS:
        return {"true": True, "false": False, "null": None}[text.lower()]
    return None if node.style is None and text in {"", "~"} else text


def _has_anchors(node: Node) -> bool:
    if node.anchor is not None:
        return True
    if isinstance(node, MappingNode):
        return any(_has_anchors(each) for pair in node.value for each in pair)
    return isinstance(node, SequenceNode) and any(map(_has_anchors, node.value))


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def lines_of(outcome: Outcome) -> Iterator[str]:
    """Yield what is said of a file that was read, a line each."""
    yield from (f"moves: {each}" for each in outcome.moved)
    yield from (f"note: {each}" for each in outcome.notes)
    yield from (f"stays: {each}" for each in outcome.stays)
    yield from (f"remains a Secret: {each}" for each in outcome.remains)
