"""A ground of its own for tests of access files: mounts, an auth method and an owner that nobody else has."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.vault.proxy import Proxy
from tests.support.vault.server import VaultServer
from vault.client import VaultClient
from vault.policy.files.model import Access
from vault.policy.files.parse import parse_access
from vault.policy.sync.apply import Outcome, apply_plan
from vault.policy.sync.apply_lock import Lock
from vault.policy.sync.diff import plan_access
from vault.policy.sync.plan import AccessPlan
from vault.policy.sync.state import read_state

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Ground:
    """`mount` is KV version 2, `auth` a jwt or kubernetes auth method that trusts nobody; neither is there at first."""

    server: VaultServer
    kind: str = "jwt"
    number: int = field(default_factory=lambda: next(_numbers))

    @property
    def mount(self) -> str:
        """The path of the KV mount."""
        return f"kv-{self.number}"

    @property
    def auth(self) -> str:
        """The path of the auth method."""
        return f"auth-{self.number}"

    @property
    def owner(self) -> str:
        """The owner of the files."""
        return f"owner-{self.number}"

    def access(self, grants: list[dict[str, Any]], **more: Any) -> Access:
        """Parse a file with these grants; `PATH` in a path stands for the mount's data, `META` for its metadata."""
        document = {
            "accessVersion": 1,
            "owner": self.owner,
            "mounts": {self.mount: {"type": "kv"}},
            "auth": {self.auth: {"type": self.kind}},
            "grants": [{**grant, "paths": self.paths(grant.get("paths", {}))} for grant in grants],
            **more,
        }
        return parse_access([("access.json", json.dumps(document))])

    def paths(self, paths: Mapping[str, Any]) -> dict[str, Any]:
        """Put the mount into paths."""
        return {self.path(path): words for path, words in paths.items()}

    def path(self, path: str) -> str:
        """Put the mount into a path."""
        return path.replace("PATH", f"{self.mount}/data").replace("META", f"{self.mount}/metadata")

    def plan(self, access: Access, *, adopt: bool = False) -> AccessPlan:
        """Plan against the server."""
        return plan_access(access, read_state(self.server.client, access), self.server.address, adopt=adopt)

    def apply(self, access: Access, *, adopt: bool = False, prune: bool = False, lock: Lock | None = None) -> Outcome:
        """Plan and apply."""
        return apply_plan(self.server.client, self.plan(access, adopt=adopt), prune=prune, lock=lock)

    def lock(self, seconds: int = 30, who: str = "test") -> Lock:
        """A lock in the mount, which has to be there."""
        return Lock(self.server.client, f"{self.mount}/data/lock", seconds, who)

    def client_of(self, proxy: Proxy) -> VaultClient:
        """Give a client through a proxy, which keeps every exchange."""
        return VaultClient(proxy.address, self.server.root_token, self.server.ca_file)

    def clear(self) -> None:
        """Remove what is there: a plan looks at all that is ours."""
        client = self.server.client
        for table, path in (("sys/mounts", self.mount), ("sys/auth", self.auth)):
            client.delete(f"{table}/{path}")
        for name in client.list("sys/policies/acl"):
            if self.auth in name.split("."):
                client.delete(f"sys/policies/acl/{name}")

    def enable(self) -> None:
        """Make the mounts without a grant."""
        self.apply(self.access([]))


def grant(account: str = "checkout", namespace: str = "shop", **more: Any) -> dict[str, Any]:
    """Give a grant of one path."""
    return {
        "workload": {"namespace": namespace, "serviceAccount": account},
        "paths": {f"PATH/{namespace}/{account}": "read"},
        **more,
    }


def actions(plan: AccessPlan) -> list[tuple[str, str]]:
    """Give what would be done, by action and kind."""
    return [(change.action, change.kind) for change in (*plan.changes, *plan.orphans)]
