"""Logging in with a ServiceAccount's token, and what becomes of Vault's token."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.vault.clock import Clock, Log
from tests.support.vault.proxy import CUT, Proxy, says, says_bytes
from tests.support.vault.server import AUDIENCE, TlsFiles, VaultServer
from tests.support.vault.tokenreview import TokenReviewer, running_tokenreviewer
from tests.vault.conftest import Begin
from vault.agent.api.session import Request, Session
from vault.contract.errors import LoginRefused, PlanInvalid, VaultUnreachable

READ = Request(kind="read", path="secret/data/shop/db")


@pytest.fixture
def reviewer(vault_server: VaultServer, loopback_tls: TlsFiles) -> Iterator[TokenReviewer]:
    """A TokenReview API, and auth/kubernetes set up to ask it, with the role shop.checkout."""
    with running_tokenreviewer(loopback_tls) as running:
        vault_server.client.enable_auth("kubernetes", "kubernetes")
        vault_server.client.write(
            "auth/kubernetes/config",
            {
                "kubernetes_host": running.address,
                "kubernetes_ca_cert": vault_server.ca_pem,
                "token_reviewer_jwt": vault_server.jwt("reviewer", "vault"),
            },
        )
        vault_server.client.write(
            "auth/kubernetes/role/shop.checkout",
            {
                "bound_service_account_names": ["checkout"],
                "bound_service_account_namespaces": ["shop"],
                "audience": AUDIENCE,
                "token_policies": ["shop"],
                "token_type": "batch",
                "token_ttl": "10m",
            },
        )
        yield running


def _refusal(session: Session) -> LoginRefused:
    with pytest.raises(LoginRefused) as refused:
        session.login()
    return refused.value


def test_a_kubernetes_login_is_reviewed(begin: Begin, reviewer: TokenReviewer, log: Log) -> None:
    """Vault asks the API server about the token, and the session can read."""
    session = begin(auth_kind="kubernetes", auth_mount="kubernetes")

    session.login()

    assert session.call(READ).status == 200
    assert len(reviewer.reviews) == 1
    assert log.lines == []


KUBERNETES_REFUSALS = {
    "another account": ({}, ("mallory", "shop", AUDIENCE), 403, "service account name not authorized", "bind this"),
    "another namespace": ({}, ("checkout", "mall", AUDIENCE), 403, "namespace not authorized", "bind this"),
    "another audience": ({}, ("checkout", "shop", "other"), 403, "audience", "must have the audience"),
    "an unknown role": ({"role": "x"}, ("checkout", "shop", AUDIENCE), 400, "invalid role name", "write the role"),
}


@pytest.mark.parametrize("case", KUBERNETES_REFUSALS.values(), ids=KUBERNETES_REFUSALS)
@pytest.mark.usefixtures("reviewer")
def test_a_kubernetes_login_is_refused_with_words_and_a_hint(
    vault_server: VaultServer, begin: Begin, clock: Clock, tmp_path: Path, case: tuple[Any, ...]
) -> None:
    """The error has Vault's words and status, and says what the operator can do."""
    fields, token, status, words, hint = case
    (tmp_path / "token").write_text(vault_server.jwt(*token))
    plan = {"auth_kind": "kubernetes", "auth_mount": "kubernetes", "token_file": str(tmp_path / "token"), **fields}

    refused = _refusal(begin(**plan))

    assert words in refused.message
    assert hint in refused.hint
    assert refused.status == status
    assert (refused.vault, refused.path) == ("main", "auth/kubernetes/login")
    assert clock.waits == []


def test_a_review_that_fails_for_a_while_is_waited_for(
    begin: Begin, reviewer: TokenReviewer, clock: Clock, log: Log
) -> None:
    """The API server is down, then up: Vault's bare 'permission denied' was not the last word."""
    reviewer.is_down = True

    def come_up() -> None:
        reviewer.is_down = len(clock.waits) < 3

    clock.then = come_up
    begin(auth_kind="kubernetes", auth_mount="kubernetes").login()

    assert len(clock.waits) == 3
    assert {line["status"] for line in log.lines} == {403}


def test_a_review_that_fails_for_good_is_a_refusal(begin: Begin, reviewer: TokenReviewer, clock: Clock) -> None:
    """After 30 s the refusal stands, and the hint names the API server."""
    reviewer.is_down = True

    refused = _refusal(begin(auth_kind="kubernetes", auth_mount="kubernetes"))

    assert refused.message.endswith("permission denied")
    assert "cannot reach the API server" in refused.hint
    assert 25 < sum(clock.waits) < 35


JWT_REFUSALS = {
    "another audience": ({}, ("checkout", "shop", "other"), 400, "aud", "audience"),
    "another account": ({}, ("mallory", "shop", AUDIENCE), 400, "sub", "compare auth/jwt/role/shop.checkout"),
    "an unknown role": ({"role": "x"}, ("checkout", "shop", AUDIENCE), 400, "role", "write the role auth/jwt/role/x"),
    "an unknown mount": ({"auth_mount": "y"}, ("checkout", "shop", AUDIENCE), 403, "denied", "auth/y"),
}


@pytest.mark.parametrize("case", JWT_REFUSALS.values(), ids=JWT_REFUSALS)
def test_a_jwt_login_is_refused_with_words_and_a_hint(
    vault_server: VaultServer, begin: Begin, tmp_path: Path, case: tuple[Any, ...]
) -> None:
    """The same holds for jwt auth; Vault's words about the claim come through."""
    fields, token, status, words, hint = case
    (tmp_path / "token").write_text(vault_server.jwt(*token))

    refused = _refusal(begin(token_file=str(tmp_path / "token"), **fields))

    assert words in refused.message
    assert hint in refused.hint
    assert refused.status == status


