"""Move all Pods of a file, as far as they can be moved, and say what became of each.

A mapping of annotations may be several Pods': of a Workflow's templates, or by an anchor. It is rewritten where all of
them can be moved, and to the same. A Pod whose annotations of vault-k8s are in several mappings stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ruamel.yaml.nodes import MappingNode, Node

from webhook.admission.annotations.vault_k8s.table import DOMAIN as THEIRS
from webhook.migrate.vault_k8s.options import Options
from webhook.migrate.vault_k8s.pods import Moved, Stays, annotations_of, move
from webhook.migrate.vault_k8s.rewrite import Edit, apply_edits, edits_of, is_kept
from webhook.migrate.vault_k8s.yamltext import Entry, Mapping, Mappings
from webhook.workloads.annotated import named
from webhook.workloads.fieldpath import Keys, render_keys
from webhook.workloads.manifest import Manifest, ManifestInvalid, parse_manifests
from webhook.workloads.registry import ManifestPod, find_pods
from webhook.workloads.unreachable import find_strays, right_place

_PREFIX = f"{THEIRS}/"
_BYTE_ORDER_MARK = "\ufeff"
# what Helm fills in, and vault agent does not have: its objects, its functions, and braces that it is to leave
_HELM = re.compile(
    r"\{\{-?(?:[^{}\n]*(?<![\w)])\.(?:Values|Release|Chart|Capabilities)\b|\s*(?:include|tpl)\b|\s*[`\"](?:\{\{|\}\}))"
)


@dataclass(slots=True)
class Outcome:
    """What became of a file: its text, and a line for each thing to say. `unread`: why it was not read."""

    text: str
    moved: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    stays: list[str] = field(default_factory=list)
    unread: str = ""


@dataclass(slots=True)
class _Place:
    """A mapping of annotations, the Pods that it is of, and what becomes of each."""

    mapping: Mapping
    position: str
    where: str
    values: dict[str, str]
    found: list[Moved | Stays] = field(default_factory=list)


def migrate_text(file: str, text: str, options: Options) -> Outcome:
    """Rewrite the text of a file; it is the same where nothing is moved."""
    mark = _BYTE_ORDER_MARK if text.startswith(_BYTE_ORDER_MARK) else ""
    body = text.removeprefix(mark)
    outcome = Outcome(text)
    if THEIRS not in text:
        return outcome
    if _HELM.search(text):
        outcome.unread = f"{file}: is a Helm template; move what it renders (helm template), or its annotations by hand"
        return outcome
    try:
        manifests = parse_manifests(file, body)
    except ManifestInvalid as error:
        outcome.unread = str(error)
        return outcome
    migration = _Migration(file, body, options, outcome)
    for manifest in manifests:
        migration.take(manifest)
    outcome.text = mark + migration.rewritten()
    return outcome


class _Migration:
    """The mappings of one text, by the position where each begins."""

    def __init__(self, file: str, text: str, options: Options, outcome: Outcome) -> None:
        self._file = file
        self._text = text
        self._options = options
        self._outcome = outcome
        self._mappings = Mappings(text)
        self._places: dict[int, _Place] = {}
        self._known_keys: set[int] = set()  # the positions of annotations of which something is said

    def take(self, manifest: Manifest) -> None:
        """Take the Pods of an object, and what reaches none."""
        try:
            pods = find_pods(manifest)
        except ManifestInvalid as error:
            self._outcome.stays.append(str(error))
            return
        for keys, stray in find_strays(manifest, pods):
            if any(name.startswith(_PREFIX) for name in stray):
                where = named(manifest, manifest.place(keys))
                self._know(manifest.node(keys))
                self._stay(where, f"{render_keys(keys)} reaches no Pod; {right_place(manifest)}")
        for pod in pods:
            self._take_pod(pod)

    def _take_pod(self, pod: ManifestPod) -> None:
        found = move(pod.pod, pod.namespace, self._options)
        if found is None:
            return
        manifest = pod.manifest
        places = [place for keys in pod.annotated if (place := self._place(manifest, keys)) is not None]
        if not places:
            self._stay(named(manifest, manifest.place()), "its annotations were not found in the text")
            return
        if len(places) > 1:
            listed = " and ".join(each.position for each in places)
            found = Stays((f"annotations of one Pod are in several places, {listed}; put them into one",))
        elif isinstance(found, Moved):
            missing = annotations_of(pod.pod).keys() - places[0].values.keys()
            if missing:
                found = Stays((f"{min(missing)} is merged from elsewhere (<<); write it where the others are",))
        for place in places:
            place.found.append(found)

    def _place(self, manifest: Manifest, keys: Keys) -> _Place | None:
        """Return the place of annotations, None where there is none of vault-k8s in it."""
        node = manifest.node(keys)
        self._know(node)
        mapping = None if node is None else self._mappings.found.get(node.start_mark.index)
        if node is None or mapping is None:
            return None
        values = {str(key.value): str(value.value) for key, value in node.value}
        written = {each.name for each in mapping.entries}
        theirs = {name: text for name, text in values.items() if name.startswith(_PREFIX)}
        if not theirs:
            return None
        begins = node.start_mark.index
        if begins not in self._places:
            position = manifest.place(keys)
            own = {name: text for name, text in theirs.items() if name in written}
            self._places[begins] = _Place(mapping, position, named(manifest, position), own)
        return self._places[begins]

    def rewritten(self) -> str:
        """Return the text, with what can be moved in each place."""
        edits = [edit for place in self._places.values() for edit in self._edits(place)]
        for mapping in self._mappings.found.values():
            keys = [each.key[0] for each in mapping.entries if each.name.startswith(_PREFIX)]
            if keys and self._known_keys.isdisjoint(keys):
                line = self._text.count("\n", 0, keys[0]) + 1
                what = "annotations of no Pod that omamori knows, as in the values of a chart; move them by hand"
                self._stay(f"{self._file}:{line}", what)
        return apply_edits(self._text, edits)

    def _know(self, node: Node | None) -> None:
        if isinstance(node, MappingNode):
            self._known_keys.update(key.start_mark.index for key, _ in node.value)

    def _edits(self, place: _Place) -> list[Edit]:
        first = place.found[0]
        reasons = [each for found in place.found if isinstance(found, Stays) for each in found.reasons]
        for each in dict.fromkeys(reasons):
            self._stay(place.where, each)
        if reasons or not isinstance(first, Moved):
            return []
        if any(isinstance(each, Moved) and each.places != first.places for each in place.found):
            self._stay(place.where, "is of several Pods, for which it would become different annotations")
            return []
        replaced = [each for each in place.mapping.entries if each.name in first.places]
        try:
            edits = edits_of(self._text, place.mapping, place.values, first.places)
            for entry in replaced:
                self._check_anchors(entry, is_kept=is_kept(place.values[entry.name], first.places[entry.name]))
        except ValueError as error:
            self._stay(place.where, str(error))
            return []
        count = sum(map(len, first.places.values()))
        self._outcome.moved.append(f"{place.where}: {_counted(len(first.places))} to {count}")
        self._outcome.notes += [f"{place.where}: {each}" for each in first.notes]
        for name in sorted(place.values.keys() - first.places.keys()):
            self._stay(place.where, f"{name}: vault-k8s has no such annotation, so that it says nothing")
        return edits

    def _check_anchors(self, entry: Entry, *, is_kept: bool) -> None:
        """Raise ValueError where something refers to what is taken out."""
        for anchor in (entry.key_anchor, "" if is_kept else entry.value_anchor):
            if anchor in self._mappings.aliases:
                raise ValueError(f"{entry.name}: has the anchor &{anchor}, which others refer to; write it out there")

    def _stay(self, where: str, reason: str) -> None:
        line = f"{where}: {reason}"
        if line not in self._outcome.stays:
            self._outcome.stays.append(line)


def _counted(number: int) -> str:
    return f"{number} annotation{'' if number == 1 else 's'}"


def lines_of(outcome: Outcome) -> Iterator[str]:
    """Yield what is said of a file that was read, a line each."""
    yield from (f"moves: {each}" for each in outcome.moved)
    yield from (f"note: {each}" for each in outcome.notes)
    yield from (f"stays: {each}" for each in outcome.stays)
