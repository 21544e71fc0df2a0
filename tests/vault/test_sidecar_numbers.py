"""A sidecar and numbers, lives and errors from outside: it lives on, and asks no more than once a second."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vault.support.program import Finished
from tests.vault.support.scripted import Said, ScriptedVault, kv2, kv2_metadata, scripted_vault
from tests.vault.support.sidecar import Sidecar, shown_status, sidecar, sidecar_plan
from tests.vault.test_lives import JSON, _ssh
from vault.contract import Output, Plan, Read, Session
from vault.injector import schedule
from vault.injector.answers import Lease
from vault.injector.clock import Deadline
from vault.injector.fetch import METADATA, Fetched
from vault.injector.held import Held
from vault.injector.holding import Holding
from vault.injector.secret import Secret

KV = "secret/data/shop/db"
META = "secret/metadata/shop/db"
HUGE = 10**400


@pytest.fixture
def vault() -> Iterator[ScriptedVault]:
    """A Vault with one secret that does not change, whose looks tell that time passes."""
    login = {"client_token": "s.x", "token_type": "service", "lease_duration": 600, "renewable": True}
    answers = {"*/login": Said(body={"auth": login}), KV: kv2({"a": "b"}), META: kv2_metadata()}
    with scripted_vault(answers) as running:
        yield running


def _plan(vault: ScriptedVault, folder: Path, *reads: Read | str, **fields: Any) -> Plan:
    (folder / "files").mkdir(exist_ok=True)
    return sidecar_plan(vault.session(folder), folder / "files", *reads, **fields)


def _pass(running: Sidecar, vault: ScriptedVault, rounds: int, path: str = META) -> None:
    """Let so many rounds of the sidecar pass."""
    wanted = vault.calls[path] + rounds
    running.wait(lambda: vault.calls[path] >= wanted, f"{rounds} rounds")


ROTATING = {"password": "b", "last_vault_rotation": "", "ttl": -1}


ODD = (
    kv2(ROTATING),
    kv2({**ROTATING, "ttl": 0}),
    Said(body={"data": ROTATING}),
    Said(body={"data": ROTATING, "lease_duration": 1}),
    Said(body={"data": {**ROTATING, "ttl": 1}}),
    Said(body={"data": {"token": "x", "ttl": 1}}),
    Said(body={"data": {"token": "x", "ttl": "1ns"}}),
    Said(body={"data": {"token": "x", "expiration": 1}}),
    Said(body={"data": {"a": "b"}, "lease_id": "l", "lease_duration": 1, "renewable": True}),
    Said(body={"data": {"a": "b"}, "lease_id": "m", "lease_duration": 0}),
)


def _are_apart(vault: ScriptedVault) -> None:
    for path, times in vault.times.items():
        gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
        assert all(gap > 0.9 for gap in gaps) or path.startswith("sys/internal"), (path, gaps)


def test_nothing_is_asked_for_more_than_once_a_second(vault: ScriptedVault, tmp_path: Path) -> None:
    """Whatever answers say of their lives, two calls to one path are a second apart at least."""
    paths = [f"odd{number}/data/x" for number, _ in enumerate(ODD)]
    vault.table.update(zip(paths, ODD, strict=True))
    vault.table["sys/leases/renew"] = Said(body={"lease_id": "l", "lease_duration": 1, "renewable": True})
    with sidecar(_plan(vault, tmp_path, KV, *paths)) as running:
        _pass(running, vault, 4)
    _are_apart(vault)


@pytest.mark.parametrize(
    "said", [Said(500, {"errors": ["x"]}), Said(404), Said(403, {"errors": ["permission denied"]})]
)
def test_failures_are_asked_for_no_more_than_once_a_second(vault: ScriptedVault, tmp_path: Path, said: Said) -> None:
    """Nor is what fails, nor a login after it."""
    vault.table["other/data/x"] = kv2({"a": "b"})
    with sidecar(_plan(vault, tmp_path, KV, "other/data/x")) as running:
        vault.table.update({META: said, KV: said, "other/data/x": said, "other/metadata/x": said})
        _pass(running, vault, 3)
    _are_apart(vault)


HOSTILE: dict[str, Any] = {
    "a ttl": {"data": {"ttl": HUGE}},
    "a ttl of a static role": {"data": {"last_vault_rotation": "x", "ttl": HUGE}},
    "an expiration": {"data": {"expiration": HUGE}},
    "a negative expiration": {"data": {"expiration": -HUGE}},
    "a lease": {"data": {"a": "b"}, "lease_id": "l", "lease_duration": HUGE},
    "a lease of no seconds": {"data": {"a": "b"}, "lease_id": "l", "lease_duration": -HUGE},
    "a lease of many": {"data": {"a": "b"}, "lease_id": "l", "lease_duration": 10**18, "renewable": True},
    "a version": {"data": {"data": {}, "metadata": dict.fromkeys(METADATA, HUGE)}},
    "a version of lists": {"data": {"data": {}, "metadata": {name: [[]] for name in METADATA}}},
    "numbers as keys": {"data": {"1": HUGE, "2": -HUGE, "3": 1e300}},
    "a deletion time": {"data": {"data": {}, "metadata": {**dict.fromkeys(METADATA, 1), "deletion_time": HUGE}}},
}


def test_a_running_sidecar_outlives_any_number(vault: ScriptedVault, tmp_path: Path) -> None:
    """Numbers of hundreds of digits in any field of a secret, a lease, and metadata, at the start and in each round."""
    paths = [f"odd{number}/data/x" for number, _ in enumerate(HOSTILE)]
    vault.table.update({path: Said(body=body) for path, body in zip(paths, HOSTILE.values(), strict=True)})
    states = {"current_version": HUGE, "versions": {str(10**40): {"version": HUGE}}}
    vault.table["odd*/metadata/x"] = Said(body={"data": states})
    with sidecar(_plan(vault, tmp_path, KV, *paths)) as running:
        _pass(running, vault, 3)
        assert all(read["is_there"] for read in running.status()["reads"])
        shown = shown_status(running.plan)
        assert shown.code == 0, shown.stderr
        assert running.stop()[0].code == 0
    assert vault.calls["auth/token/revoke-self"] == 1


LEASES = st.none() | st.builds(Lease, id=st.just(Secret("l")), seconds=st.integers(0, 10**9), renewable=st.booleans())


@given(
    st.dictionaries(st.sampled_from(["ttl", "last_vault_rotation", "expiration", "token_ttl", "a"]), JSON, max_size=5),
    LEASES,
    st.booleans(),
    st.tuples(JSON, JSON, JSON, JSON) | st.just(()),
    st.floats(0, 1e6),
)
def test_no_step_comes_too_soon(
    values: dict[str, Any], lease: Lease | None, is_stored: bool, stamp: tuple[object, ...], began: float
) -> None:
    """Whatever a read has given: the next step is a second after its call at least, and a number."""
    session = Session(vault="v", address="https://v", role="r", token_file="/t")
    held = Held(Plan(sessions=(session,), reads=(Read(path="a/data/b"),), refresh_seconds=0), 0)
    held.called = began
    held.take(Fetched(values=Secret(values), lease=lease, stamp=stamp, is_stored=is_stored), began, schedule.NEVER)
    for now in (began, began + 0.5, began + 5, began + 1e8):
        step = held.step(now)
        assert step.at >= began + schedule.LEAST_SECONDS
    held.accept()
    held.seen(began)
    assert held.step(began).at >= began + schedule.LEAST_SECONDS
    assert held.left() > 0


def test_a_mistake_of_ours_revokes(vault: ScriptedVault, tmp_path: Path) -> None:
    """What nobody expected ends it with 1, after the token was revoked; here a signal that is none."""
    plan = _plan(vault, tmp_path, KV, on_change="signal", process="app", signal="")
    with sidecar(plan) as running:
        vault.table.update({KV: kv2({"a": "c"}, 2), META: kv2_metadata(2)})
        finished: Finished = running.program.finish(20)[0]
    assert finished.code == 1
    assert finished.last["message"] == "omamori itself failed: KeyError"
    assert vault.calls["auth/token/revoke-self"] == 1


class _Broken(Holding):
    """A login whose handling of one path has a mistake."""

    def _keep_read(self, held: Held) -> None:
        if held.read.path == "odd/path":
            raise OverflowError("canary")
        super()._keep_read(held)


def test_a_mistake_in_one_read_is_that_reads_error(
    vault: ScriptedVault, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The others go on; the error has its kind and place, and not its text."""
    vault.table["odd/path"] = Said(body={"data": {"v": "1"}, "lease_duration": 1})
    holding = _Broken(_plan(vault, tmp_path, "odd/path", KV), 0)
    holding.begin(Deadline(20))
    looks = vault.calls[META]
    for held in holding.held:
        held.accept()
        held.called, held.known = -10.0, held.known.replace(asked=-10.0)
    holding.do_what_is_due()

    broken, good = holding.held
    assert broken.error is not None
    assert "omamori itself failed: OverflowError at" in broken.error.message
    assert (good.error, holding.error) == (None, None)
    assert vault.calls[META] == looks + 1
    assert "canary" not in capsys.readouterr().err


