"""The program with an agent configuration, against a real server: its files, its log, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.canary import Canary
from tests.support.vault.program import Finished, run_program
from tests.support.vault.server import VaultServer
from tests.support.vault.sidecar import sidecar, sidecar_plan
from vault.contract.plan import Configuration, Plan

CANARY = Canary.plain()
PATH = "secret/data/shop/configured"
LOGIN = 'auto_auth { method "jwt" { config = { role = "shop.service" } } }\n'
READ = f'contents = "{{{{ with secret \\"{PATH}\\" }}}}{{{{ .Data.data.it }}}}{{{{ end }}}}"'
ANNOTATION = "vault.hashicorp.com/agent-configmap"


@pytest.fixture
def plan(vault_server: VaultServer, directory: Path, tmp_path: Path) -> Plan:
    """A Plan whose two files are in a folder, where nothing is yet."""
    vault_server.client.write(PATH, {"data": {"it": CANARY.value}})
    names = ("config.hcl", "config-init.hcl")
    rules = Configuration(
        files=tuple(str(tmp_path / name) for name in names),
        volumes=(("/vault/secrets", str(directory)),),
        sources=(("/vault/configs", str(tmp_path)),),
        annotation=ANNOTATION,
    )
    session = vault_server.session(role="").replace(auth_mount="nowhere")
    return Plan(sessions=(session,), reads=(), configurations=(rules,), deadline_seconds=20)


def _run(plan: Plan, text: str | bytes, name: str = "config.hcl", more: str = "") -> Finished:
    folder = Path(plan.configurations[0].files[0]).parent
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    if more:
        (folder / "config-init.hcl").write_text(more)
    return run_program(plan)


def _lines(finished: Finished) -> list[dict[str, Any]]:
    return [json.loads(line) for line in finished.stderr.splitlines()]


def _template(name: str, source: str = READ) -> str:
    return f'template {{\n {source}\n destination = "/vault/secrets/{name}"\n perms = 0600\n}}\n'


def test_files(plan: Plan, directory: Path) -> None:
    """Templates by text and by file, in the order of the volumes; the login is the file's."""
    folder = Path(plan.configurations[0].files[0]).parent
    (folder / "b.tmpl").write_text(f'<% file "{folder}/note" %>')
    (folder / "note").write_text("a note")
    delimited = 'source = "/vault/configs/b.tmpl"\n left_delimiter = "<%"\n right_delimiter = "%>"'
    finished = _run(plan, LOGIN + _template("a") + _template("d/b", delimited))
    assert finished.code == 0, finished.stderr
    assert (directory / "a").read_text() == CANARY.value
    assert (directory / "d/b").read_text() == "a note"
    assert (directory / "a").stat().st_mode & 0o777 == 0o600
    assert CANARY.value.encode() not in finished.stderr


def test_a_token(plan: Plan, directory: Path, vault_server: VaultServer) -> None:
    """A sink in a volume gets a token that Vault accepts, and that outlives the program."""
    sink = 'sink "file" { config = { path = "/vault/secrets/token" } }'
    finished = _run(plan, LOGIN.replace("} } }\n", f"}} }} {sink} }}\n"))
    assert finished.code == 0, finished.stderr
    token = (directory / "token").read_text()
    assert vault_server.call("POST", "auth/token/lookup", {"token": token}).json()["data"]["id"] == token
    assert token.encode() not in finished.stderr


