"""The sidecar: what it keeps fresh in real Pods, what an outage changes, and what is left after it.

All of its Pods are applied at once; tokens, leases and certificates live shortly, and each test waits for its own.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.engines import CERTIFICATE_SECONDS, NAMESPACE
from tests.support.canary import Canary, occurrences
from tests.support.cluster.manifests import container, controlled, pod
from tests.support.cluster.searching import places
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.realparts.postgresql import PostgreSQL
    from tests.support.cluster.installation import Installation

pytestmark = [pytest.mark.real, pytest.mark.timeout(900), pytest.mark.usefixtures("engines")]

SIDECAR = {"omamori.dev/mode": "sidecar", "omamori.dev/refresh": "2s"}
TOKEN_SECONDS, LONGEST_TOKEN_SECONDS = 20, 40
ROLE = {
    "policy": "engines",
    "token_type": "service",
    "token_ttl": f"{TOKEN_SECONDS}s",
    "token_max_ttl": f"{LONGEST_TOKEN_SECONDS}s",
}
FIRST, SECOND = Canary.plain(), Canary.plain()
SHOW = "while :; do sha256sum </vault/secrets/it; sleep 0.2; done"
KV = {**SIDECAR, "file.omamori.dev/it": "secret/data/shop/changing#it"}


def write(installation: Installation, path: str, canary: Canary) -> None:
    """Write a new value of a secret."""
    values = {"it": canary.value}
    installation.vault.admin.write(path, {"data": values} if path.startswith("secret/") else values)


def inside(installation: Installation, name: str, *command: str, container: str = "app") -> str:
    """Run a command in a container of a Pod."""
    return installation.nodes.kubectl("exec", name, "-n", NAMESPACE, "-c", container, "--", *command)


def value_of(installation: Installation, name: str) -> str:
    """The file, as the application sees it now."""
    return inside(installation, name, "cat", "/vault/secrets/it")


@pytest.fixture(scope="module")
def pods(installation: Installation, database: PostgreSQL) -> Installation:
    """All Pods of this file, applied."""
    for name in ("changing", "outage", "signalled", "restarted"):
        write(installation, f"secret/data/shop/{name}", FIRST)
    write(installation, "plain/shop/changing", FIRST)
    stay = container(command=["/bin/sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done"])
    client = ["python3", "/app/client.py", "/vault/secrets/db", database.address, str(database.port)]
    hup = "trap 'echo got; cat /vault/secrets/it; echo' HUP; echo ready; while :; do sleep 0.1; done"
    one_user = {"shareProcessNamespace": True, "securityContext": {"runAsUser": 10001, "runAsGroup": 10001}}
    issue = "data.common_name=b.shop.example"
    made: Mapping[str, tuple[Mapping[str, str], Mapping[str, Any]]] = {
        "changing": (KV, {"containers": [stay]}),
        "plain": ({**SIDECAR, "file.omamori.dev/it": "plain/shop/changing#it"}, {"containers": [stay]}),
        "rotating": (
            {**SIDECAR, "file.omamori.dev/db": "database/creds/shop"},
            {"containers": [container(command=client)]},
        ),
        "certified": (
            {
                **SIDECAR,
                "file.omamori.dev/it": f"pki/issue/shop#certificate {issue}",
                "file.omamori.dev/key": f"pki/issue/shop#private_key {issue}",
            },
            {"containers": [stay]},
        ),
        "outage": ({**SIDECAR, "file.omamori.dev/it": "secret/data/shop/outage#it"}, {"containers": [stay]}),
        "signalled": (
            {
                **SIDECAR,
                "file.omamori.dev/it": "secret/data/shop/signalled#it",
                "omamori.dev/on-change": "signal=HUP process=sh",
            },
            {"containers": [container(command=["/bin/sh", "-c", hup])], **one_user},
        ),
        "restarted": (
            {
                **SIDECAR,
                "env.omamori.dev/IT": "secret/data/shop/restarted#it",
                "omamori.dev/on-change": "restart",
            },
            {
                "containers": [
                    container(command=["/bin/sh", "-c", 'echo "$IT" | sha256sum; while :; do sleep 0.1; done'])
                ]
            },
        ),
    }
    job = pod(NAMESPACE, "done", KV, {"containers": [container(command=["cat", "/vault/secrets/it"])]})
    accounts = [installation.account(NAMESPACE, name, **ROLE) for name in (*made, "done")]
    wanted = [pod(NAMESPACE, name, asked, spec) for name, (asked, spec) in made.items()]
    installation.nodes.apply(*accounts, *wanted, controlled("Job", job, 1))
    return installation


def started(pods: Installation, name: str) -> str:
    """Wait until a Pod runs."""
    pods.wait_for_phase(NAMESPACE, name, "Running")
    return name


def seconds_until(condition: Callable[[], bool], what: str, most: float = 90.0) -> float:
    """Wait for a condition and say how long it took."""
    begun = time.monotonic()
    wait_until(condition, most, what)
    return time.monotonic() - begun


def test_a_job_ends(pods: Installation) -> None:
    """A Job's Pod finds its secret at its first read, and ends although the sidecar stays."""
    pods.nodes.kubectl("wait", "--for=condition=complete", "job/done", "-n", NAMESPACE, "--timeout=120s", seconds=150)
    [ended] = pods.pods(NAMESPACE, "done")
    assert pods.nodes.kubectl("logs", ended["metadata"]["name"], "-n", NAMESPACE, "-c", "app") == FIRST.value