def test_what_cannot_be_rendered_is_told_once(vault: ScriptedVault, tmp_path: Path) -> None:
    """Read at each interval, another each time, and never usable: one line, and no word of being well between."""
    numbers = itertools.count()
    vault.table["odd/path"] = Said(body={"data": {"a": "b"}, "lease_duration": 1})
    plan = _plan(vault, tmp_path, "odd/path", KV)
    outputs = (plan.outputs[0].replace(format="raw", key="a"), plan.outputs[1])
    with sidecar(plan.replace(outputs=outputs)) as running:
        names = {f"k{number}\x1b[2J" + "y" * 5000: "v" for number in range(300)}
        vault.table["odd/path"] = lambda: Said(body={"data": {**names, "n": next(numbers)}, "lease_duration": 1})
        running.wait_for_line("not up to date")
        _pass(running, vault, 4, "odd/path")
        assert [line["message"] for line in running.program.lines()].count("not up to date") == 1
        assert running.program.lines("up to date again") == []
        assert running.read("0") == b"b"
        assert running.program.log.stat().st_size < 20_000
        shown = shown_status(running.plan).stderr.decode()
        assert all(line.isprintable() for line in shown.split("\n"))
        assert "\\x1b[2J" in shown
        assert "and 281 more" in shown

        vault.table["odd/path"] = Said(body={"data": {"a": "c"}, "lease_duration": 1})
        running.wait_for_line("up to date again")
        assert running.read("0") == b"c"


