"""The operator's token goes to Vault alone: whatever redirects, whatever the environment says."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
import trustme

from tests.support.canary import Canary
from tests.support.vault.proxy import Proxy, running_proxy, says, says_bytes
from tests.support.vault.server import TlsFiles, VaultServer, issue
from vault.client import VaultClient
from vault.contract.errors import VaultUnreachable

OMAMORI = Path(sys.executable).with_name("omamori")
FOUND = says_bytes(200, b'{"request_id":"1","data":{"keys":[],"a":"b"}}', {"Content-Type": "application/json"})


@pytest.fixture
def ca_file(tmp_path: Path, authority: trustme.CA) -> Path:
    """The CA that the client trusts."""
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(file)
    return file


@pytest.fixture
def hosts(loopback_tls: TlsFiles, tmp_path: Path) -> Iterator[dict[str, Proxy]]:
    """The Vault that is named, by https and by http, and where it may point to: trusted, of another CA, plain."""
    stranger = tmp_path / "stranger"
    stranger.mkdir()
    with ExitStack() as stack:
        tls = {
            "vault": loopback_tls,
            "plain vault": None,
            "trusted": loopback_tls,
            "of another CA": issue(trustme.CA(), stranger, "127.0.0.1"),
            "plain": None,
        }
        yield {name: stack.enter_context(running_proxy(files)) for name, files in tls.items()}


@pytest.mark.parametrize("call", ["read", "list", "write", "delete"])
@pytest.mark.parametrize("target", ["trusted", "of another CA", "plain"])
@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 305, 307, 308])
@pytest.mark.parametrize("source", ["vault", "plain vault"])
def test_the_token_goes_to_the_active_node_and_nowhere_else(
    hosts: dict[str, Proxy], ca_file: Path, source: str, status: int, target: str, call: str
) -> None:
    """One 307, from https to https, of the same CA, is followed; each other one is refused with where it points to."""
    token = Canary.plain().value
    there = hosts[target]
    hosts[source].script.append(says(status, headers={"Location": f"{there.address}/elsewhere?a=b"}))
    there.script.append(FOUND)
    client = VaultClient(hosts[source].address, token, ca_file)
    is_followed = (source, status, target) == ("vault", 307, "trusted")

    def called() -> object:
        return client.write("secret/x", {"a": "b"}) if call == "write" else getattr(client, call)("secret/x")

    if is_followed:
        called()
        (exchange,) = there.exchanges
        assert exchange.path.partition("?")[0] == "/v1/secret/x"  # its own, not the redirection's
        assert exchange.headers["x-vault-token"] == token
        assert exchange.method == hosts[source].exchanges[0].method
        assert exchange.body == hosts[source].exchanges[0].body
        return
    with pytest.raises(VaultUnreachable, match="VAULT_ADDR is a standby, or redirects") as refused:
        called()
    assert there.address in refused.value.message
    assert "use " in refused.value.hint
    assert token not in str(refused.value.fields())
    assert there.exchanges == []


def test_a_second_redirection_is_refused(hosts: dict[str, Proxy], ca_file: Path) -> None:
    """Also where it is of the right kind: two nodes that point to each other would go on for ever."""
    hosts["vault"].script.append(says(307, headers={"Location": hosts["trusted"].address}))
    hosts["trusted"].script.append(says(307, headers={"Location": hosts["vault"].address}))

    with pytest.raises(VaultUnreachable, match="a second time"):
        VaultClient(hosts["vault"].address, "t", ca_file, retries=4).read("secret/x")
    assert len(hosts["vault"].exchanges) == len(hosts["trusted"].exchanges) == 1


@pytest.mark.parametrize(
    "location", [None, "", "//", "https://", "https://user:pw@{host}/", "ftp://{host}", "https://[::"]
)
def test_a_redirection_to_nowhere_is_refused(hosts: dict[str, Proxy], ca_file: Path, location: str | None) -> None:
    """Without a place, or with one that cannot be read; a password in it is not shown."""
    host = hosts["trusted"].address.removeprefix("https://")
    headers = {} if location is None else {"Location": location.format(host=host)}
    hosts["vault"].script.append(says(307, headers=headers))
    hosts["trusted"].script.append(FOUND)
    hosts["vault"].script.append(FOUND)

    try:
        VaultClient(hosts["vault"].address, "t", ca_file).read("secret/x")
    except VaultUnreachable as refused:
        assert "pw" not in str(refused.fields())
    sent = hosts["trusted"].exchanges
    assert all("authorization" not in each.headers for each in sent)


def test_the_environment_sends_nothing_elsewhere(
    vault_server: VaultServer, hosts: dict[str, Proxy], tmp_path: Path
) -> None:
    """Proxies of the environment are named once and not used; ~/.netrc and CA lists of others are not read."""
    token, password = vault_server.root_token, Canary.plain().value
    (tmp_path / ".netrc").write_text(f"machine 127.0.0.1 login me password {password}\n")
    elsewhere = hosts["plain"].address
    environ = {
        "VAULT_ADDR": vault_server.address,
        "VAULT_TOKEN": token,
        "VAULT_CACERT": str(vault_server.ca_file),
        "HOME": str(tmp_path),
        **dict.fromkeys(["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "http_proxy"], elsewhere),
        **dict.fromkeys(["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"], "/nowhere"),
    }
    for command in (["env-names", "secret/data/shop/db"], ["policy", "import", "--auth-mount", "jwt"]):
        done = subprocess.run([OMAMORI, *command], env=environ, capture_output=True, text=True, check=False)

        assert done.returncode == 0, done.stderr
        assert done.stderr.count("not used for Vault") == 1
        assert "HTTPS_PROXY" in done.stderr
        assert "VAULT_PROXY_ADDR or --proxy" in done.stderr
        assert password not in done.stdout + done.stderr
    assert hosts["plain"].connections == 0


def test_the_netrc_is_not_sent(hosts: dict[str, Proxy], ca_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No name and no password of another program go to Vault."""
    (ca_file.parent / ".netrc").write_text("default login me password secret\n")
    monkeypatch.setenv("HOME", str(ca_file.parent))
    hosts["plain vault"].script.append(FOUND)

    VaultClient(hosts["plain vault"].address, "t").read("secret/x")

    assert "authorization" not in hosts["plain vault"].exchanges[0].headers


