"""The command: files, standard input, `--check`, what it does not read, and its exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.webhook.vault_k8s import named
from tests.webhook.migrate.cases import pod_text, text_of
from tests.webhook.standard_input import from_standard_input
from vault.cli.exit_codes import CHANGES, FAILED, OK
from webhook.cli import main

ASKING = named(agent_inject="true", role="shop", agent_inject_secret_db="secret/data/shop/db")


def migrate(*words: str | Path) -> int:
    """Call it."""
    return main(["migrate", "vault-k8s", *map(str, words)])


def test_rewrites(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file is rewritten in place with its mode, its line ends and its link; a second call has nothing to do."""
    file = tmp_path / "crlf.yaml"
    file.write_bytes(text_of("before", "crlf.yaml").encode())
    file.chmod(0o640)
    link = tmp_path / "link.yaml"
    link.symlink_to(file)

    assert migrate(link) == OK
    assert file.read_bytes().decode() == text_of("after", "crlf.yaml")
    assert link.is_symlink()
    assert file.stat().st_mode & 0o777 == 0o640
    assert "moves: " in capsys.readouterr().out
    before = file.stat().st_mtime_ns
    assert migrate(link) == OK
    assert file.stat().st_mtime_ns == before
    assert "nothing to move" in capsys.readouterr().out


def test_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --check no file is written, and the exit code says whether there is something to do."""
    file = tmp_path / "pod.yaml"
    file.write_text(text_of("before", "plain.yaml"))
    assert migrate("--check", file) == CHANGES
    assert file.read_text() == text_of("before", "plain.yaml")
    assert f"moves: {file}:12: Deployment shop/shop: 3 annotations to 7" in capsys.readouterr().out

    file.write_text(text_of("before", "stays.yaml"))
    assert migrate("--check", file) == OK
    assert "tls-skip-verify: anybody on the way could read the secrets" in capsys.readouterr().out


def test_standard_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Standard input goes to standard output, and the report to standard error."""
    file = tmp_path / "pod.yaml"
    file.write_text(text_of("before", "plain.yaml"))
    with from_standard_input(file):
        assert migrate("-") == OK
    out, err = capsys.readouterr()
    assert out == text_of("after", "plain.yaml")
    assert "moves: standard input:12: " in err
    assert file.read_text() == text_of("before", "plain.yaml")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"metadata:\n  {{- if .Values.on }}\n  x: vault.hashicorp.com/role\n", "is a Helm template"),
        (b'a:\n  vault.hashicorp.com/role: "{{ .Values.role }}"\n', "is a Helm template"),
        (b'a:\n  vault.hashicorp.com/x: \'{{ "{{" }} with secret "a" }}\'\n', "is a Helm template"),
        (b"vault.hashicorp.com/role: [\n", "is not YAML"),
        (b"vault.hashicorp.com/role: \xff\n", "is not UTF-8"),
        (b"a: 1\na: vault.hashicorp.com\n", "is not YAML"),
    ],
)
def test_not_read(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: bytes, why: str) -> None:
    """What is no YAML, or not yet, is named and not touched; the other files are moved all the same."""
    file, other = tmp_path / "odd.yaml", tmp_path / "pod.yaml"
    file.write_bytes(text)
    other.write_text(pod_text(ASKING))
    assert migrate(file, other) == FAILED
    _, err = capsys.readouterr()
    assert "not read: " in err
    assert why in err
    assert file.read_bytes() == text
    assert "omamori.dev/role" in other.read_text()


def test_odd_input_is_written_as_it_is(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """What was not read of standard input goes to standard output unchanged, so that a pipe loses nothing."""
    file = tmp_path / "odd.yaml"
    file.write_bytes(b"vault.hashicorp.com/role: [\r\n")
    with from_standard_input(file):
        assert migrate("-") == FAILED
    assert capsysbinary.readouterr().out == file.read_bytes()


def test_no_such_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is not there is a wrong call."""
    assert migrate(tmp_path / "none.yaml") == FAILED
    assert "cannot be read" in capsys.readouterr().err


def test_settings_that_the_call_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An address becomes the name of a Vault, and the path of the auth method goes, where the call says so."""
    address = "https://vault.example.com:8200"
    file = tmp_path / "pod.yaml"
    text = pod_text(ASKING | named(service=f"{address}/", auth_path="auth/k8s-eu"))
    file.write_text(text)
    assert migrate(file) == OK
    assert file.read_text() == text
    out = capsys.readouterr().out
    assert f"--vault-address NAME={address}" in out
    assert "--auth-mount k8s-eu" in out

    assert migrate(file, "--vault-address", f"eu={address}", "--auth-mount", "k8s-eu") == OK
    assert '"omamori.dev/vault": "eu"' in file.read_text()
    assert "auth-path" not in file.read_text()


def test_keeping_templates(tmp_path: Path) -> None:
    """A template that is one key stays a template where the call says so."""
    template = '{{ with secret "secret/data/shop/db" }}{{ .Data.data.password }}{{ end }}'
    file = tmp_path / "pod.yaml"
    text = pod_text(ASKING | named(agent_inject_template_db=template))
    file.write_text(text)
    assert migrate(file, "--keep-templates") == OK
    assert "template.omamori.dev/db" in file.read_text()
    file.write_text(text)
    assert migrate(file) == OK
    assert '"file.omamori.dev/db": "secret/data/shop/db#password mode=0644"' in file.read_text()


def test_help_without_an_extra() -> None:
    """The command says what it does without reading anything."""
    assert main(["migrate", "vault-k8s", "--help"]) == OK
