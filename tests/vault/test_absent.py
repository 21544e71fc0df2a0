"""What counts as absent, and so may be optional: Vault's own word that there is nothing, and no other 404."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from tests.support.vault.once import plan_of, run_once
from tests.support.vault.scripted import Said, kv2, scripted_vault
from tests.support.vault.server import VaultServer
from tests.support.vault.sidecar import sidecar, sidecar_plan, write_role
from vault.agent.init import run
from vault.contract.plan import Output, Plan, Read
from vault.contract.wire import to_environment

PATH = "secret/data/shop/licence"
DELETED = {"version": 2, "created_time": "2026-01-01T00:00:00Z", "deletion_time": "2026-02-01T00:00:00Z"}

ABSENT: dict[str, Any] = {
    "errors of none": {"errors": []},
    "deleted": {"data": {"data": None, "metadata": {**DELETED, "destroyed": False}}},
    "destroyed": {"data": {"data": None, "metadata": {**DELETED, "deletion_time": "", "destroyed": True}}},
}
# the answer, the exit code, the reason, words of the message
OTHERS: dict[str, tuple[Said, int, str, str]] = {
    "nothing": (Said(404), 10, "vault-unreachable", "HTTP 404 without a body: does a proxy answer for Vault?"),
    "JSON of a gateway": (Said(404, {"message": "no Route matched"}), 10, "vault-unreachable", "has no `errors`"),
    "empty JSON": (Said(404, {}), 10, "vault-unreachable", "has no `errors`"),
    "errors of another kind": (
        Said(404, {"errors": [{"code": "NAME_UNKNOWN"}]}),
        10,
        "vault-unreachable",
        "as Vault's",
    ),
    "errors a text": (Said(404, {"errors": "not found"}), 10, "vault-unreachable", "has no `errors`"),
    "a list": (Said(404, b"[]"), 10, "vault-unreachable", "a JSON list"),
    "null": (Said(404, b"null"), 10, "vault-unreachable", "a JSON null"),
    "a page": (Said(404, b"<html>404</html>"), 10, "vault-unreachable", "is not JSON"),
    "half": (Said(404, b'{"errors":['), 10, "vault-unreachable", "is not JSON"),
    "no mount": (
        Said(404, {"errors": ['no handler for route "secrets/data/db". route entry not found.']}),
        14,
        "path-not-found",
        "Vault has no mount for",
    ),
    "an engine's": (Said(404, {"errors": ["no such thing"]}), 14, "path-not-found", "no such thing"),
}


@pytest.mark.parametrize("kind", ["json", "variable"])
@pytest.mark.parametrize("body", ABSENT.values(), ids=ABSENT)
def test_vaults_own_word_is_absent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], body: dict[str, Any], kind: str
) -> None:
    """With optional=true it is left out, else it is exit 14, at once."""
    with scripted_vault({PATH: Said(404, body)}) as vault:
        left_out = run_once(vault, tmp_path, capsys, plan_of(vault, tmp_path, PATH, kind, optional=True))
        assert left_out.code == 0
        assert left_out.files == ({} if kind == "json" else {"env": b""})

        ran = run_once(vault, tmp_path, capsys, plan_of(vault, tmp_path, PATH, kind))
        assert (ran.code, ran.last["reason"]) == (14, "path-not-found")
        assert vault.calls[PATH] == 2


@pytest.mark.parametrize("optional", [False, True])
@pytest.mark.parametrize("case", OTHERS.values(), ids=OTHERS)
def test_no_other_404_is_absent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], case: tuple[Said, int, str, str], optional: bool
) -> None:
    """What is not Vault's is a lost answer, tried again until the deadline; what is Vault's, an error."""
    said, code, reason, words = case
    with scripted_vault({PATH: said}) as vault:
        ran = run_once(vault, tmp_path, capsys, plan_of(vault, tmp_path, PATH, optional=optional))

        assert (ran.code, ran.last["reason"]) == (code, reason)
        assert words in ran.said
        assert ran.files == {}
        assert vault.calls[PATH] == 1 if code == 14 else vault.calls[PATH] > 1


def test_a_try_that_the_deadline_cuts_off_hides_no_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was answered before says more than that there was no answer in the time that was left."""
    answered, done = [Said(404)], threading.Event()

    def answer() -> Said:
        if not answered:
            done.wait(30)
        return answered.pop() if answered else Said(404)

    with scripted_vault({PATH: answer}) as vault:
        try:
            ran = run_once(vault, tmp_path, capsys, plan_of(vault, tmp_path, PATH))
        finally:
            done.set()
        assert vault.calls[PATH] > 1
        assert (ran.code, ran.last["reason"]) == (10, "vault-unreachable")
        assert "HTTP 404 without a body" in ran.said


