"""The life of many sidecars with one Vault on DynamoDB: a start, a while without trouble, an outage, a recovery.

Half of them have batch tokens, half service tokens. Each reads three secrets of a KV version 2 engine. The *recovery*
is the time from the first answer after the outage on: a minute at full scale.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean

from tests.realparts import vault
from tests.realparts.dynamodb import dynamodb
from tests.realparts.sandbox import sandbox
from tests.soak.audited import Answered, answered
from tests.soak.fleet import fleet
from tests.soak.storagecount import Write, counted
from tests.support.cluster.place import prepare
from tests.support.scale import scaled
from tests.support.vault.server import VaultServer
from tests.support.vault.sidecar import Sidecar, sidecar_plan, write_role
from vault.contract.plan import Plan, Session

KINDS = ("batch", "service")
EACH = scaled(6, 150)  # sidecars of a kind
PATHS = [f"secret/data/shop/stampede/{number}" for number in range(3)]
REFRESH_SECONDS = scaled(6, 60)
TOKEN_SECONDS = scaled(24, 120)
STEADY_SECONDS = TOKEN_SECONDS * 4 // 3  # in which a token is renewed twice
OUTAGE_SECONDS = scaled(6, 25)
RECOVERY_SECONDS = scaled(15, 60)


@dataclass(slots=True)
class Story:
    """What happened, and when, in seconds of the world's clock. `first` is the first answer after the outage."""

    writes: list[Write] = field(default_factory=list)
    answers: list[Answered] = field(default_factory=list)
    phases: dict[str, tuple[float, float]] = field(default_factory=dict)
    failing: int = 0
    first: float = 0
    recovered: float = 0

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Note when it began and ended."""
        since = time.time()
        yield
        self.phases[name] = (since, time.time())

    def minutes(self, phase: str) -> float:
        """How long it was."""
        since, until = self.phases[phase]
        return (until - since) / 60

    def asked(self, phase: str, kind: str) -> Counter[str]:
        """Count what was answered to one kind of sidecar, by operation."""
        since, until = self.phases[phase]
        return Counter(each.operation for each in self.answers if each.kind == kind and since <= each.at < until)

    def intervals(self, kind: str) -> dict[str, float]:
        """Give the mean time from a read to the first look at it, and from a login to the first renewal or next login.

        Not counts in a window: all start at about the same time, so that a window cuts off more than it takes in. These
        are complete: a second look or renewal comes later than everyone's first, so the first of all are one each.
        """
        at: dict[str, list[float]] = defaultdict(list)
        for each in self.answers:
            if each.kind == kind:
                at[each.operation].append(each.at)
        reads = EACH * len(PATHS)
        renewed = at["renew"][:EACH] if at["renew"] else at["login"][EACH : 2 * EACH]
        return {
            "look": mean(at["look"][:reads]) - mean(at["read"][:reads]),
            "token": mean(renewed) - mean(at["login"][:EACH]),
        }

    def written(self, phase: str) -> Counter[str]:
        """Count the items written, by whose they are: tokens and their leases, the active node's lock, the rest."""
        since, until = self.phases[phase]
        items: Counter[str] = Counter()
        for write in self.writes:
            if since <= write.at < until:
                items[_whose(write.path)] += write.items
        return items


def _whose(path: str) -> str:
    if path.startswith(("sys/token", "sys/expire")):
        return "tokens"
    return "lock" if path == "core" else "rest"


def lived(folder: Path) -> Story:
    """Live through it."""
    with ExitStack() as stack:
        box = stack.enter_context(sandbox())
        store = stack.enter_context(dynamodb(box))
        storage = stack.enter_context(counted(box, store.endpoint))
        node = stack.enter_context(vault.vault(box, vault.Storage(storage.endpoint)))
        server = prepare(node, folder)
        _write_all(server, "1")
        running = stack.enter_context(fleet())
        session = server.session()  # once, lest its token is written while somebody reads it
        story = Story()
        for kind in KINDS:
            role = write_role(server, f"shop.{kind}", kind, f"{TOKEN_SECONDS}s")
            with story.phase(f"start {kind}"):
                running.start(_plan(session.replace(role=role), folder / f"{kind}-{number}") for number in range(EACH))
        with story.phase("steady"):
            running.live(STEADY_SECONDS)
        node.stop()
        with story.phase("outage"):
            running.live(OUTAGE_SECONDS)
            story.failing = sum(each.status()["state"] == "failing" for each in running.sidecars)
            node.start()
        _write_all(server, "2")
        running.wait(_is_up_to_date, 2 * RECOVERY_SECONDS + REFRESH_SECONDS, "it has what has changed")
        story.recovered = time.time()
        running.live(max(1.0, story.phases["outage"][1] + RECOVERY_SECONDS + 5 - time.time()))
        story.writes = storage.writes()
        story.answers = answered(node.audit_log)
        story.first = next(each.at for each in story.answers if each.at > story.phases["outage"][0])
        return story


def _write_all(server: VaultServer, version: str) -> None:
    for path in PATHS:
        server.client.write(path, {"data": {"a": version}})


def _plan(session: Session, folder: Path) -> Plan:
    return sidecar_plan(session, folder / "volume", *PATHS, refresh_seconds=REFRESH_SECONDS)


def _is_up_to_date(sidecar: Sidecar) -> bool:
    is_new = all(sidecar.json(str(number)) == {"a": "2"} for number, _ in enumerate(PATHS))
    return is_new and sidecar.status()["state"] == "up to date"
