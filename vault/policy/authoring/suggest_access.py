"""Write an access file that grants exactly what workloads need.

Steps of `suggest_access`: (1) merge the needs of all Pods by role; (2) look up or guess the mounts; (3) parse each
grant separately as an access file, so that one invalid grant does not affect the others; (4) write the file.

Annotations have literal paths, so a path that a policy would treat as a pattern is skipped. A template may leave out
what KV version 2 has behind its mount; where the mount is guessed from such a path alone, that is noted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from vault.contract.shown import shown
from vault.policy.authoring.declarations import config_hint, declaration, one_line, render_document
from vault.policy.authoring.infer_mounts import guess_mounts
from vault.policy.authoring.short_paths import NO_PATHS, ShortPaths
from vault.policy.errors import AccessInvalid
from vault.policy.files.engines import has_leases, metadata_path
from vault.policy.files.model import DEFAULT_AUDIENCE, DEFAULT_OWNER, Mount, policy_name
from vault.policy.files.parse import parse_access
from vault.policy.files.paths import find_mount

_HEAD = "# Suggested by `omamori policy suggest`: what these workloads ask for, and nothing else.\n"
_KV2 = 2
_LOCK = "for one apply at a time, which holds this lock:\nlock: {}/data/omamori/lock"
_WIDEST_COMMENT = 1000


@dataclass(frozen=True, slots=True)
class Login:
    """How the workloads log in: the auth method, its kind and the audience of their tokens."""

    auth: str
    kind: str
    audience: str


@dataclass(frozen=True, slots=True)
class Need:
    """What one Pod does in Vault: it reads `reads`, writes to `writes`, and polls `watched` for changes.

    `short` are the paths of its templates. `source` names the Pod in messages.
    """

    namespace: str
    service_account: str
    role: str
    reads: frozenset[str]
    writes: frozenset[str]
    watched: frozenset[str]
    source: str
    lists: frozenset[str] = frozenset()
    short: ShortPaths = NO_PATHS

    @property
    def paths(self) -> frozenset[str]:
        """All paths, but those of templates."""
        return self.reads | self.writes | self.lists


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`text` is the access file, "" if nothing can be granted; `left_out` lists what cannot be granted, and why.

    `notes` say what is granted by a guess that a Vault would have answered.
    """

    text: str
    left_out: tuple[str, ...]
    notes: tuple[str, ...] = ()


def suggest_access(
    needs: Iterable[Need], login: Login, mounts: Mapping[str, Mount], owner: str = DEFAULT_OWNER
) -> Suggestion:
    """Return the suggestion. `mounts` were read from a Vault; a mount that is not among them is guessed."""
    joined = _joined(needs)  # (1)
    paths = {path for need in joined for path in need.paths | need.short.all}
    guessed = guess_mounts(path for path in paths if find_mount(path, mounts) is None and path not in mounts)  # (2)
    known = {**guessed, **mounts}
    notes = [
        f"{each.namespace}/{each.service_account}: {note}" for each in joined for note in each.short.notes(guessed)
    ]
    writer = _Writer(login, known, frozenset(guessed), owner)
    for need in joined:
        writer.add(_expanded(need, known))  # (3)
    text = writer.text()
    if text:
        parse_access([("the suggestion", text)])  # (4)
    return Suggestion(text, tuple(writer.left_out), tuple(notes))


def _expanded(need: Need, mounts: Mapping[str, Mount]) -> Need:
    """Return a need with the paths of its templates among the others."""
    found = need.short.expanded(mounts)
    return replace(
        need,
        reads=need.reads | found.reads,
        writes=need.writes | found.writes,
        lists=need.lists | found.lists,
        watched=need.watched | found.watched,
        short=NO_PATHS,
    )


def _joined(needs: Iterable[Need]) -> list[Need]:
    """Merge needs to one per role: all Pods of a ServiceAccount share one grant."""
    found: dict[tuple[str, str, str], Need] = {}
    for need in needs:
        key = (need.namespace, need.service_account, need.role)
        first = found.get(key)
        if first is None:
            found[key] = need
            continue
        sources = dict.fromkeys([*first.source.splitlines(), need.source])
        found[key] = replace(
            first,
            reads=first.reads | need.reads,
            writes=first.writes | need.writes,
            watched=first.watched | need.watched,
            lists=first.lists | need.lists,
            short=first.short.joined(need.short),
            source="\n".join(sources),
        )
    return [found[key] for key in sorted(found)]


