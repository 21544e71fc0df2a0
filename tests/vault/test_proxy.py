"""A Vault behind an HTTP proxy: what the proxy is asked, what its refusals become, and that nothing else is used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.canary import Canary
from tests.support.vault.connectproxy import connect_proxy
from tests.support.vault.program import Finished, one_file, run_program
from tests.support.vault.server import VaultServer
from vault.contract.errors import PlanInvalid, TemplateFailed, VaultUnreachable
from vault.contract.plan import Template
from vault.contract.wire import to_environment

DB = "secret/data/shop/db"


def _run(server: VaultServer, folder: Path, **session: Any) -> Finished:
    plan = one_file(server.session(**session), folder, DB, key="password")
    return run_program(plan.replace(deadline_seconds=2))


def _login(folder: Path, user: str, password: str) -> dict[str, str]:
    (folder / "user").write_text(f"{user}\n")
    (folder / "password").write_text(password)
    return {"proxy_user_file": str(folder / "user"), "proxy_password_file": str(folder / "password")}


def test_vault_is_reached_through_it(vault_server: VaultServer, tmp_path: Path) -> None:
    """One connection for all calls, with TLS to Vault itself: the proxy is told nothing but the address."""
    with connect_proxy() as proxy:
        finished = _run(vault_server, tmp_path, proxy=proxy.address)
    assert finished.code == 0, finished.stderr
    assert (tmp_path / "out").read_text() == "p w"
    assert proxy.asked == [(vault_server.address.removeprefix("https://"), "")]


def test_it_is_logged_in_to(vault_server: VaultServer, tmp_path: Path) -> None:
    """With user and password from files; they are in no line of the log."""
    user, password = Canary.plain().value, f"p:{Canary.plain().value}"
    with connect_proxy(f"{user}:{password}") as proxy:
        finished = _run(vault_server, tmp_path, proxy=proxy.address, **_login(tmp_path, user, password))
        assert finished.code == 0, finished.stderr
        refused = _run(vault_server, tmp_path, proxy=proxy.address, **_login(tmp_path, user, f"{password}x"))
        without = _run(vault_server, tmp_path, proxy=proxy.address)
    assert refused.code == without.code == VaultUnreachable.exit_code
    assert "does not accept its user and password" in refused.last["message"]
    assert "wants a user and password" in without.last["message"]
    for each in (finished, refused):
        assert password.encode() not in each.stderr
        assert user.encode() not in each.stderr


@pytest.mark.parametrize(
    ("says", "words"),
    [
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "does not connect to Vault (HTTP 403)"),
        (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3\r\n\r\noops", "does not connect to Vault (HTTP 502)"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://evil.example.com\r\n\r\n", "does not connect to Vault (HTTP 302)"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "gives no answer of HTTP"),
        (b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "says more than that it has connected"),
        (b"HTTP/1.1 200 OK\r\n", "no answer in time"),
        (b"x" * 100_000, "gives no answer of HTTP"),
        (b"", "no answer in time"),
    ],
)
def test_what_it_says_instead(vault_server: VaultServer, tmp_path: Path, says: bytes, words: str) -> None:
    """Each is an error that says so, within the deadline, and no token is sent anywhere."""
    with connect_proxy(says=says) as proxy:
        finished = _run(vault_server, tmp_path, proxy=proxy.address)
    assert finished.code == VaultUnreachable.exit_code, finished.stderr
    assert words in finished.last["message"]
    assert not (tmp_path / "out").exists()


def test_a_proxy_that_is_away(vault_server: VaultServer, tmp_path: Path) -> None:
    """It is the proxy that does not answer, and the error says so."""
    finished = _run(vault_server, tmp_path, proxy="http://127.0.0.1:1")
    assert finished.code == VaultUnreachable.exit_code
    assert "no connection to 127.0.0.1:1 (the proxy)" in finished.last["message"]


def test_files_that_cannot_be_read(vault_server: VaultServer, tmp_path: Path) -> None:
    """A Secret without the key is the administrator's mistake: nothing is tried again."""
    with connect_proxy() as proxy:
        finished = _run(
            vault_server,
            tmp_path,
            proxy=proxy.address,
            proxy_user_file=str(tmp_path / "none"),
            proxy_password_file=str(tmp_path / "none"),
        )
    assert finished.code == PlanInvalid.exit_code
    assert "the login for the proxy cannot be read" in finished.last["message"]
    assert proxy.asked == []


@pytest.mark.parametrize("address", ["https://proxy.example.com:3128", "proxy.example.com:3128", "socks5://a:1"])
def test_addresses_that_are_none(vault_server: VaultServer, tmp_path: Path, address: str) -> None:
    """Only http:// is one."""
    finished = _run(vault_server, tmp_path, proxy=address)
    assert finished.code == PlanInvalid.exit_code
    assert "http://HOST:PORT" in finished.last["hint"]


def test_a_template_does_not_read_its_login(vault_server: VaultServer, tmp_path: Path) -> None:
    """What the proxy wants is omamori's own, to the function `file`."""
    login = _login(tmp_path, "user", "password")
    plan = one_file(vault_server.session(**login), tmp_path, DB, key="password")
    for file in login.values():
        template = Template(directory=str(tmp_path), name="template", mode="0400", text=f'[[ file "{file}" ]]')
        finished = run_program(plan.replace(reads=(), outputs=(), templates=(template,)))
        assert finished.code == TemplateFailed.exit_code
        assert "omamori's own" in finished.last["message"]


def test_variables_are_not_looked_at(vault_server: VaultServer, tmp_path: Path) -> None:
    """Whoever writes a Pod's environment says nothing of the way to Vault."""
    environment = to_environment(one_file(vault_server.session(), tmp_path, DB, key="password"))
    with connect_proxy() as proxy:
        names = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "HTTP_PROXY", "VAULT_PROXY_ADDR", "VAULT_HTTP_PROXY")
        finished = run_program({**environment, **dict.fromkeys(names, proxy.address)})
    assert finished.code == 0, finished.stderr
    assert proxy.asked == []
