"""The kubelet replaces the token file while the program waits for Vault."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import jwt
import pytest

from tests.support.cluster.place import DB, audited
from tests.support.vault.running import failed, plan_of, running, succeeded
from tests.support.vault.server import DATABASE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.realparts import vault
    from tests.support.vault.server import VaultServer

pytestmark = pytest.mark.real


def _expired(server: VaultServer) -> str:
    """A token of the Pod's that has expired an hour ago, beyond what Vault allows clocks to differ."""
    claims = jwt.decode(server.jwt(), options={"verify_signature": False})
    past = {name: claims[name] - 7200 for name in ("iat", "nbf", "exp")}
    assert past["exp"] < time.time() - 3000
    return jwt.encode({**claims, **past}, server.signing_key, algorithm="ES256")


@pytest.fixture
def projected(tmp_path: Path) -> Path:
    """A token file as the kubelet makes it: a link by way of `..data`, which is replaced by a rename."""
    folder = tmp_path / "serviceaccount"
    folder.mkdir()
    (folder / "token").symlink_to("..data/token")
    return folder / "token"


def _project(file: Path, token: str) -> None:
    """Write a new set beside the old one and put it in its place, as the kubelet does."""
    made = file.parent / f"..{time.monotonic_ns()}"
    made.mkdir()
    (made / "token").write_text(token)
    link = file.parent / "..data_tmp"
    link.symlink_to(made.name)
    os.rename(link, file.parent / "..data")  # noqa: PTH104 - the system's call


@pytest.fixture
def stopped(node: vault.VaultServer, server: VaultServer) -> Iterator[VaultServer]:
    """The Vault, not running; at the end it is."""
    node.stop()
    yield server
    if node.health() is None:
        node.start()


def test_new_token_is_used(
    stopped: VaultServer, node: vault.VaultServer, projected: Path, directory: Path, tmp_path: Path
) -> None:
    """With the first token expired by the time that Vault is up, the login is made once, with the second."""
    _project(projected, _expired(stopped))
    plan = plan_of(stopped.session(token_file=str(projected)), directory, DB)
    logins = len(list(audited(node.audit_log, "auth/jwt/login")))
    with running(plan, tmp_path / "log") as program:
        program.wait_for_tries(
            2, cause=f"no connection to {stopped.address.removeprefix('https://')}: Connection refused"
        )
        _project(projected, stopped.jwt())
        node.start()
        succeeded(program, directory, {"0": DATABASE})
    made = list(audited(node.audit_log, "auth/jwt/login"))[logins:]
    assert [entry.get("error", "") for entry in made] == [""]


def test_old_token_would_be_refused(server: VaultServer, projected: Path, directory: Path, tmp_path: Path) -> None:
    """Without the second token it is exit 12, and the hint speaks of clocks."""
    _project(projected, _expired(server))
    with running(plan_of(server.session(token_file=str(projected)), directory, DB), tmp_path / "log") as program:
        said = failed(program, directory, 12, "login-refused")
    assert "expired" in said["message"]
    assert "clock" in said["hint"]
