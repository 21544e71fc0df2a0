"""A sidecar and what says itself how long it lives, or where it is looked at: asked for in time, and no sooner."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.vault.scripted import Said, ScriptedVault, kv2, kv2_metadata
from tests.support.vault.sidecar import sidecar
from tests.support.vault.steady import KV, META, let_pass, steady_plan, steady_vault
from tests.vault.test_stated_ttl import _ssh
from vault.contract.plan import Output, Read


@pytest.fixture
def vault() -> Iterator[ScriptedVault]:
    """A Vault with one secret that does not change."""
    with steady_vault() as running:
        yield running


def test_what_is_made_at_each_read_is_not_read_at_each_interval(vault: ScriptedVault, tmp_path: Path) -> None:
    """A token with a stated life and no lease is asked for once in two thirds of it, whatever the refresh."""
    numbers = itertools.count()
    vault.table["gcp/roleset/x/token"] = lambda: Said(
        body={"data": {"token": f"{next(numbers)}", "token_ttl": 3599, "expires_at_seconds": int(time.time()) + 3599}}
    )
    with sidecar(steady_plan(vault, tmp_path, "gcp/roleset/x/token", KV, on_change="restart")) as running:
        let_pass(running, vault, 3)
        assert vault.calls["gcp/roleset/x/token"] == 1
        assert running.status()["reads"][0]["ends"]


def test_a_time_that_is_left_is_no_change(vault: ScriptedVault, tmp_path: Path) -> None:
    """A ttl that counts down beside the same values publishes nothing; other values do."""
    left = itertools.count(3, -1)
    vault.table["auth/token/lookup-self"] = lambda: Said(body={"data": {"id": "x", "ttl": max(next(left), 1)}})
    with sidecar(steady_plan(vault, tmp_path, "auth/token/lookup-self", KV)) as running:
        let_pass(running, vault, 3, "auth/token/lookup-self")
        assert len(running.program.lines("published")) == 1
        vault.table["auth/token/lookup-self"] = Said(body={"data": {"id": "y", "ttl": 1}})
        running.wait(lambda: running.json()["id"] == "y", "the change is there")


def test_a_ttl_of_a_stored_secret_is_a_value(vault: ScriptedVault, tmp_path: Path) -> None:
    """In a KV secret the keys are somebody's: a change of ttl alone is published."""
    vault.table[KV] = kv2({"last_vault_rotation": "x", "ttl": 5})
    with sidecar(steady_plan(vault, tmp_path, KV)) as running:
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
    plan = steady_plan(vault, tmp_path, read, KV)
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
    with sidecar(
        steady_plan(vault, tmp_path, Read(path="transit/decrypt/k", data=(("ciphertext", "x"),)), KV)
    ) as running:
        let_pass(running, vault, 3)
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
    with sidecar(steady_plan(vault, tmp_path, path)) as running:
        let_pass(running, vault, 2, right)
        vault.table.update({path: kv2({"a": "2"}, 2), right: kv2_metadata(2)})
        running.wait(lambda: running.json() == {"a": "2"}, "the change is there")
        let_pass(running, vault, 1, right)
        assert vault.calls[path] == 2
        assert vault.calls[wrong] == (0 if tells else 1)
        assert not [line for line in running.program.lines() if line["level"] in ("warning", "error")]
