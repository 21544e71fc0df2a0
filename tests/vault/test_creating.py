"""Calls that may create something are not repeated, whatever their path; reads of what is only stored are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.vault.once import plan_of, run_once
from tests.support.vault.proxy import CUT, Proxy, says
from tests.support.vault.scripted import Said, scripted_vault
from tests.support.vault.server import DATABASE, VaultServer
from tests.support.vault.sidecar import write_role
from tests.vault.conftest import Begin
from vault.agent.fetch import fetch
from vault.contract.plan import Read

FAILED = Said(500, {"errors": ["1 error occurred: * context deadline exceeded"]})

CREATING = (
    *("database/creds/r", "aws/creds/r", "azure/creds/r", "kubernetes/creds/r", "ssh/issue/r", "transit/sign/k"),
    *("gcp/roleset/r/key", "gcp/key/r", "aws/sts/r", "auth/approle/role/r/secret-id", "gcp/static-account/r/key"),
    *("identity/oidc/token/app", "team/data/creds/r", "my/data/key/r", "nomad/creds/r", "anything/at/all", "x/y"),
)


GCP = {"type": "gcp", "path": "gcp/"}


@pytest.mark.parametrize(
    ("path", "mount"), [*((path, None) for path in CREATING[::2]), *((path, GCP) for path in CREATING[1::2])]
)
def test_a_creating_call_is_tried_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], path: str, mount: dict[str, Any] | None
) -> None:
    """After an error of the server it may be done: one try, whether Vault says what the mount is or not."""
    answers = {
        "sys/internal/ui/mounts/*": Said(403, {"errors": ["x"]}) if mount is None else Said(body={"data": mount})
    }
    with scripted_vault({**answers, path: FAILED}) as vault:
        ran = run_once(vault, tmp_path, capsys, plan_of(vault, tmp_path, path))

        assert (ran.code, ran.last["reason"]) == (10, "engine-failed")
        assert vault.calls[path] == 1


@pytest.mark.parametrize("path", CREATING)
def test_a_write_is_tried_once_and_nobody_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], path: str
) -> None:
    """A call with data creates, also in a mount that stores."""
    with scripted_vault({"sys/internal/*": Said(body={"data": {"type": "kv"}}), path: FAILED}) as vault:
        run_once(vault, tmp_path, capsys, plan_of(vault, tmp_path, Read(path=path, data=(("a", "b"),))))

        assert vault.calls[path] == 1
        assert vault.order[-2:] == ["auth/kubernetes/login", path]


@pytest.mark.parametrize("kind", ["kv", "generic", "cubbyhole"])
@pytest.mark.parametrize("path", ["team/creds/db", "legacy/shop", "a/b/issue/c", "secret/data/creds/db"])
def test_what_is_stored_is_read_again(tmp_path: Path, capsys: pytest.CaptureFixture[str], path: str, kind: str) -> None:
    """A path that nobody knows is in a mount that stores: so Vault says, once it can, and the read is repeated."""
    mount = Said(body={"data": {"type": kind, "options": {"version": "1"}}})
    stored = Said(body={"data": {"a": "b"}, "lease_duration": 100})
    answers = {"sys/internal/ui/mounts/*": [FAILED, mount], path: [FAILED, FAILED, stored]}
    with scripted_vault(answers) as vault:
        ran = run_once(vault, tmp_path, capsys, plan_of(vault, tmp_path, path, deadline_seconds=20))

        assert ran.code == 0
        assert vault.calls[path] == 3


@pytest.mark.parametrize("mount", ["kv1", "creds", "gcp/key"])
@pytest.mark.parametrize("first", [CUT, says(500, ["local node not active but active cluster node not found"])])
def test_a_failover_hurts_no_kv_mount_of_a_real_server(
    vault_server: VaultServer, begin: Begin, proxy: Proxy, mount: str, first: Any
) -> None:
    """Whatever the name of a KV version 1 mount: six answers in a row are lost, or an error, and the secret comes."""
    write = vault_server.client.write
    if mount != "kv1":
        write(f"sys/mounts/{mount}", {"type": "kv", "options": {"version": "1"}})
        write(f"{mount}/shop/db", DATABASE)
        write("sys/policies/acl/failover", {"policy": f'path "{mount}/*" {{ capabilities = ["read"] }}'})
    role = write_role(vault_server, "shop.failover", "batch", "10m", "0", "failover")
    session = begin(address=proxy.address, role=role)
    session.login()
    proxy.only = f"/{mount}/shop/db"
    proxy.script.extend([first] * 6)

    plan = vault_server.session(role=role)
    assert fetch(session, plan, Read(path=f"{mount}/shop/db")).values.reveal() == DATABASE
    assert not proxy.script
    if mount != "kv1":
        vault_server.client.delete(f"sys/mounts/{mount}")
