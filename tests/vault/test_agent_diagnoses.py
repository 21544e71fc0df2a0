"""The right reason: each row of the table of diagnoses, and what is said where nothing of Vault's came."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from tests.support.vault.once import Ran, plan_of, run_once
from tests.support.vault.scripted import Said, kv2, scripted_vault
from vault.agent.api.diagnoses import LOGIN, PATH, ROWS, diagnose
from vault.agent.api.responses import Answer
from vault.agent.secret import Secret
from vault.contract.plan import Read

READ = "secret/data/shop/db"
ELSEWHERE = {"Location": "https://vault.example.com/v1/x"}
PERMISSION = "1 error occurred:\n\t* permission denied\n\n"

# of a login: status, body, headers; exit code, reason, words that are said, words that are not
LOGINS: dict[str, tuple[int, Any, dict[str, str], int, str, str, str]] = {
    **{
        f"{status}": (status, b"", ELSEWHERE, 10, "vault-unreachable", "to https://vault.example.com: fix", "role")
        for status in (301, 302, 303, 308)
    },
    "308 with a page": (308, b"<html>", ELSEWHERE, 10, "vault-unreachable", "HTTP 308 to https://vault", "role"),
    "302 to a path": (302, b"", {"Location": "/ui/"}, 10, "vault-unreachable", "HTTP 302 to /ui/: fix", "role"),
    "302 to nowhere": (302, b"", {}, 10, "vault-unreachable", "HTTP 302 to nowhere", "role"),
    "301 to http": (
        301,
        b"",
        {"Location": "http://vault:8200/"},
        10,
        "vault-unreachable",
        "to http://vault:8200",
        "role",
    ),
    "404 of nobody": (404, b"", {}, 10, "vault-unreachable", "HTTP 404 without a body", "role"),
    "403 of nobody": (403, b"", {}, 10, "vault-unreachable", "HTTP 403 without a body", "role"),
    "400 of nobody": (400, b"", {}, 10, "vault-unreachable", "HTTP 400 without a body", "role"),
    "401 of a gateway": (401, {"message": "no"}, {}, 10, "vault-unreachable", "has no `errors`", "role"),
    "404 of Vault": (404, {"errors": []}, {}, 12, "login-refused", "enable the auth method", "policy"),
    "404, no mount": (
        404,
        {"errors": ["no handler for route"]},
        {},
        12,
        "login-refused",
        "enable the auth method",
        "x y",
    ),
    "403 bare": (
        403,
        {"errors": ["permission denied"]},
        {},
        12,
        "login-refused",
        "token_bound_cidrs (boundCidrs",
        "x y",
    ),
    "403 of CIDRs": (403, {"errors": ["source outside of CIDR"]}, {}, 12, "login-refused", "token_bound_cidrs", "x y"),
    "500 of the method": (
        500,
        {"errors": ["claim missing"]},
        {},
        10,
        "engine-failed",
        "mounted at auth/jwt fails",
        "up at",
    ),
    "500 of Vault": (500, {"errors": ["internal error"]}, {}, 10, "vault-unreachable", "is Vault up at", "fails"),
}


def _login(tmp_path: Path, capsys: pytest.CaptureFixture[str], said: Said) -> tuple[Ran, int]:
    with scripted_vault({"*/login": said}) as vault:
        plan = plan_of(vault, tmp_path, READ, session={"auth_kind": "jwt", "auth_mount": "jwt"})
        return run_once(vault, tmp_path, capsys, plan), vault.calls["auth/jwt/login"]


@pytest.mark.parametrize("case", LOGINS.values(), ids=LOGINS)
def test_a_login_that_fails_has_its_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str], case: Any) -> None:
    """Redirections and answers of strangers are not about roles; those of Vault's are, with its words."""
    status, body, headers, code, reason, words, never = case
    ran, calls = _login(tmp_path, capsys, Said(status, body, headers))

    assert (ran.code, ran.last["reason"]) == (code, reason)
    assert words in ran.said
    assert never not in ran.said
    assert calls == 1 or status >= 400


# of a path: status, errors; exit code, reason, words that are said, words that are not
PATHS: dict[str, tuple[int, list[str], int, str, str, str]] = {
    "400": (
        400,
        ["common name not allowed by this role"],
        13,
        "request-refused",
        "check the data. options",
        "policy ",
    ),
    "400 of transit": (
        400,
        ["encryption key not found"],
        13,
        "request-refused",
        "encryption key not found",
        "policy of",
    ),
    "405": (405, ["unsupported operation"], 13, "request-refused", "add data.NAME=VALUE", "policy"),
    "409": (409, ["check-and-set"], 13, "request-refused", "refuses the request", "policy of"),
    "422": (422, [], 13, "request-refused", "no reason given", "policy of"),
    "403": (403, [PERMISSION], 13, "path-refused", 'give a policy of the role r: path "secret/data/shop/db"', "ended"),
    "403 bare": (
        403,
        ["permission denied"],
        13,
        "path-refused",
        "token_num_uses of the role auth/kubernetes",
        "policy",
    ),
    "403 of a dead token": (
        403,
        ["invalid token"],
        13,
        "path-refused",
        "the token of this login has expired",
        "policy",
    ),
    "500": (500, ["failed to find entry for connection"], 10, "engine-failed", "Vault itself works", "is Vault up"),
    "502 of an engine": (502, ["upstream"], 10, "engine-failed", "what is mounted at secret fails", "is Vault up"),
    "500 of Vault": (500, ["internal error"], 10, "vault-unreachable", "is Vault up at", "fails"),
    "500 of a standby": (500, ["local node not active"], 10, "vault-unreachable", "is Vault up at", "fails"),
    "500 without words": (500, [], 10, "vault-unreachable", "Vault answered HTTP 500", "fails"),
    "503 sealed": (503, ["Vault is sealed"], 11, "vault-sealed", "vault operator unseal", "policy"),
}


