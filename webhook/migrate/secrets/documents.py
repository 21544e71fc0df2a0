"""Rewrite the objects of a file whose Pods take something from Secrets that move.

The text is parsed and written by ruamel.yaml, which keeps comments, quotes and order. An object that shares parts by
anchors is left alone, since a change to one would be a change to all.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.compat import StringIO
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.scalarstring import LiteralScalarString

from vault.yamlfile import compose
from webhook.config.settings import Settings
from webhook.migrate.secrets import kamus
from webhook.migrate.secrets.comments import keep_comments
from webhook.migrate.secrets.made_secrets import KINDS
from webhook.migrate.secrets.pods import Moved, Stays, judged, move, take_out
from webhook.migrate.secrets.remains import find_remaining
from webhook.migrate.secrets.source import Source
from webhook.workloads.annotated import named
from webhook.workloads.fieldpath import Keys, render_keys
from webhook.workloads.manifest import Manifest, ManifestInvalid, parse_manifests
from webhook.workloads.registry import find_pods

_WIDE = 1 << 20
_BYTE_ORDER_MARK = "\ufeff"
_MERGE_KEY = re.compile(r"^[ \t-]*<<[ \t]*:", re.MULTILINE)
_DIRECTIVE = re.compile(r"^%", re.MULTILINE)


@dataclass(slots=True)
class Outcome:
    """What became of a file: its text, and a line for each thing to say. `unread`: why it was not read.

    `annotations` are what Pods get, by the object that makes them.
    """

    text: str
    moved: list[str] = field(default_factory=list)
    annotations: dict[str, Mapping[str, str]] = field(default_factory=dict)
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
    newline = "\r\n" if "\r\n" in text else "\n"
    mark = _BYTE_ORDER_MARK if text.startswith(_BYTE_ORDER_MARK) else ""
    body = text.removeprefix(mark).replace(newline, "\n")
    try:
        manifests = parse_manifests(file, body)
    except ManifestInvalid as error:
        outcome.unread = str(error)
        return outcome
    expected = [copy.deepcopy(dict(each.value)) for each in manifests]
    changes = [
        change
        for number, manifest in enumerate(manifests)
        if manifest.kind not in KINDS
        for change in _find_changes(number, manifest, moving, outcome)
    ]
    if changes:
        made = _rewritten(body, changes, expected)
        if made is None:
            outcome.stays.append(f"{file}: cannot be rewritten without changing more than that; move it by hand")
            outcome.moved, outcome.notes = [], []
        else:
            outcome.text = mark + made.replace("\n", newline)
    for manifest, value in zip(manifests, expected, strict=True):
        if manifest.kind not in KINDS:
            _say_what_remains(manifest, value if outcome.moved else manifest.value, moving, outcome)
    return outcome


def _rewritten(text: str, changes: Sequence[_Change], expected: Sequence[dict[str, Any]]) -> str | None:
    """Return a text with the changes, None if it would be another text besides. `expected` are changed as well."""
    for each in changes:
        _apply(_at(expected[each.number], each.keys), each.moved)
    if _MERGE_KEY.search(text) or _DIRECTIVE.search(text):
        return None
    yaml = _yaml(text)
    documents = list(yaml.load_all(text))
    objects = [each for document in documents for each in _objects(document)]
    for each in changes:
        template = _at(objects[each.number], each.keys)
        keep_comments(template["spec"], each.moved.removed)
        _apply(template, each.moved)
    stream = StringIO()
    yaml.dump_all(documents, stream)
    made: str = stream.getvalue()
    try:
        found = [dict(each.value) for each in parse_manifests("", made)]
    except ManifestInvalid:
        return None
    return made if found == list(expected) else None


@dataclass(frozen=True, slots=True)
class _Change:
    """What becomes of the Pod template at `keys` of the object of this number."""

    number: int
    keys: Keys
    moved: Moved


def _find_changes(number: int, manifest: Manifest, moving: Moving, outcome: Outcome) -> Iterator[_Change]:
    """Yield what moves of the Pods of an object, and say it, or why not."""
    where = named(manifest, manifest.place())
    namespace = manifest.namespace or moving.namespace
    sources = _of_namespace(moving.sources, namespace)
    try:
        pods = find_pods(manifest, namespace)
    except ManifestInvalid as error:
        outcome.stays.append(str(error))
        return
    for keys in dict.fromkeys(pod.annotated[-1][:-2] for pod in pods if pod.annotated):
        template = _at(manifest.value, keys)
        if not isinstance(template.get("spec"), dict) or "containers" not in template["spec"]:
            continue  # a step of a Workflow: what it takes is in what remains
        found = _moved(_with_modes(template, manifest, keys), namespace, sources, moving)
        node = manifest.node(keys)
        if isinstance(found, Stays):
            outcome.stays += [f"{where}: {each}" for each in found.reasons]
        elif found is not None and node is not None and _has_anchors(node):
            outcome.stays.append(f"{where}: it shares parts by YAML anchors; write them out first")
        elif found is not None:
            outcome.moved.append(f"{where}: {counted(found.variables, 'variable')}, {counted(found.files, 'file')}")
            outcome.notes += [f"{where}: {each}" for each in found.notes]
            place = f"{where}: {render_keys(keys)}" if where in outcome.annotations else where
            outcome.annotations[place] = found.annotations
            yield _Change(number, keys, found)


def _with_modes(template: Mapping[str, Any], manifest: Manifest, keys: Keys) -> dict[str, Any]:
    """Return a copy whose modes of files are numbers as Kubernetes reads them: in YAML 1.1 0400 is octal."""
    copied = copy.deepcopy(dict(template))
    volumes = copied["spec"].get("volumes")
    for at, volume in enumerate(volumes if isinstance(volumes, list) else ()):
        secret = volume.get("secret") if isinstance(volume, dict) else None
        if not isinstance(secret, dict):
            continue
        place: Keys = (*keys, "spec", "volumes", at, "secret")
        parts: list[tuple[Any, str, Keys]] = [(secret, "defaultMode", place)]
        parts += [(each, "mode", (*place, "items", n)) for n, each in enumerate(secret.get("items") or ())]
        for part, name, where in parts:
            node = manifest.node((*where, name)) if isinstance(part, dict) and name in part else None
            if isinstance(node, ScalarNode):
                part[name] = str(node.value)
    return copied


def _say_what_remains(manifest: Manifest, value: Mapping[str, Any], moving: Moving, outcome: Outcome) -> None:
    where = named(manifest, manifest.place())
    sources = _of_namespace(moving.sources, manifest.namespace or moving.namespace)
    for path, name, reason in find_remaining(value, sources.keys()):
        why = f": {reason}" if reason else ""
        outcome.remains.append(f"{where}: {path} is the Secret {sources[name]}{why}")
    if not manifest.namespace:
        others = {name for (_, name) in moving.sources} - sources.keys()
        for path, name, _ in find_remaining(value, others):
            outcome.notes.append(f"{where}: names no namespace, so its {name} ({path}) is not one that moves; see -n")


def _moved(
    template: Mapping[str, Any], namespace: str, sources: Mapping[str, Source], moving: Moving
) -> Moved | Stays | None:
    """Move what a Pod takes from Secrets, and what Kamus decrypts for it; the webhook has to take both together."""
    found = move(template, sources)
    if moving.config_maps is not None and not isinstance(found, Stays):
        known = _of_namespace(moving.config_maps, namespace)
        decrypted = kamus.move(template, known, found.annotations if found else ())
        if isinstance(decrypted, Stays) or found is None:
            found = decrypted
        elif decrypted is not None:
            found = found.plus(decrypted)
    return judged(template, namespace, moving.settings, found) if isinstance(found, Moved) else found


def _of_namespace(sources: Sources, namespace: str) -> dict[str, Source]:
    return {name: source for (where, name), source in sources.items() if where == namespace}


def _apply(template: Any, moved: Moved) -> None:
    """Put annotations into a Pod template, and take parts out; it is one of ruamel.yaml, or plain."""
    if moved.annotations:
        is_written = isinstance(template, CommentedMap)
        if template.get("metadata") is None:
            template.pop("metadata", None)
            first = list(template).index("spec")
            if is_written:
                template.insert(first, "metadata", CommentedMap())
            else:
                template["metadata"] = {}
        metadata = template["metadata"]
        if metadata.get("annotations") is None:
            metadata["annotations"] = CommentedMap() if is_written else {}
        for key, text in moved.annotations.items():
            metadata["annotations"][key] = LiteralScalarString(text) if is_written and "\n" in text else text
    take_out(template["spec"], moved.removed)


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
    offsets = [each for node in compose("", text) for each in _offsets(node)]
    offset = max(set(offsets), key=offsets.count) if offsets else 0
    yaml.indent(mapping=2, sequence=offset + 2, offset=offset)
    return yaml


def _offsets(node: Node) -> Iterator[int]:
    """Yield by how many columns each list is indented more than its key."""
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if isinstance(value, SequenceNode) and not value.flow_style:
                yield value.start_mark.column - key.start_mark.column
            yield from _offsets(value)
    elif isinstance(node, SequenceNode):
        for each in node.value:
            yield from _offsets(each)


def _has_anchors(node: Node) -> bool:
    if node.anchor is not None:
        return True
    if isinstance(node, MappingNode):
        return any(_has_anchors(each) for pair in node.value for each in pair)
    return isinstance(node, SequenceNode) and any(map(_has_anchors, node.value))


def counted(number: int, what: str) -> str:
    """Say how many there are of something."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def lines_of(outcome: Outcome) -> Iterator[str]:
    """Yield what is said of a file that was read, a line each."""
    yield from (f"moves: {each}" for each in outcome.moved)
    yield from (f"note: {each}" for each in outcome.notes)
    yield from (f"stays: {each}" for each in outcome.stays)
    yield from (f"remains a Secret: {each}" for each in outcome.remains)