def test_a_change_a_delete_and_an_undelete(pods: Installation, record: Callable[[str, str], None]) -> None:
    """A new version reaches the file; a delete keeps the last one and is in the status; an undelete is seen."""
    name = started(pods, "changing")
    write(pods, "secret/data/shop/changing", SECOND)
    changed = seconds_until(lambda: value_of(pods, name) == SECOND.value, "the new version is in the file")

    pods.vault.admin.delete("secret/data/shop/changing")

    def shown() -> str:
        return inside(pods, name, "omamori-agent", "status", container="omamori-sidecar")

    deleted = seconds_until(lambda: "deleted" in shown(), "the status says that it was deleted")
    assert value_of(pods, name) == SECOND.value
    record("sidecar-status.txt", shown())

    pods.vault.admin.write("secret/undelete/shop/changing", versions=[2])
    undeleted = seconds_until(lambda: "deleted" not in shown(), "the status knows of the undelete")
    write(pods, "secret/data/shop/changing", FIRST)
    seconds_until(lambda: value_of(pods, name) == FIRST.value, "the third version is in the file")
    print(f"\n    change {changed:.1f} s, delete {deleted:.1f} s, undelete {undeleted:.1f} s; refresh 2 s")


def test_a_change_in_version_1(pods: Installation) -> None:
    """KV version 1 has no versions: what is read is compared."""
    name = started(pods, "plain")
    write(pods, "plain/shop/changing", SECOND)
    seconds_until(lambda: value_of(pods, name) == SECOND.value, "the new value is in the file")


def test_a_signal_after_a_change(pods: Installation) -> None:
    """The application's process gets the signal when the new file is there."""
    name = started(pods, "signalled")
    said = ("logs", name, "-n", NAMESPACE, "-c", "app")
    wait_until(lambda: "ready" in pods.nodes.kubectl(*said), 60, "the application listens")
    write(pods, "secret/data/shop/signalled", SECOND)
    wait_until(lambda: "got" in pods.nodes.kubectl(*said), 60, "the signal has come")
    # a child of the shell that the signal meets before it has become `sleep` has the shell's name, too
    told = [word for word in pods.nodes.kubectl(*said).split() if word != "Hangup"]
    assert told[:3] == ["ready", "got", SECOND.value]


def test_a_restart_after_a_change(pods: Installation) -> None:
    """All containers start anew in place: the same Pod, with the new value in its variable."""
    name = started(pods, "restarted")
    before = pods.nodes.get("pod", name, "-n", NAMESPACE)
    said = ("logs", name, "-n", NAMESPACE, "-c", "app")
    wait_until(lambda: pods.nodes.kubectl(*said), 60, "the first value was told")
    first = pods.nodes.kubectl(*said)
    write(pods, "secret/data/shop/restarted", SECOND)

    def restarted() -> bool:
        found = pods.nodes.get("pod", name, "-n", NAMESPACE)
        [app] = found["status"]["containerStatuses"]
        return bool(app["restartCount"] >= 1 and "running" in app["state"])

    wait_until(restarted, 90, "the application runs again")
    wait_until(lambda: pods.nodes.kubectl(*said) not in ("", first), 60, "the second value was told")
    after = pods.nodes.get("pod", name, "-n", NAMESPACE)
    assert after["metadata"]["uid"] == before["metadata"]["uid"]