@pytest.mark.parametrize("by", ["--proxy", "VAULT_PROXY_ADDR"])
def test_a_proxy_tunnels_to_vault(vault_server: VaultServer, tmp_path: Path, by: str) -> None:
    """An https Vault is reached through CONNECT: the proxy sees no token, and the certificate is still Vault's own."""
    seen: list[bytes] = []
    with _tunnel(vault_server.address, seen) as proxy:
        environ = {
            "VAULT_ADDR": "https://localhost:8200",
            "VAULT_TOKEN": vault_server.root_token,
            "VAULT_CACERT": str(vault_server.ca_file),
            "HOME": str(tmp_path),
            **({by: proxy} if by.startswith("VAULT") else {}),
        }
        words = [by, proxy] if by.startswith("--") else []
        done = subprocess.run(
            [OMAMORI, "env-names", "secret/data/shop/db", *words], env=environ, capture_output=True, check=False
        )
    assert done.returncode == 0, done.stderr
    assert seen[0].startswith(b"CONNECT localhost:8200 HTTP/1.")
    assert vault_server.root_token.encode() not in b"".join(seen)


@contextmanager
def _tunnel(address: str, seen: list[bytes]) -> Iterator[str]:
    """A proxy that leads every CONNECT to one address; `seen` gets what it is sent."""
    host, _, port = address.removeprefix("https://").rpartition(":")
    listener = socket.create_server(("127.0.0.1", 0))

    def pump(source: socket.socket, target: socket.socket, kept: list[bytes] | None) -> None:
        with suppress(OSError):
            while part := source.recv(65536):
                if kept is not None:
                    kept.append(part)
                target.sendall(part)
            target.shutdown(socket.SHUT_WR)

    opened = [listener]
    threads = []

    def started(target: Callable[..., None], *args: object) -> None:
        threads.append(threading.Thread(target=target, args=args))
        threads[-1].start()

    def accept() -> None:
        with suppress(OSError):
            while True:
                caller, _ = listener.accept()
                opened.append(caller)
                seen.append(caller.recv(65536))
                vault = socket.create_connection((host, int(port)))
                opened.append(vault)
                caller.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                started(pump, caller, vault, seen)
                started(pump, vault, caller, None)

    started(accept)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        for each in opened:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)  # wakes whoever waits in it
        for thread in threads:
            thread.join(10)
        for each in opened:
            each.close()


def test_a_proxy_that_is_named_is_used(hosts: dict[str, Proxy]) -> None:
    """By --proxy and VAULT_PROXY_ADDR; here to an http Vault, of which the proxy sees the whole address."""
    hosts["plain"].script.append(FOUND)
    client = VaultClient("http://vault.invalid:8200", "t", proxy=hosts["plain"].address)

    assert client.read("secret/x") == {"keys": [], "a": "b"}
    assert hosts["plain"].exchanges[0].path == "http://vault.invalid:8200/v1/secret/x"