def test_what_is_made_at_each_read_is_not_read_at_each_interval(vault: ScriptedVault, tmp_path: Path) -> None:
    """A token with a stated life and no lease is asked for once in two thirds of it, whatever the refresh."""
    numbers = itertools.count()
    vault.table["gcp/roleset/x/token"] = lambda: Said(
        body={"data": {"token": f"{next(numbers)}", "token_ttl": 3599, "expires_at_seconds": int(time.time()) + 3599}}
    )
    with sidecar(_plan(vault, tmp_path, "gcp/roleset/x/token", KV, on_change="restart")) as running:
        _pass(running, vault, 3)
        assert vault.calls["gcp/roleset/x/token"] == 1
        assert running.status()["reads"][0]["ends"]


def test_a_time_that_is_left_is_no_change(vault: ScriptedVault, tmp_path: Path) -> None:
    """A ttl that counts down beside the same values publishes nothing; other values do."""
    left = itertools.count(3, -1)
    vault.table["auth/token/lookup-self"] = lambda: Said(body={"data": {"id": "x", "ttl": max(next(left), 1)}})
    with sidecar(_plan(vault, tmp_path, "auth/token/lookup-self", KV)) as running:
        _pass(running, vault, 3, "auth/token/lookup-self")
        assert len(running.program.lines("published")) == 1
        vault.table["auth/token/lookup-self"] = Said(body={"data": {"id": "y", "ttl": 1}})
        running.wait(lambda: running.json()["id"] == "y", "the change is there")