@pytest.mark.parametrize("case", PATHS.values(), ids=PATHS)
def test_a_path_that_fails_has_its_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str], case: Any) -> None:
    """Only 403 speaks of policies; 400 is the engine's refusal, 5xx with words its failure."""
    status, errors, code, reason, words, never = case
    with scripted_vault({READ: Said(status, {"errors": errors})}) as vault:
        ran = run_once(vault, tmp_path, capsys, plan_of(vault, tmp_path, READ))

        assert (ran.code, ran.last["reason"], ran.last["status"]) == (code, reason, status)
        assert words in ran.said
        assert never not in ran.said
        assert "policy" not in ran.said or status == 403


def test_a_refused_write_says_what_to_take_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """405 to a call with data is about the data."""
    with scripted_vault({READ: Said(405, {"errors": ["unsupported operation"]})}) as vault:
        ran = run_once(vault, tmp_path, capsys, plan_of(vault, tmp_path, Read(path=READ, data=(("a", "b"),))))

        assert "remove the data. options" in ran.said


@pytest.mark.parametrize("said", [Said(308, b"", ELSEWHERE), Said(301, b"<html>", ELSEWHERE)])
def test_a_path_that_is_sent_elsewhere_is_said_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], said: Said
) -> None:
    """The address is to be fixed, and trying again does not."""
    with scripted_vault({READ: said}) as vault:
        ran = run_once(vault, tmp_path, capsys, plan_of(vault, tmp_path, READ, optional=True))

        assert (ran.code, vault.calls[READ]) == (10, 1)
        assert f"HTTP {said.status} to https://vault.example.com: fix the address in omamori's settings" in ran.said


def test_words_of_a_stranger_are_shown_escaped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither a Location nor errors reach the message with what acts on a terminal, or without a bound."""
    with scripted_vault({READ: Said(308, b"", {"Location": "ht\x1b[2Jtps://x" + "y" * 5000})}) as vault:
        ran = run_once(vault, tmp_path, capsys, plan_of(vault, tmp_path, READ))
        assert "\\x1b[2J" in ran.said
        assert len(ran.said) < 1000

        vault.table[READ] = Said(403, {"errors": ["a\x1b[2J\u202e" + "y" * 5000]})
        ran = run_once(vault, tmp_path, capsys, plan_of(vault, tmp_path, READ))
        assert ran.said.isprintable()
        assert len(ran.said) < 1000


@pytest.mark.parametrize("proxy", ["istio-proxy", "linkerd-proxy", ""])
def test_a_mesh_that_starts_behind_us_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str], proxy: str) -> None:
    """Without a connection the hint is at the order of the containers, where the Plan says that a mesh comes later."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
    with scripted_vault({}) as vault:
        vault.calls["nobody"] += 1
        ran = run_once(
            vault, tmp_path, capsys, plan_of(vault, tmp_path, READ, session={"address": address, "mesh_proxy": proxy})
        )

    assert ran.code == 10
    assert (f"omamori.dev/position: after:{proxy}" in ran.said) is bool(proxy)
    assert ("is Vault up at" in ran.said) is not bool(proxy)


def test_a_mesh_is_no_matter_where_vault_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An answer of whatever kind has come through."""
    with scripted_vault({READ: Said(500, {"errors": []})}) as vault:
        ran = run_once(vault, tmp_path, capsys, plan_of(vault, tmp_path, READ, session={"mesh_proxy": "istio-proxy"}))

    assert "position" not in ran.said


def test_every_row_can_be_reached(tmp_path: Path) -> None:
    """No row stands behind another that takes all of it; and each fills its templates."""
    with scripted_vault({READ: kv2({})}) as vault:
        session = vault.session(tmp_path)
    for row in ROWS:
        words = row.exact_words or row.words or ("other words" if row.fact == "words" else "")
        answer = Answer(status=row.first, words=words, document=Secret({}))
        facts = [row.fact] if row.fact not in ("", "words") else []
        failure = diagnose(row.call, session, "a/b", answer, facts, deleted="then")
        expected = row.hint.partition("{")[0]
        assert type(failure) is row.failure
        assert failure.hint.startswith(expected)
        assert "{" not in failure.message
    assert {row.call for row in ROWS} == {LOGIN, PATH}
