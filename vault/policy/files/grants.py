"""Parse the grants of a document that has passed the schema and whose mounts are known.

A batch token cannot be revoked, so its ttl is short, but long enough for a Pod to start. A lease ends with its token,
and leases of a batch token cannot be looked up, so secrets with a lease need a service token.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import ip_network
from typing import Any

from vault.places import Mistake, Place
from vault.policy.files.durations import parse_duration
from vault.policy.files.engines import metadata_path
from vault.policy.files.model import AuthMount, Grant, Mount, PathGrant, RawRule, Token, Workload
from vault.policy.files.mounts import parse_audiences
from vault.policy.files.paths import find_mount, kv2_problem, path_problem
from vault.policy.files.raw_policy import parse_raw_policy
from vault.yamlfile import Document, Keys

BATCH_SECONDS = 600
MOST_BATCH_SECONDS = 3600
IN_POD_DEADLINE_SECONDS = 300  # the Plan's; until then a Pod may still use its token
SERVICE_SECONDS = 3600


class GrantParser:
    """Parses the grants of documents; mistakes are appended to `mistakes`."""

    def __init__(self, mounts: Mapping[str, Mount], auths: Mapping[str, AuthMount], mistakes: list[Mistake]) -> None:
        self._mounts = mounts
        self._auths = auths
        self._mistakes = mistakes

    def parse(self, document: Document, number: int, owner: str) -> tuple[Grant, ...]:
        """Parse a grant: one for each of its workloads. Empty: its auth method is unknown, which is a mistake."""
        raw = document.value["grants"][number]
        keys = ("grants", number)
        auth = self._auth(document, keys, raw)
        paths = tuple(
            filter(None, (self._path(document, keys, path, raw["paths"][path]) for path in raw.get("paths", {})))
        )
        raw_rules = self._raw_rules(document, (*keys, "rawPolicy"), raw.get("rawPolicy", ""))
        if not raw.get("paths") and "rawPolicy" not in raw:
            self._note(document, keys, "the grant allows nothing: give it paths or a rawPolicy")
        if auth is None:
            return ()
        audiences = auth.audiences
        if "audience" in raw:
            audiences = parse_audiences(document, (*keys, "audience"), auth.kind, raw["audience"], self._mistakes)
        role = raw.get("role") if "workload" in raw else None
        token = self._token(document, keys, raw, is_leased=any(each.mount.has_leases for each in paths))
        return tuple(
            Grant(
                workload=workload,
                auth=auth,
                role=role or f"{workload.namespace}.{workload.service_account}",
                audiences=audiences,
                paths=paths,
                raw_policy=raw.get("rawPolicy", ""),
                raw_rules=raw_rules,
                token=token,
                place=place,
                owner=owner,
            )
            for workload, place in self._workloads(document, keys, raw, auth)
        )

    def _note(self, document: Document, keys: Keys, what: str) -> None:
        self._mistakes.append(Mistake(document.place(*keys), what))

    def _auth(self, document: Document, keys: Keys, raw: dict[str, Any]) -> AuthMount | None:
        named = raw.get("auth")
        if named is None and len(self._auths) == 1:
            return next(iter(self._auths.values()))
        if named is None:
            known = ", ".join(self._auths) or "none"
            self._note(document, keys, f"the auth method is not clear; write auth: PATH; declared are: {known}")
        elif named not in self._auths:
            self._note(
                document, (*keys, "auth"), f"there is no auth method {named} in these files; declare it under auth"
            )
        return self._auths.get(named or "")

    def _workloads(
        self, document: Document, keys: Keys, raw: dict[str, Any], auth: AuthMount
    ) -> list[tuple[Workload, Place]]:
        if "workload" in raw:
            return [(self._workload(document, keys, raw, auth), document.place(*keys))]
        if "role" in raw:
            what = "one role is never that of several ServiceAccounts: leave role out, and each has its own"
            self._note(document, (*keys, "role"), what)
        return [
            (Workload(given["serviceAccount"], given["namespace"]), document.place(*keys, "workloads", number))
            for number, given in enumerate(raw["workloads"])
        ]

    def _workload(self, document: Document, keys: Keys, raw: dict[str, Any], auth: AuthMount) -> Workload:
        given = raw["workload"]
        labels = given.get("namespaceLabels", {})
        if labels and auth.kind != "kubernetes":
            self._note(document, (*keys, "workload"), "only kubernetes auth supports namespaceLabels")
        if labels and "role" not in raw:
            self._note(document, keys, "a grant with namespaceLabels needs a role, which Pods name in an annotation")
        return Workload(given["serviceAccount"], given.get("namespace"), tuple(sorted(labels.items())))

    def _path(self, document: Document, keys: Keys, path: str, raw: str | list[str]) -> PathGrant | None:
        keys = (*keys, "paths", path)
        mount = find_mount(path, self._mounts)
        problem = path_problem(path)
        if not problem and mount is None:
            problem = "is in no declared mount; declare its mount under mounts"
        if not problem and mount is not None and mount.version == 2:  # noqa: PLR2004 - KV's version
            problem = kv2_problem(path, mount)
        operations = (raw,) if isinstance(raw, str) else tuple(raw)
        if not problem and mount is not None and "watch" in operations:
            watchable = mount.version == 2 and metadata_path(path, mount.path)  # noqa: PLR2004 - KV's version
            problem = "" if watchable else "cannot be watched: only MOUNT/data/NAME of KV version 2 can"
        if problem or mount is None:
            self._note(document, keys, f"the path {path!r} {problem}")
            return None
        return PathGrant(path, operations, mount, document.place(*keys))  # type: ignore[arg-type]  # the schema knows them

    def _raw_rules(self, document: Document, keys: Keys, text: str) -> tuple[RawRule, ...]:
        rules, wrong = parse_raw_policy(text)
        for mistake in wrong:
            place = document.place_in(keys, mistake.line, mistake.column)
            # where the text is no literal block, its lines are not those of the file
            where = f" (line {mistake.line} of it)" if mistake.line > 1 and place == document.place(*keys) else ""
            self._mistakes.append(Mistake(place, f"rawPolicy {mistake.what}{where}"))
        return tuple(RawRule(rule.path, rule.capabilities, document.place_in(keys, rule.line, 0)) for rule in rules)

    def _token(self, document: Document, keys: Keys, raw: dict[str, Any], *, is_leased: bool) -> Token:
        given = raw.get("token", {})
        keys = (*keys, "token")
        kind = given.get("type", "service" if is_leased else "batch")
        usual = BATCH_SECONDS if kind == "batch" else SERVICE_SECONDS
        token = Token(
            kind=kind,
            ttl_seconds=parse_duration(given.get("ttl", usual)),
            max_ttl_seconds=parse_duration(given.get("maxTtl", 0)),
            bound_cidrs=self._networks(document, (*keys, "boundCidrs"), given.get("boundCidrs", ())),
            has_default_policy=given.get("defaultPolicy", False),
        )
        if kind == "batch" and is_leased:
            self._note(
                document, keys, "a batch token expires within minutes, and its leases with it: use a service token"
            )
        if kind == "batch" and not IN_POD_DEADLINE_SECONDS <= token.ttl_seconds <= MOST_BATCH_SECONDS:
            what = "a batch token's ttl is 5m (a Pod may take that long to start) to 1h (it cannot be revoked)"
            self._note(document, (*keys, "ttl"), what)
        if kind == "service" and not token.ttl_seconds:
            self._note(document, (*keys, "ttl"), "the token never expires: set its ttl")
        if 0 < token.max_ttl_seconds < token.ttl_seconds:
            self._note(document, (*keys, "maxTtl"), "is less than the ttl")
        return token

    def _networks(self, document: Document, keys: Keys, raw: Iterable[str]) -> tuple[str, ...]:
        """Return networks as Vault returns them: a single address without a prefix length."""
        found: list[str] = []
        for number, text in enumerate(raw):
            try:
                network = ip_network(text)
            except ValueError as error:
                self._note(document, (*keys, number), f"{text!r} is not a network: {error}")
                continue
            is_address = network.prefixlen == network.max_prefixlen
            found.append(str(network.network_address if is_address else network))
        return tuple(found)
