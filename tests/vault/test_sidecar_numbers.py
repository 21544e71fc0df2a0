"""A sidecar and numbers, lives and errors from outside: it lives on, and asks no more than once a second."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.vault.program import Finished
from tests.support.vault.scripted import Said, ScriptedVault, kv2, kv2_metadata
from tests.support.vault.sidecar import shown_status, sidecar
from tests.support.vault.steady import KV, META, let_pass, steady_plan, steady_vault
from tests.vault.test_stated_ttl import JSON
from vault.agent.api.kv_metadata import METADATA
from vault.agent.api.responses import Lease, Number
from vault.agent.fetch import Fetched
from vault.agent.secret import Secret
from vault.agent.sidecar.calls import Calls
from vault.agent.sidecar.loop import Sidecar, first_state
from vault.agent.sidecar.machine.advance import advance
from vault.agent.sidecar.machine.messages import READ, WAIT, Action, Answered, LoggedIn, Published
from vault.agent.sidecar.machine.schedule import next_action, next_of_read
from vault.agent.sidecar.machine.state import State
from vault.agent.sidecar.machine.ttl import LEAST_SECONDS
from vault.contract.plan import Plan, Read, Session

HUGE = 10**400


@pytest.fixture
def vault() -> Iterator[ScriptedVault]:
    """A Vault with one secret that does not change."""
    with steady_vault() as running:
        yield running


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
    with sidecar(steady_plan(vault, tmp_path, KV, *paths)) as running:
        let_pass(running, vault, 4)
    _are_apart(vault)


@pytest.mark.parametrize(
    ("said", "path"),
    [
        (Said(500, {"errors": ["x"]}), META),
        (Said(404), META),
        (Said(403, {"errors": ["permission denied"]}), KV),  # a refused secret is read, and not polled
    ],
)
def test_failures_are_asked_for_no_more_than_once_a_second(
    vault: ScriptedVault, tmp_path: Path, said: Said, path: str
) -> None:
    """Nor is what fails, nor a login after it."""
    vault.table["other/data/x"] = kv2({"a": "b"})
    with sidecar(steady_plan(vault, tmp_path, KV, "other/data/x")) as running:
        vault.table.update({META: said, KV: said, "other/data/x": said, "other/metadata/x": said})
        let_pass(running, vault, 3, path)
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
    with sidecar(steady_plan(vault, tmp_path, KV, *paths)) as running:
        let_pass(running, vault, 3)
        assert all(read["is_there"] for read in running.status()["reads"])
        shown = shown_status(running.plan)
        assert shown.code == 0, shown.stderr
        assert running.stop()[0].code == 0
    assert vault.calls["auth/token/revoke-self"] == 1


@pytest.mark.parametrize("version", [Number("2.0"), "a-value", [[1]], None, True])
def test_a_version_that_is_no_number_is_no_version(vault: ScriptedVault, tmp_path: Path, version: Any) -> None:
    """Somebody's words as a version: the secret is not of KV version 2; no sidecar ends by it, no status has it."""
    metadata = {"version": 0, "created_time": "t", "deletion_time": "", "destroyed": False}
    said = json.dumps({"data": {"data": {"a": "b"}, "metadata": metadata}})
    written = version.text if isinstance(version, Number) else json.dumps(version)
    vault.table["odd/data/x"] = [kv2({"a": "a"}), Said(body=said.replace('"version": 0', f'"version": {written}'))]
    with sidecar(steady_plan(vault, tmp_path, KV, "odd/data/x")) as running:
        running.wait(lambda: set(running.json("1")) == {"data", "metadata"}, "it is taken as it is")
        let_pass(running, vault, 2)
        assert running.status()["reads"][1]["version"] is None
        assert running.stop()[0].code == 0


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
    state = first_state(Plan(sessions=(session,), reads=(Read(path="a/data/b"),), refresh_seconds=0))
    secret = Fetched(values=Secret(values), lease=lease, stamp=stamp, is_stored=is_stored)
    for outcome in (LoggedIn(kind="service", seconds=0), Answered(secret=secret, wall_clock=0), Published()):
        state = advance(state, next_action(state, began), outcome, began, 0.5)[0]
    for now in (began, began + 0.5, began + 5, began + 1e8):
        assert next_of_read(state.reads[0], 0, now)[1] >= began + LEAST_SECONDS
    assert next_action(state, began).kind == WAIT
    assert state.reads[0].left(began) > 0


def test_a_mistake_of_ours_revokes(vault: ScriptedVault, tmp_path: Path) -> None:
    """What nobody expected ends it with 1, after the token was revoked; here a signal that is none."""
    plan = steady_plan(vault, tmp_path, KV, on_change="signal", process="app", signal="")
    with sidecar(plan) as running:
        vault.table.update({KV: kv2({"a": "c"}, 2), META: kv2_metadata(2)})
        finished: Finished = running.program.finish(20)[0]
    assert finished.code == 1
    assert finished.last["message"] == "omamori itself failed: AttributeError"
    assert vault.calls["auth/token/revoke-self"] == 1


class _Broken(Calls):
    """Calls of which one has a mistake."""

    def call(self, state: State, action: Action, deadline: Any) -> Any:
        if (
            action.kind == READ
            and state.reads[action.read].spec.path == "odd/path"
            and state.reads[action.read].published
        ):
            raise OverflowError("canary")
        return super().call(state, action, deadline)


class _Enough(BaseException):
    """Two rounds have passed."""


class _Brief(Sidecar):
    """A sidecar that ends after its second round."""

    rounds = 0

    def _wait(self, action: Action) -> None:
        self.rounds += 1
        if self.rounds > 2:
            raise _Enough
        super()._wait(action)


def test_a_mistake_in_one_read_is_that_reads_error(
    vault: ScriptedVault, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The others go on; the error has its kind and place, and not its text."""
    vault.table["odd/path"] = Said(body={"data": {"v": "1"}, "lease_duration": 1})
    (tmp_path / "state").mkdir()
    sidecar = _Brief(steady_plan(vault, tmp_path, "odd/path", KV), _Broken())
    with pytest.raises(_Enough):
        sidecar.live()

    broken, good = sidecar.state.reads
    assert broken.trouble is not None
    assert "omamori itself failed: OverflowError at" in broken.trouble.failure.message
    assert (good.trouble, sidecar.state.sessions[0].error) == (None, None)
    assert vault.calls[META] >= 1
    assert "canary" not in capsys.readouterr().err


def test_what_cannot_be_rendered_is_told_once(vault: ScriptedVault, tmp_path: Path) -> None:
    """Read at each interval, another each time, and never usable: one line, and no word of being well between."""
    numbers = itertools.count()
    vault.table["odd/path"] = Said(body={"data": {"a": "b"}, "lease_duration": 1})
    plan = steady_plan(vault, tmp_path, "odd/path", KV)
    outputs = (plan.outputs[0].replace(format="raw", key="a"), plan.outputs[1])
    with sidecar(plan.replace(outputs=outputs)) as running:
        names = {f"k{number}\x1b[2J" + "y" * 5000: "v" for number in range(300)}
        vault.table["odd/path"] = lambda: Said(body={"data": {**names, "n": next(numbers)}, "lease_duration": 1})
        running.wait_for_line("not up to date")
        let_pass(running, vault, 4, "odd/path")
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
        running.wait(lambda: running.read("0") == b"c", "the value is published")