class _Writer:
    """Collects grants, one need at a time."""

    def __init__(self, login: Login, mounts: Mapping[str, Mount], guessed: frozenset[str], owner: str) -> None:
        self._login = login
        self._mounts = mounts
        self._guessed = guessed
        self._owner = owner
        self._grants: list[tuple[Need, dict[str, Any]]] = []
        self._roles: dict[str, Need] = {}
        self.left_out: list[str] = []

    def add(self, need: Need) -> None:
        """Add a grant for a need, or note why it cannot be granted."""
        who = f"{need.namespace}/{need.service_account}"
        grant = self._grant(need)
        open_paths = [path for path in grant["paths"] if path.endswith("*") or "+" in path.split("/")]
        if open_paths:
            self._leave_out(
                who, f"in a policy, {', '.join(open_paths)} would match more than one path; write this grant by hand"
            )
            return
        try:
            (parsed,) = parse_access([(who, json.dumps(self._document([grant])))]).grants
        except AccessInvalid as error:
            for mistake in error.mistakes:
                self._leave_out(who, mistake.what)
            return
        first = self._roles.setdefault(policy_name(parsed), need)
        if first is not need:
            other = f"{first.namespace}/{first.service_account}"
            self._leave_out(
                who, f"the role {need.role} is already used by {other}; a role belongs to one ServiceAccount"
            )
            return
        self._grants.append((need, grant))

    def _leave_out(self, who: str, what: str) -> None:
        self.left_out.append(f"{who}: {what}")

    def _grant(self, need: Need) -> dict[str, Any]:
        grant: dict[str, Any] = {
            "workload": one_line({"namespace": need.namespace, "serviceAccount": need.service_account})
        }
        if need.role != f"{need.namespace}.{need.service_account}":
            grant["role"] = need.role
        grant["paths"] = {path: self._operations(need, path) for path in sorted(need.paths)}
        return grant

    def _operations(self, need: Need, path: str) -> Any:
        mount = find_mount(path, self._mounts)
        is_watchable = mount is not None and mount.version == _KV2 and metadata_path(path, mount.path) is not None
        words = [
            *(["read"] if path in need.reads else []),
            *(["watch"] if path in need.watched and is_watchable else []),
            *(["list"] if path in need.lists else []),
            *(["update"] if path in need.writes else []),
        ]
        return words[0] if len(words) == 1 else one_line(words)

    def _document(self, grants: list[dict[str, Any]]) -> dict[str, Any]:
        found = (find_mount(path, self._mounts) for grant in grants for path in grant["paths"])
        used = {mount.path: mount for mount in found if mount is not None}
        auth = {"type": self._login.kind}
        if self._login.audience != DEFAULT_AUDIENCE:
            auth["audience"] = self._login.audience
        return {
            "accessVersion": 1,
            **({"owner": self._owner} if self._owner != DEFAULT_OWNER else {}),
            "mounts": {path: one_line(declaration(mount)) for path, mount in sorted(used.items())},
            "auth": {self._login.auth: one_line(auth)},
            "grants": grants,
        }

    def text(self) -> str:
        """Return the file, with comments on the source of each grant and on guesses; "" if there is no grant."""
        if not self._grants:
            return ""
        document = self._document([grant for _, grant in self._grants])
        mounts = CommentedMap(document["mounts"])
        for path in mounts:
            remark = self._remark(path)
            if remark:
                mounts.yaml_set_comment_before_after_key(path, before=remark, indent=2)
        auth = CommentedMap(document["auth"])
        (method,) = auth
        auth.yaml_set_comment_before_after_key(method, before=config_hint(method, auth[method]), indent=2)
        grants = CommentedSeq(document["grants"])
        for number, (need, _) in enumerate(self._grants):
            grants.yaml_set_comment_before_after_key(number, before=_printable(need.source))
        left = "".join(f"# skipped: {_printable(each)}\n" for each in self.left_out)
        whole = CommentedMap({**document, "mounts": mounts, "auth": auth, "grants": grants})
        kv = next((path for path in mounts if self._mounts[path].version == _KV2), None)
        if kv is not None:
            whole.yaml_set_comment_before_after_key("mounts", before=_LOCK.format(kv))
        return _HEAD + left + render_document(whole)

    def _remark(self, path: str) -> str:
        mount = self._mounts[path]
        if path in self._guessed:
            version = f" version {mount.version}" if mount.version else ""
            return f"{mount.kind}{version} is a guess from the shape of the paths"
        if has_leases(mount.kind) is None:
            return f"omamori does not know the engine {mount.kind}: write `leases: true` if its secrets have a lease"
        return ""


def _printable(text: str) -> str:
    """Escape text from a manifest, so that it cannot end the comment it is put into."""
    return "\n".join(shown(line, _WIDEST_COMMENT) for line in text.splitlines())