def test_a_ttl_of_a_stored_secret_is_a_value(vault: ScriptedVault, tmp_path: Path) -> None:
    """In a KV secret the keys are somebody's: a change of ttl alone is published."""
    vault.table[KV] = kv2({"last_vault_rotation": "x", "ttl": 5})
    with sidecar(_plan(vault, tmp_path, KV)) as running:
        vault.table.update({KV: kv2({"last_vault_rotation": "x", "ttl": 6}, 2), META: kv2_metadata(2)})
        running.wait(lambda: running.json()["ttl"] == 6, "the change is there")


def test_an_ssh_certificate_is_signed_anew_before_it_ends(vault: ScriptedVault, tmp_path: Path) -> None:
    """Its end is in the certificate, and nowhere else."""
    seconds = 6

    def sign() -> Said:
        now = int(time.time())
        return Said(
            body={"data": {"serial_number": "1", "signed_key": _ssh("ssh-ed25519", 1, now - 30, now + seconds)}}
        )

    vault.table["ssh/sign/u"] = sign
    read = Read(path="ssh/sign/u", data=(("public_key", "x"),))
    plan = _plan(vault, tmp_path, read, KV)
    outputs = (Output(directory=plan.outputs[0].directory, name="0", mode="0444", key="signed_key"), plan.outputs[1])
    with sidecar(plan.replace(outputs=outputs)) as running:
        first, began = running.read("0"), time.monotonic()
        running.wait(lambda: running.read("0") != first, "there is a new one")
        assert time.monotonic() - began < seconds
        assert running.status()["reads"][0]["ends"]
        assert vault.calls["ssh/sign/u"] <= 3


def test_a_call_with_data_whose_answer_has_no_life_stays(vault: ScriptedVault, tmp_path: Path) -> None:
    """transit/decrypt is the same question, and has the same answer."""
    vault.table["transit/decrypt/k"] = Said(body={"data": {"plaintext": "eA=="}})
    with sidecar(_plan(vault, tmp_path, Read(path="transit/decrypt/k", data=(("ciphertext", "x"),)), KV)) as running:
        _pass(running, vault, 3)
        assert vault.calls["transit/decrypt/k"] == 1


@pytest.mark.parametrize("tells", [True, False])
def test_the_metadata_of_a_mount_with_a_data_segment_is_found(
    vault: ScriptedVault, tmp_path: Path, tells: bool
) -> None:
    """The mount is known to Vault; where it does not say, each place is tried once, and the right one is remembered."""
    path, right, wrong = "team/data/data/db", "team/data/metadata/db", "team/metadata/data/db"
    vault.table.update(
        {path: kv2({"a": "1"}), right: kv2_metadata(), wrong: Said(403, {"errors": ["1 error: denied"]})}
    )
    mount = {"type": "kv", "path": "team/data/", "options": {"version": "2"}}
    vault.table[f"sys/internal/ui/mounts/{path}"] = (
        Said(body={"data": mount}) if tells else Said(403, {"errors": ["preflight capability check returned 403"]})
    )
    with sidecar(_plan(vault, tmp_path, path)) as running:
        _pass(running, vault, 2, right)
        vault.table.update({path: kv2({"a": "2"}, 2), right: kv2_metadata(2)})
        running.wait(lambda: running.json() == {"a": "2"}, "the change is there")
        _pass(running, vault, 1, right)
        assert vault.calls[path] == 2
        assert vault.calls[wrong] == (0 if tells else 1)
        assert not [line for line in running.program.lines() if line["level"] in ("warning", "error")]


def test_waits_of_what_may_create_double() -> None:
    """A short trouble is over soon; of a long one there are few calls; what ends is in a hurry."""
    waits = [schedule.wait_after_creating(failures, schedule.NEVER) for failures in range(1, 40)]
    assert waits[:4] == [1, 2, 4, 8]
    assert waits == sorted(waits)
    assert waits[-1] == 3600
    assert schedule.wait_after_creating(30, 90) == 30
    assert schedule.wait_after_creating(30, 0.1) == 1
