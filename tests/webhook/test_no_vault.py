"""What is no Vault, or no namespace of one, is never taken for an empty Vault; what is wrong with the call is said."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.support.canary import Canary
from tests.support.vault.server import VaultServer
from webhook.cli import main

OMAMORI = Path(sys.executable).with_name("omamori")
ACCESS = """
accessVersion: 1
owner: shop
lock: secret/data/omamori/lock
mounts: {secret: {type: kv}}
auth: {kubernetes: {type: kubernetes}}
grants:
- {workload: {namespace: shop, serviceAccount: checkout}, paths: {secret/data/shop/db: read}}
"""
POD = """
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop, annotations: {file.omamori.dev/db.env: secret/data/shop/db}}
spec: {serviceAccountName: checkout, containers: [{name: app, image: app}]}
"""


@contextmanager
def answering(status: int, body: bytes) -> Iterator[str]:
    """A server that gives one answer to everything."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_LIST = do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - http.server's names

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


@pytest.fixture
def commands(tmp_path: Path) -> dict[str, list[str]]:
    """Each command that asks a Vault, with what it needs beside."""
    (tmp_path / "access.yaml").write_text(ACCESS)
    (tmp_path / "pod.yaml").write_text(POD)
    files = ["-f", str(tmp_path / "access.yaml")]
    return {
        "plan": ["policy", "plan", *files],
        "apply": ["policy", "apply", *files],
        "drift": ["policy", "drift", *files],
        "import": ["policy", "import"],
        "suggest": ["policy", "suggest", str(tmp_path / "pod.yaml")],
        "env-names": ["env-names", "secret/data/shop/db"],
    }


COMMANDS = ["plan", "apply", "drift", "import", "suggest", "env-names"]
ANSWERS = {
    "a web server": (404, b"<!DOCTYPE HTML><title>Error response</title>"),
    "a web server that has every page": (200, b"<!DOCTYPE html><title>Welcome</title>"),
    "a gateway": (404, b'{"message": "no Route matched with those values"}'),
    "a gateway that lists errors": (404, b'{"errors": ["Not Found"]}'),
    "an API": (200, b'{"status": "ok"}'),
    "an API with data": (200, b'{"data": []}'),
    "nothing": (204, b""),
    "a wall": (403, b"<html>Forbidden</html>"),
    "a gateway without its Vault": (503, b"<html>no upstream</html>"),
}