def test_a_mount_that_vault_does_not_have_is_named(begin: Begin, proxy: Proxy) -> None:
    """Where Vault says 404 to a login, the auth method is not enabled there."""
    proxy.script.append(says(404))

    refused = _refusal(begin(address=proxy.address))

    assert "no reason given" in refused.message
    assert "enable the auth method at auth/jwt" in refused.hint


@pytest.mark.parametrize("contents", [None, b"\xff\xfe"])
def test_a_token_that_cannot_be_read_is_a_wrong_plan(begin: Begin, tmp_path: Path, contents: bytes | None) -> None:
    """A missing token file, or one that is no text, is named; nothing is tried again."""
    if contents is not None:
        (tmp_path / "token").write_bytes(contents)
    session = begin(token_file=str(tmp_path / "token"))

    with pytest.raises(PlanInvalid, match=r"token cannot be read from .*/token") as error:
        session.login()

    assert "the kubelet puts it there" in error.value.hint


@pytest.mark.parametrize(
    "body", [b"{}", b'{"auth":null}', b'{"auth":{"client_token":""}}', b'{"auth":{"client_token":"a\\nb"}}']
)
def test_a_login_without_a_usable_token_is_no_answer_of_vault(begin: Begin, proxy: Proxy, body: bytes) -> None:
    """A success without a token, or with one that no header can carry, is not taken."""
    proxy.script.append(says_bytes(200, body))

    with pytest.raises(VaultUnreachable, match="has no token"):
        begin(address=proxy.address).login()


@pytest.mark.parametrize("status", [201, 202, 204, 299])
def test_a_login_with_another_success_is_no_answer_of_vault(begin: Begin, proxy: Proxy, status: int) -> None:
    """A proxy that answers for Vault with a success of its own is said to be unreachable, and no mistake of ours."""
    proxy.script.append(says_bytes(status, b""))

    with pytest.raises(VaultUnreachable, match="has no token"):
        begin(address=proxy.address).login()


def test_what_was_sent_is_hidden_in_the_words_of_a_refusal(begin: Begin, proxy: Proxy, tmp_path: Path) -> None:
    """A gateway that repeats what it got, in Vault's form, brings neither token into a message."""

    def repeats(text: str) -> None:
        proxy.script.append(says(400, [f"bad request: {text}{'x' * 300}"]))

    (tmp_path / "jwt").write_text("eyJ.eyJ.x\n")
    repeats("eyJ.eyJ.x")
    refusal = _refusal(begin(address=proxy.address, token_file=str(tmp_path / "jwt")))
    assert "role: bad request: <hidden>xxx" in refusal.message

    session = begin(address=proxy.address, role="shop.service")
    session.login()
    repeats(proxy.exchanges[-1].answered()["auth"]["client_token"])
    assert session.call(READ).words.startswith("bad request: <hidden>xxx")


def _logged_in(server: VaultServer, begin: Begin, proxy: Proxy, role: str) -> tuple[Session, str]:
    session = begin(address=proxy.address, role=role)
    session.login()
    token: str = proxy.exchanges[-1].answered()["auth"]["client_token"]
    assert server.is_alive(token)
    proxy.exchanges.clear()
    return session, token


def test_a_service_token_is_revoked_at_the_end(vault_server: VaultServer, begin: Begin, proxy: Proxy, log: Log) -> None:
    """The token is gone once the session has ended, and the log is silent."""
    session, token = _logged_in(vault_server, begin, proxy, "shop.service")

    session.end(has_leases=False)

    assert not vault_server.is_alive(token)
    assert log.lines == []


@pytest.mark.parametrize(("role", "has_leases"), [("shop.service", True), ("shop.checkout", False)])
def test_a_token_with_leases_and_a_batch_token_are_left(
    vault_server: VaultServer, begin: Begin, proxy: Proxy, role: str, has_leases: bool
) -> None:
    """Leases die with their token, and a batch token cannot be revoked: nothing is asked of Vault."""
    session, token = _logged_in(vault_server, begin, proxy, role)

    session.end(has_leases=has_leases)

    assert vault_server.is_alive(token)
    assert proxy.exchanges == []


@pytest.mark.parametrize(("answer", "cause"), [(says(403, ["no"]), "HTTP 403"), (CUT, "ended")])
def test_failing_to_revoke_is_a_line_in_the_log(
    vault_server: VaultServer, begin: Begin, proxy: Proxy, log: Log, answer: Any, cause: str
) -> None:
    """The secrets are there; a token that ends by itself is no reason to fail."""
    session, _ = _logged_in(vault_server, begin, proxy, "shop.service")
    proxy.script.append(answer)

    session.end(has_leases=False)

    assert "could not be revoked" in log.lines[-1]["message"]
    assert cause in log.lines[-1]["cause"]


def test_a_token_that_has_ended_is_told_from_one_without_the_right(vault_server: VaultServer, begin: Begin) -> None:
    """Vault refuses both with 403; the words make the difference."""
    session = begin(role="shop.service")
    session.login()
    assert session.call(Request(kind="read", path="secret/data/mall/db")).status == 403
    assert not session.is_dead

    vault_server.client.write("auth/token/revoke", {"token": session.auth.token.reveal()})
    assert session.call(READ).status == 403
    assert session.is_dead