def test_warnings_are_logged_first(plan: Plan) -> None:
    """What is otherwise than it is written is a line each, before Vault is asked."""
    finished = _run(plan, LOGIN + 'pid_file = "/x"\n' + _template("a"))
    first, *_ = _lines(finished)
    assert first["level"] == "warning"
    assert first["message"].startswith("config.hcl line 2: pid_file: ")
    assert first["annotation"] == ANNOTATION


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"a = ;", "config.hcl line 1: column 5: there is a character that means nothing here"),
        (b"\xff", "config.hcl line 1: column 1: it is not UTF-8"),
        (b"#" * (1024 * 1024 + 1), "config.hcl line 1: column 1: the file has more than 1024 KiB"),
        (b'{"template": [}', "config.hcl line 1: column 15: this is no JSON"),
        ((LOGIN + _template("a").replace("/vault/secrets", "/etc")).encode(), "template.destination: is '/etc/a'"),
    ],
)
def test_refused(plan: Plan, directory: Path, text: bytes, words: str) -> None:
    """A file that cannot be taken ends the program before Vault is asked, in a line of its own with file and line."""
    deaf = plan.replace(sessions=(plan.sessions[0].replace(address="https://127.0.0.1:1"),))
    finished = _run(deaf, text)
    assert (finished.code, finished.last["reason"]) == (2, "configuration-invalid")
    assert words in finished.last["message"]
    assert finished.last["annotation"] == ANNOTATION
    assert finished.last["hint"]
    assert list(directory.iterdir()) == []


def test_every_problem_is_in_the_log(plan: Plan) -> None:
    """The last line has the first problem and the number of the others, which are lines before it."""
    finished = _run(plan, LOGIN + "a = 1\nb = 2\n" + _template("a"))
    first, second, last = _lines(finished)
    assert ("line 2: a:" in first["message"], "line 3: b:" in second["message"]) == (True, True)
    assert "line 2: a:" in last["message"]
    assert "(and 1 more, each in the log)" in last["message"]


def test_which_file(plan: Plan, directory: Path) -> None:
    """Both files count, the first one first; the second alone is taken with a warning; without both is none."""
    assert run_program(plan).last["message"].endswith("the ConfigMap has no key config.hcl or config-init.hcl")
    finished = _run(
        plan, LOGIN + _template("a", 'contents = "init"') + _template("b", 'contents = "init"'), "config-init.hcl"
    )
    assert finished.code == 0, finished.stderr
    assert "the ConfigMap has no key config.hcl; config-init.hcl is taken" in _lines(finished)[0]["message"]
    finished = _run(plan, LOGIN + _template("a", 'contents = "stays"'))
    assert finished.code == 0, finished.stderr
    assert [(directory / name).read_text() for name in ("a", "b")] == ["stays", "init"]


def test_a_folder_in_the_place_of_a_file(plan: Plan) -> None:
    """What cannot be read is said as it is."""
    Path(plan.configurations[0].files[0]).mkdir()
    finished = run_program(plan)
    assert (finished.code, finished.last["reason"]) == (2, "configuration-invalid")
    assert "config.hcl cannot be read: Is a directory" in finished.last["message"]


@pytest.mark.parametrize("place", ["/proc/self/environ", "token"])
def test_a_template_never_reads_what_is_ours(plan: Plan, place: str) -> None:
    """By `file` as by a link in the place of a source, the token and the Plan stay ours."""
    own = plan.sessions[0].token_file if place == "token" else place
    finished = _run(plan, LOGIN + _template("a", f'contents = "{{{{ file \\"{own}\\" }}}}"'))
    assert (finished.code, finished.last["reason"]) == (15, "template-failed")
    assert "not read" in finished.last["message"]
    (Path(plan.configurations[0].files[0]).parent / "link").symlink_to(own)
    finished = _run(plan, LOGIN + _template("a", 'source = "/vault/configs/link"'))
    assert (finished.code, finished.last["reason"]) == (15, "template-failed")
    assert "(config.hcl line 2)" in finished.last["annotation"]


def test_a_sidecar(vault_server: VaultServer, plan: Plan, directory: Path) -> None:
    """In a sidecar what the file reads is kept fresh, at the file's own interval."""
    folder = Path(plan.configurations[0].files[0]).parent
    interval = 'template_config { static_secret_render_interval = "1s" }\n'
    (folder / "config.hcl").write_text(LOGIN + interval + _template("a"))
    kept = sidecar_plan(plan.sessions[0], directory).replace(configurations=plan.configurations, refresh_seconds=600)
    with sidecar(kept) as running:
        assert running.read("a") == CANARY.value.encode()
        assert [each["role"] for each in running.status()["logins"]] == ["shop.service"]
        vault_server.client.write(PATH, {"data": {"it": "another"}})
        running.wait(lambda: running.read("a") == b"another", "the new version is there")
        running.stop()
