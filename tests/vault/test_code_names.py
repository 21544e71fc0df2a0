"""A whole secret does not choose variables that run code; the Pod's author does."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.vault.program import one_file, run_program
from tests.support.vault.server import VaultServer
from vault.agent.render.code_names import TABLE, reason_against
from vault.agent.render.files import render_files
from vault.contract.errors import NotRepresentable
from vault.contract.plan import Output

NAMES = [name for _, names in TABLE for name in names.split()]
EXAMPLES = [name.replace("*", "X1") for name in NAMES]
OTHERS = (
    *("PASSWORD", "DB_HOST", "GIT_TOKEN", "GIT_USERNAME", "NODE_ENV", "JAVA_HOME", "PGPASSWORD", "PATHS", "MY_PATH"),
    *("ENVIRONMENT", "LDAP_PASSWORD", "PERL", "RUBY_TOKEN", "env", "path", "PS", "IFSX", "_", "AWS_SECRET_ACCESS_KEY"),
    *("HOMEPAGE", "SHELL_TOKEN", "EDITOR_KEY", "LUA", "R_TOKEN", "NPM_TOKEN", "BUNDLER_KEY", "GOPATH", "SSH_KEY"),
)
KNOWN = (
    *(
        "BASH_ENV",
        "ENV",
        "PS4",
        "PROMPT_COMMAND",
        "IFS",
        "PATH",
        "LD_PRELOAD",
        "LD_AUDIT",
        "NODE_OPTIONS",
        "PYTHONPATH",
    ),
    *(
        "PYTHONSTARTUP",
        "PERL5OPT",
        "RUBYOPT",
        "JAVA_TOOL_OPTIONS",
        "GIT_SSH",
        "GIT_SSH_COMMAND",
        "SHELLOPTS",
        "BASHOPTS",
    ),
    *("BASH_FUNC_ls", "GIT_CONFIG_COUNT", "LUA_INIT_5_4", "npm_config_script_shell", "DYLD_INSERT_LIBRARIES"),
)


def _output(kind: str, key: str | None = None) -> Output:
    return Output(directory="/d", name="f", mode="0444", format=kind, key=key, annotation="file.omamori.dev/f")


@pytest.mark.parametrize("kind", ["env", "dotenv"])
@pytest.mark.parametrize("name", [*EXAMPLES, *KNOWN])
def test_a_name_that_runs_code_is_refused_in_a_whole_secret(kind: str, name: str) -> None:
    """By its name, with the reason and the way that is the author's own; the value is not shown."""
    with pytest.raises(NotRepresentable) as refused:
        render_files(_output(kind), {"A": "b", name: "canary-value"})

    assert repr(name) in refused.value.message
    assert reason_against(name) in refused.value.message
    assert "#KEY" in refused.value.hint
    assert "canary" not in refused.value.message + refused.value.hint


@pytest.mark.parametrize("kind", ["env", "dotenv"])
@pytest.mark.parametrize("name", EXAMPLES)
def test_the_author_may_ask_for_it(kind: str, name: str) -> None:
    """A key that the reference names is his choice; other formats have no names of variables."""
    (file,) = render_files(_output(kind, name), {name: "x"})
    assert file.contents.reveal() == f"{name}='x'\n".encode()
    for other in ("json", "yaml", "properties", "map"):
        assert render_files(_output(other), {name: "x"})


@pytest.mark.parametrize("name", OTHERS)
def test_other_names_stay(name: str) -> None:
    """A name that looks like one of them is not one."""
    assert reason_against(name) == ""
    for kind in ("env", "dotenv"):
        assert render_files(_output(kind), {name: "x"})


def test_the_table_gives_each_name_once_with_a_source() -> None:
    """Each row says what the name does."""
    assert len(NAMES) == len(set(NAMES)) > 90
    assert all(len(reason) > 20 for reason, _ in TABLE)


def test_it_is_the_program_that_refuses(vault_server: VaultServer, tmp_path: Path) -> None:
    """Exit 15, nothing written, and the application is not started by what the secret holds."""
    vault_server.client.write("secret/data/shop/code", {"data": {"PS4": "$(touch pwned)", "A": "b"}})
    (tmp_path / "volume").mkdir()
    plan = one_file(vault_server.session(), tmp_path / "volume", "secret/data/shop/code", format="env")

    finished = run_program(plan)

    assert (finished.code, finished.last["reason"]) == (15, "not-representable")
    assert list((tmp_path / "volume").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "script"),
    [
        ("PS4", "set -x; . ./file; true"),
        ("PROMPT_COMMAND", "set -a; . ./file; exec bash --norc -i </dev/null"),
        ("BASH_ENV", "set -a; . ./file; exec bash -c true"),
    ],
)
def test_a_shell_runs_what_such_a_name_holds(tmp_path: Path, name: str, script: str) -> None:
    """The reason for the table, shown with a real shell: a value becomes a command."""
    (tmp_path / "other").write_text("touch pwned\n")
    value = "$PWD/other" if name == "BASH_ENV" else "$(touch pwned)" if name == "PS4" else "touch pwned"
    (tmp_path / "file").write_text(f"{name}='{value}'\n" if name != "BASH_ENV" else f"{name}={tmp_path}/other\n")

    subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, check=False, timeout=20)

    assert (tmp_path / "pwned").exists()