def test_credentials_rotate_without_a_failed_query(pods: Installation) -> None:
    """A client that reads its file at each connect sees two rotations, past the longest life of lease and token."""
    name = started(pods, "rotating")

    def told() -> dict[str, Any]:
        lines = pods.nodes.kubectl("logs", name, "-n", NAMESPACE, "-c", "app").splitlines()
        return json.loads(lines[-1]) if lines else {"users": 0}

    wait_until(lambda: told()["users"] >= 3, 150, "the credentials have rotated twice")
    seen = told()
    print(f"\n    {seen['queries']} queries as {seen['users']} users, {seen['failed']} failed")
    assert seen["failed"] == 0, seen


def test_a_certificate_is_issued_anew(pods: Installation) -> None:
    """Before it ends another is there, and its key with it."""
    name = started(pods, "certified")
    first = value_of(pods, name)
    took = seconds_until(lambda: value_of(pods, name) != first, "another certificate", CERTIFICATE_SECONDS)
    check = (
        "import ssl; "
        "ssl.create_default_context().load_cert_chain('/vault/secrets/it', '/vault/secrets/key'); print('pair')"
    )
    assert inside(pods, name, "python3", "-c", check) == "pair\n"
    print(f"\n    of {CERTIFICATE_SECONDS} s, issued anew within {took:.0f} s of looking")


def test_an_outage_changes_nothing(pods: Installation) -> None:
    """While Vault is away for a minute, files and Pod stay as they are; then a change comes through."""
    name = started(pods, "outage")
    pods.vault.stop()
    begun = time.monotonic()
    try:
        wait_until(lambda: time.monotonic() - begun > 60, 90, "a minute without Vault")
        assert value_of(pods, name) == FIRST.value
        [ours] = pods.nodes.get("pod", name, "-n", NAMESPACE)["status"]["initContainerStatuses"]
        assert ours["restartCount"] == 0
    finally:
        pods.vault.start()
    write(pods, "secret/data/shop/outage", SECOND)
    took = seconds_until(lambda: value_of(pods, name) == SECOND.value, "the change comes through", 120)
    print(f"\n    {took:.1f} s after Vault was back")


def tokens(pods: Installation, name: str) -> list[str]:
    """The live service tokens of a Pod's ServiceAccount, by their accessors."""
    admin = pods.vault.admin
    found = []
    for accessor in admin.list("auth/token/accessors"):
        # a token that has ended meanwhile is an error
        answer = admin.call("POST", "auth/token/lookup-accessor", {"accessor": accessor}, allowed=(400, 403, 404))
        if answer and (answer["data"].get("meta") or {}).get("service_account_name") == name:
            found.append(accessor)
    return found


@pytest.mark.parametrize("force", [False, True])
def test_nothing_is_left(pods: Installation, database: PostgreSQL, force: bool) -> None:
    """After a graceful deletion no token and no lease of the Pod lives; after a forced one, none past its life."""
    name = f"leaving-{'forced' if force else 'gracefully'}"
    asked = {**SIDECAR, "file.omamori.dev/db": "database/creds/shop"}
    stay = container(command=["/bin/sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done"])
    pods.nodes.apply(pods.account(NAMESPACE, name, **ROLE), pod(NAMESPACE, name, asked, {"containers": [stay]}))
    started(pods, name)
    user = json.loads(inside(pods, name, "cat", "/vault/secrets/db"))["username"]
    users = "select rolname from pg_roles"
    assert user in database.query(users)
    assert tokens(pods, name)
    options = ("--grace-period=0", "--force") if force else ()
    pods.nodes.kubectl("delete", "pod", name, "-n", NAMESPACE, *options, seconds=120)
    most = LONGEST_TOKEN_SECONDS + 30 if force else 10
    wait_until(lambda: not tokens(pods, name), most, "the Pod's tokens are gone")
    wait_until(lambda: user not in database.query(users), 10, "the end of its lease has removed the database's user")


def test_no_value_is_left(pods: Installation) -> None:
    """The values of this file's tests are in no place outside of the Pods."""
    for place, searched in places(pods.box, pods.nodes).items():
        for canary in (FIRST, SECOND):
            assert not occurrences(canary, searched), place