def test_a_gateway_that_mends_is_waited_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A foreign 404 may pass, as any lost answer does."""
    with scripted_vault({PATH: [Said(404), Said(404, {}), kv2({"key": "x"})]}) as vault:
        ran = run_once(vault, tmp_path, capsys, plan_of(vault, tmp_path, PATH, "raw", key="key", optional=True))

        assert ran.files == {"out.raw": b"x"}


@pytest.fixture(scope="module")
def mounted(vault_server: VaultServer) -> str:
    """A KV version 2 mount whose own path has a segment `data`, and the name of a role that may read it and more."""
    write = vault_server.client.write
    write("sys/mounts/absent-data/data", {"type": "kv", "options": {"version": "2"}})
    paths = ("nowhere/*", "absent-data/*", "secret/*", "kv1/*")
    policy = "\n".join(f'path "{path}" {{ capabilities = ["read"] }}' for path in paths)
    write("sys/policies/acl/absent", {"policy": policy})
    return write_role(vault_server, "shop.absent", "batch", "10m", "0", "absent")


@pytest.mark.parametrize(
    ("path", "code", "words"),
    [
        ("secret/shop/none", 14, "this is KV version 2: write MOUNT/data/NAME instead of secret/shop/none"),
        ("secret/shop/db", 14, "write MOUNT/data/NAME instead"),
        ("nowhere/data/db", 14, "Vault has no mount for nowhere/data/db"),
        ("absent-data/data/db", 14, "write MOUNT/data/NAME instead of absent-data/data/db"),
        ("secret/data/shop/none", 0, ""),
        ("kv1/none", 0, ""),
    ],
)
def test_a_path_that_is_written_wrong_is_an_error_on_a_real_server(
    vault_server: VaultServer,
    mounted: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    path: str,
    code: int,
    words: str,
) -> None:
    """A forgotten data/ and a mount that is not there are typing errors, whatever is optional."""
    (tmp_path / "files").mkdir()
    output = Output(directory=str(tmp_path / "files"), name="out", mode="0444", key="k", optional=True)
    plan = Plan(sessions=(vault_server.session(role=mounted),), reads=(Read(path=path),), outputs=(output,))

    assert run(to_environment(plan.replace(deadline_seconds=30))) == code
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    "said", [Said(404), Said(404, {"message": "x"}), Said(404, {"errors": ["no handler for route"]})]
)
def test_a_sidecar_keeps_what_it_has(tmp_path: Path, said: Said) -> None:
    """A file that is there stays, optional or not, and the status does not call it well."""
    (tmp_path / "files").mkdir()
    with scripted_vault({PATH: kv2({"a": "b"})}) as vault:
        plan = sidecar_plan(vault.session(tmp_path), tmp_path / "files", PATH)
        plan = plan.replace(outputs=tuple(each.replace(optional=True) for each in plan.outputs))
        with sidecar(plan) as running:
            vault.table.update({PATH: said, PATH.replace("data", "metadata"): said})
            running.wait(lambda: running.status()["state"] == "failing", "it fails")
            assert running.json() == {"a": "b"}
