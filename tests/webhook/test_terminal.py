"""What commands write: text of others is shown and not obeyed; a Vault that hangs is told of, and Ctrl-C ends it."""

from __future__ import annotations

import ast
import os
import pty
import secrets
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.vault.access import Ground
from tests.webhook.policy_calls import Call, written
from vault.cli import terminal

PROJECT = Path(__file__).parents[2]
OMAMORI = Path(sys.executable).with_name("omamori")
PRINTING = {"print", "echo", "click.echo", "sys.stdout.write", "sys.stderr.write"}
FORGED = "\x1b[2K\rVault matches the files.\u202e"


def test_commands_write_in_one_place() -> None:
    """No other module of ours prints, but the demo's screen: what it says would act on a terminal."""
    allowed = {"vault/cli/terminal.py", "webhook/demo/screen.py"}
    folders = (PROJECT / "webhook", PROJECT / "vault")
    names = {str(each.relative_to(PROJECT)) for folder in folders for each in folder.rglob("*.py")}
    assert allowed < names
    files = [PROJECT / each for each in sorted(names - allowed) if not each.startswith("vault/agent/")]
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in PRINTING, f"{file}:{node.lineno}"


@given(st.lists(st.text()))
def test_a_line_is_a_line(lines: list[str]) -> None:
    """Whatever is told: as many lines as there were, each printable; a document keeps its lines."""
    assert terminal.printable("\n".join(lines)).count("\n") == "\n".join(lines).count("\n")
    assert terminal.printable("".join(lines)).replace("\n", "").isprintable()


def test_what_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """A line end within a line begins none; colours are ours; a document for programs is as it was."""
    terminal.tell(f"a\n{FORGED}", "b", colour=lambda line: f"\x1b[1m{line}\x1b[0m")
    terminal.complain(f"x\n{FORGED}", command="omamori policy")
    terminal.write_document(f"{FORGED}\n")
    out, err = capsys.readouterr()

    shown = "\\x1b[2K\\rVault matches the files.\\u202e"
    assert out == f"\x1b[1ma\\n{shown}\x1b[0m\n\x1b[1mb\x1b[0m\n{FORGED}\n"
    assert err == f"omamori policy: x\\n{shown}\n"


