"""The API server is down while Vault asks it to review the Pod's token: a kubernetes login on real servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.realparts.apiserver import ApiServer, api_server
from tests.support.cluster.place import DB
from tests.support.cluster.vaultside import REVIEWER, write_role
from tests.support.vault.running import AGAIN, failed, plan_of, running, succeeded
from tests.support.vault.server import DATABASE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.realparts import vault
    from tests.realparts.sandbox import Sandbox
    from tests.support.vault.server import VaultServer
    from vault.contract.plan import Session

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def api(box: Sandbox, node: vault.VaultServer, server: VaultServer) -> Iterator[ApiServer]:
    """An API server whose tokens Vault reviews, for the ServiceAccount `default` alone."""
    with api_server(box) as made:
        made.kubectl("create", "serviceaccount", "vault")
        made.apply(REVIEWER)
        server.client.enable_auth("kubernetes", "kubernetes")
        node.admin.write(
            "auth/kubernetes/config",
            kubernetes_host=made.url,
            kubernetes_ca_cert=made.ca.read_text(),
            token_reviewer_jwt=made.kubectl("create", "token", "vault").strip(),
        )
        write_role(node, "default", "default")
        yield made


@pytest.fixture
def session(api: ApiServer, server: VaultServer, tmp_path: Path) -> Session:
    """A session with a token of that API server."""
    token = tmp_path / "token"
    token.write_text(api.kubectl("create", "token", "default", "--audience=vault"))
    return server.session(
        auth_kind="kubernetes", auth_mount="kubernetes", role="default.default", token_file=str(token)
    )


@pytest.fixture
def down(api: ApiServer) -> Iterator[ApiServer]:
    """The API server, ended; at the end it runs."""
    api.stop()
    yield api
    api.start()


def test_api_server_comes_back(
    session: Session, down: ApiServer, directory: Path, tmp_path: Path, show: Callable[[str], None]
) -> None:
    """While the API server is down Vault says no more than "permission denied"; once it is back the login succeeds."""
    with running(plan_of(session, directory, DB), tmp_path / "log") as program:
        program.wait_for_tries(3, status=403, cause="Vault answered HTTP 403: permission denied")
        down.start()
        seconds = succeeded(program, directory, {"0": DATABASE})
    show(f"API server down for three tries, then started: published {seconds:.1f} s after the start")


def test_api_server_stays_down(
    session: Session, down: ApiServer, directory: Path, tmp_path: Path, show: Callable[[str], None]
) -> None:
    """After 30 s the refusal is final, long before the deadline: exit 12, and the hint names the review."""
    assert down.url
    with running(plan_of(session, directory, DB, seconds=300), tmp_path / "log") as program:
        said = failed(program, directory, 12, "login-refused")
        tries = len(program.lines(AGAIN))
    seconds = program.finish()[1]
    assert "cannot reach the API server to review the token" in said["hint"]
    assert (said["status"], said["role"], said["path"]) == (403, "default.default", "auth/kubernetes/login")
    show(f"API server down: refused after {tries} tries in {seconds:.1f} s")


def test_refused_at_once_where_the_reason_is_known(
    api: ApiServer, session: Session, directory: Path, tmp_path: Path
) -> None:
    """A token of the API server's own audience is refused with a reason, and so without another try."""
    token = tmp_path / "wrong"
    token.write_text(api.kubectl("create", "token", "default"))
    plan = plan_of(session.replace(token_file=str(token)), directory, DB)
    with running(plan, tmp_path / "log") as program:
        said = failed(program, directory, 12, "login-refused")
        assert not program.lines(AGAIN)
    assert "audience" in said["message"]
    assert "must have the audience" in said["hint"]