def _failed(words: list[str], address: str, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    """Call it, which fails, without a word on stdout; gives what is said."""
    code = main([*words, "--vault-address", address, *more])
    out, err = capsys.readouterr()
    assert code == 1, err
    assert out == ""
    assert "to create" not in err
    return err


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("what", ANSWERS)
def test_another_server_is_no_empty_vault(
    commands: dict[str, list[str]],
    command: str,
    what: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit 1 and what it is; never a plan, a metric or an access file."""
    token = Canary.plain().value
    monkeypatch.setenv("VAULT_TOKEN", token)
    with answering(*ANSWERS[what]) as address:
        said = _failed(commands[command], address, capsys)
    assert address in said
    assert any(each in said for each in ("this is not Vault", "not in Vault's format", "is this another server?"))
    assert token not in said


@pytest.mark.parametrize("command", COMMANDS[:-1])
def test_a_vault_elsewhere_in_a_path_is_none(
    commands: dict[str, list[str]], command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A proxy that adds a path: Vault's own 404, at a path that every Vault has."""
    monkeypatch.setenv("VAULT_TOKEN", "t")
    for body in (b'{"errors":[]}', b'{"errors":["no handler for route \\"v1/sys/mounts\\". route entry not found."]}'):
        with answering(404, body) as address:
            said = _failed(commands[command], address, capsys)
            assert "this is not Vault: sys/" in said
            assert "answers 404" in said
            assert "does the namespace team-a exist?" in _failed(
                commands[command], address, capsys, "--vault-namespace", "team-a"
            )


@pytest.mark.parametrize("command", COMMANDS)
def test_a_namespace_that_is_not_there(
    vault_server: VaultServer,
    commands: dict[str, list[str]],
    command: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Of a real server, which has its own words for it."""
    monkeypatch.setenv("VAULT_TOKEN", vault_server.root_token)
    monkeypatch.setenv("VAULT_NAMESPACE", "nope")
    monkeypatch.setenv("VAULT_CACERT", str(vault_server.ca_file))
    code = main([*commands[command], "--vault-address", vault_server.address])
    out, err = capsys.readouterr()
    assert code == 1
    assert out == ""
    assert "namespace not found: nope" in err


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("https://127.0.0.1:9/v1", "the path /v1 or /ui; write https://127.0.0.1:9"),
        ("https://127.0.0.1:9/ui/", "write https://127.0.0.1:9"),
        ("127.0.0.1:18200", "--vault-address '127.0.0.1:18200' does not begin with https://"),
        ("ftp://127.0.0.1", "neither https:// nor http://"),
        ("https://me:s3cr3t@127.0.0.1:9", "contains a user name or password"),
    ],
)
def test_an_address_that_is_none(
    commands: dict[str, list[str]],
    command: str,
    address: str,
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Before anything is sent; a password is not shown."""
    monkeypatch.setenv("VAULT_TOKEN", "t")
    code = main([*commands[command], "--vault-address", address])
    err = capsys.readouterr().err
    assert code == 1
    assert says in err
    assert "s3cr3t" not in err


def test_an_auth_method_that_is_not_there(
    vault_server: VaultServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`import --auth` of an unknown mount is an error, and names those that there are; no access file is printed."""
    monkeypatch.setenv("VAULT_TOKEN", vault_server.root_token)
    where = ["--vault-address", vault_server.address, "--vault-ca-file", str(vault_server.ca_file)]

    assert main(["policy", "import", "--auth-mount", "jwt", "--auth-mount", "nope", *where]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "there is no kubernetes or jwt auth method nope; there are: " in err
    assert "jwt" in err.partition("there are: ")[2]


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({}, "there is no token: HOME/.vault-token: No such file or directory; give VAULT_TOKEN"),
        ({"VAULT_TOKEN": ""}, "there is no token: HOME/.vault-token: No such file or directory"),
        ({"VAULT_TOKEN": "a b"}, "VAULT_TOKEN does not contain a Vault token"),
        ({"VAULT_TOKEN": "schlüssel"}, "VAULT_TOKEN does not contain a Vault token"),
        (
            {"VAULT_TOKEN": "t", "VAULT_CACERT": "/nope.pem"},
            "the CA file /nope.pem for Vault at ADDRESS cannot be used",
        ),
        (
            {"VAULT_TOKEN": "t", "VAULT_CLIENT_TIMEOUT": "soon"},
            "VAULT_CLIENT_TIMEOUT is 'soon', which is not a duration",
        ),
        ({"VAULT_TOKEN": "t", "VAULT_CLIENT_TIMEOUT": "0"}, "write more than zero and at most a day"),
        (
            {"VAULT_TOKEN": "t", "VAULT_PROXY_ADDR": "socks5://p:1"},
            "VAULT_PROXY_ADDR is neither https:// nor",
        ),
        ({"VAULT_TOKEN": "t"}, "Vault at ADDRESS does not answer: the connection is refused"),
    ],
)
def test_what_the_call_lacks(tmp_path: Path, variables: dict[str, str], says: str) -> None:
    """No token, one that is none, a CA file, a time, a proxy: each by its variable, without a traceback."""
    environ = {"HOME": str(tmp_path), "VAULT_ADDR": "https://127.0.0.1:9", **variables}
    done = subprocess.run([OMAMORI, "policy", "import"], env=environ, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert says.replace("HOME", str(tmp_path)).replace("ADDRESS", "https://127.0.0.1:9") in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "schlüssel" not in done.stderr


def test_a_token_that_has_ended(
    vault_server: VaultServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is told from a token without rights."""
    token = Canary.plain().value
    monkeypatch.setenv("VAULT_TOKEN", token)
    where = ["--vault-address", vault_server.address, "--vault-ca-file", str(vault_server.ca_file)]
    assert main(["policy", "import", *where]) == 1
    said = capsys.readouterr().err
    assert "does not know the token, or it has expired" in said
    assert token not in said