def test_a_plan_shows_what_others_have_written(
    ground: Ground, call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """rawPolicy, names of a Vault's roles, and Vault's own words, which repeat them: shown in one line each."""
    word = secrets.token_hex(4)
    more = f'- workload: {{namespace: shop, serviceAccount: m}}\n  rawPolicy: "# {word}\\e[2K\\r\\u202e\\n# more"\n'
    file = written(tmp_path, ground, more)

    assert call("plan", "-f", file) == 2
    out = capsys.readouterr().out
    assert f"+# {word}\\x1b[2K\\r\\u202e\n" in out
    assert out.replace("\n", "").isprintable()
    refused = r"path \"a\" { max_wrapping_ttl = \"x\" } # "
    file.write_text(file.read_text().replace("# ", refused, 1))
    assert call("apply", "-f", file) == 1
    out, err = capsys.readouterr()
    assert "error parsing max_wrapping_ttl" in err
    assert (out + err).replace("\n", "").isprintable()


@contextmanager
def _on_a_terminal(words: list[str], environ: dict[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    ours, theirs = pty.openpty()
    process = subprocess.Popen([OMAMORI, *words], env=environ, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    try:
        yield process, ours
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def _read_until(terminal_file: int, is_enough: Callable[[str], bool], seconds: float = 30) -> str:
    """Read what a terminal shows until it is enough, or the program has ended."""
    text = ""
    deadline = time.monotonic() + seconds
    while not is_enough(text) and time.monotonic() < deadline:
        ready, _, _ = select.select([terminal_file], [], [], 0.2)
        try:
            part = os.read(terminal_file, 4096) if ready else b""
        except OSError:  # the other end is closed
            break
        text += part.decode()
    return text


@pytest.mark.parametrize("command", [["policy", "import"], ["env-names", "secret/data/x"]])
def test_a_vault_that_hangs_is_waited_for_and_interrupted(tmp_path: Path, command: list[str]) -> None:
    """A terminal is told after some seconds; Ctrl-C ends with 130 and one line, without a traceback."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        environ = {"VAULT_ADDR": address, "VAULT_TOKEN": "t", "HOME": str(tmp_path), "VAULT_CLIENT_TIMEOUT": "1m"}
        with _on_a_terminal(command, environ) as (process, screen):
            assert _read_until(screen, lambda text: "waiting for Vault" in text).strip() == "waiting for Vault"
            process.send_signal(signal.SIGINT)
            said = _read_until(screen, lambda _: False)
            assert process.wait(20) == 130
    assert said.strip() == "omamori: interrupted"


@pytest.mark.parametrize("how", [["--timeout", "0.2"], {"VAULT_CLIENT_TIMEOUT": "200ms"}], ids=str)
def test_a_vault_that_hangs_has_an_end(tmp_path: Path, how: list[str] | dict[str, str]) -> None:
    """By the option or Vault's own variable; in a pipe nothing is said of waiting."""
    words, more = (how, {}) if isinstance(how, list) else ([], how)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        environ = {"VAULT_ADDR": address, "VAULT_TOKEN": "t", "HOME": str(tmp_path), **more}
        done = subprocess.run(
            [OMAMORI, "policy", "import", *words], env=environ, capture_output=True, text=True, check=False, timeout=60
        )
    assert done.returncode == 1
    assert done.stderr.startswith(f"omamori policy import: Vault at {address} does not answer: it timed out")
    assert len(done.stderr.splitlines()) == 1


@contextmanager
def _slow_vault(seconds: float) -> Iterator[str]:
    """A server that answers each call after a while, as a Vault that refuses everything."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            time.sleep(seconds)  # it is the server that is slow, not the test that waits
            body = b'{"errors":["permission denied"]}'
            self.send_response(403)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

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


def test_progress_is_for_terminals(tmp_path: Path) -> None:
    """After two seconds a terminal is told how many calls were made, on a line that goes again; a pipe is not."""
    with _slow_vault(2.1) as address:
        environ = {"VAULT_ADDR": address, "VAULT_TOKEN": "t", "HOME": str(tmp_path), "TERM": "xterm"}
        command = [str(OMAMORI), "policy", "import"]
        with (
            subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True) as piped,
            _on_a_terminal(["policy", "import"], environ) as (process, screen),
        ):
            said = _read_until(screen, lambda _: False)
            assert process.wait(20) == 1
            told = piped.communicate(timeout=20)[1]
    assert "\r\x1b[K1 calls in 2 s; last: Vault: get sys/mounts: 403" in said
    shown = [line.rpartition("\r\x1b[K")[2] for line in said.replace("\r\n", "\n").split("\n")]
    assert [line for line in shown if line] == told.splitlines()
    assert "calls in" not in told


def test_verbose(tmp_path: Path) -> None:
    """With --verbose each call is told as it ends, also in a pipe; never the token."""
    with _slow_vault(0) as address:
        environ = {"VAULT_ADDR": address, "VAULT_TOKEN": "a-token", "HOME": str(tmp_path)}
        command = [str(OMAMORI), "policy", "import", "--verbose"]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=60)
    first, second, *_ = done.stderr.splitlines()
    assert first.startswith("Vault: get sys/mounts: 403, ")
    assert second.startswith("Vault: get auth/token/lookup-self: 403, ")
    assert "a-token" not in done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437"])
def test_a_terminal_without_utf_8(tmp_path: Path, encoding: str) -> None:
    """What its encoding has not is escaped, for people; a document for programs stays UTF-8."""
    file = tmp_path / "access.yaml"
    policy = "# お守り\n"
    file.write_text(
        "accessVersion: 1\nauth: {kubernetes: {type: kubernetes}}\ngrants:\n"
        f'- workload: {{namespace: shop, serviceAccount: a}}\n  rawPolicy: "{policy.strip()}"\n'
    )
    environ = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0", "HOME": str(tmp_path)}

    def said(*words: str | Path) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run([OMAMORI, *words], env=environ, capture_output=True, check=False, timeout=60)

    rendered = said("policy", "render", "-f", file)
    assert (rendered.returncode, rendered.stderr) == (0, b"")
    assert policy.encode() in rendered.stdout
    wrong = said("policy", "pläne…")
    assert wrong.returncode == 1
    assert b"there is no command 'pl" in wrong.stderr.replace("\xe4".encode(encoding, "ignore"), b"")
    told = said("policy", "explain", "-f", file, "--service-account", "shop/お", "secret/data/shop/db")
    assert (told.returncode, told.stdout) == (0, b"shop/\\u304a has no grant in these files: it cannot log in\n")
