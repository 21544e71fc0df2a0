"""The command line as a whole: help without extras, what each extra brings, names, completion, standard input."""

from __future__ import annotations

import importlib
import inspect
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import click
import pytest
from packaging.requirements import Requirement

from vault.cli.command import VERBOSE, Command, Group
from webhook.cli import OMAMORI, main

PROJECT = Path(__file__).parents[2]
OMAMORI_PROGRAM = Path(sys.executable).with_name("omamori")
ACCESS = "accessVersion: 1\nmounts: {secret: {type: kv}}\nauth: {kubernetes: {type: kubernetes}}\ngrants: []\n"
# imports of anything else that is installed fail
FENCE = """
import sys
allowed = set(sys.argv[1].split(","))
class Fence:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in allowed and top not in sys.stdlib_module_names and not top.startswith("_sysconfigdata"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Fence())
"""


def all_commands(
    group: click.Command = OMAMORI, names: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Command]]:
    """Give each command with its words."""
    assert isinstance(group, Group)
    context = click.Context(group)
    for name in group.list_commands(context):
        member = group.get_command(context, name)
        if isinstance(member, Group):
            yield from all_commands(member, (*names, name))
        elif isinstance(member, Command):
            yield (*names, name), member


COMMANDS = {" ".join(words): command for words, command in all_commands()}


def fenced(script: str, packages: set[str]) -> subprocess.CompletedProcess[str]:
    """Run a script with some packages alone, beside ours and click."""
    allowed = ",".join({"webhook", "vault", "click", *packages})
    command = [sys.executable, "-P", "-c", FENCE + script, allowed]
    environ = {"PYTHONPATH": str(PROJECT), "PATH": os.environ["PATH"]}
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=60)


def packages_of(extra: str) -> set[str]:
    """The packages that come with an extra, and with what it needs."""
    wanted, found = [("omamori", frozenset({extra}))], set[tuple[str, frozenset[str]]]()
    while wanted:
        each = wanted.pop()
        if each in found:
            continue
        found.add(each)
        name, extras = each
        for text in distribution(name).requires or ():
            needed = Requirement(text)
            marker = needed.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras | {""}):
                wanted.append((needed.name, frozenset(needed.extras)))
    names = {re.sub(r"[-_.]+", "-", name).lower() for name, _ in found}
    return {
        package
        for package, owners in packages_distributions().items()
        if any(re.sub(r"[-_.]+", "-", owner).lower() in names for owner in owners)
    }


def test_help_needs_no_extra() -> None:
    """-h and --help of every command and group work with click alone, and say examples and exit codes."""
    words = ["", "policy", "storage", *COMMANDS]
    script = f"""
from webhook.cli import main
for words in {words!r}:
    for flag in ("-h", "--help"):
        assert main([*words.split(), flag]) == 0, words
"""
    ended = fenced(script, set())
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.count("Exit codes:") == 2 * len(COMMANDS)
    assert ended.stdout.count("Examples:") == 2 * (len(COMMANDS) - 2)  # servers have none
    for variable in ("VAULT_ADDR", "VAULT_CLIENT_TIMEOUT", "AWS_DYNAMODB_TABLE", "KUBECONFIG"):
        assert f"env var: {variable}" in re.sub(r"\s+", " ", ended.stdout)


@pytest.mark.parametrize("extra", sorted({command.extra for command in COMMANDS.values() if command.extra}))
def test_an_extra_has_what_its_commands_need(extra: str) -> None:
    """With the packages of its own extra alone, the work of each command can be imported."""
    modules = [command.module for command in COMMANDS.values() if command.extra == extra]
    ended = fenced(f"import {', '.join(modules)}", packages_of(extra))
    assert ended.returncode == 0, ended.stderr


def test_the_extra_of_people() -> None:
    """`cli` has all that a person runs, but the demo."""
    modules = [command.module for name, command in COMMANDS.items() if name not in {"serve", "demo"}]
    ended = fenced(f"import {', '.join(modules)}", packages_of("cli"))
    assert ended.returncode == 0, ended.stderr


def test_a_fence_that_holds() -> None:
    """Of the tests above: without its packages nothing of it can be imported."""
    assert "kubernetes" not in packages_of("vault")
    assert {"hvac", "orjson", "jsonschema"} <= packages_of("vault")
    ended = fenced("import vault.policy.commands.plan", packages_of("storage"))
    assert "No module named 'requests'" in ended.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_what_is_declared_is_what_runs(name: str) -> None:
    """The function of a command takes the values that the command line gives it, by name, and no others."""
    command = COMMANDS[name]
    assert set(inspect.signature(importlib.import_module(command.module).run).parameters) == command.names_for_run
    assert (VERBOSE in command.params) == (name not in {"serve", "controller"})


def test_one_name_for_one_thing() -> None:
    """An option has the same variable wherever it is, or, where several Vaults may be named, none.

    Argo CD's for a namespace is that of lint and explain, which it runs.
    """
    known: dict[str, set[object]] = {}
    for command in COMMANDS.values():
        for param in command.params:
            for option in param.opts:
                variables = param.envvar if isinstance(param.envvar, str) else tuple(param.envvar or ())
                known.setdefault(option, set()).add(variables)
    differing = {option for option, variables in known.items() if len(variables) > 1}
    assert differing == {"--vault-address", "--vault-ca-file", "--timeout", "-n", "--namespace"}
    assert {option.lstrip("-") for option in known if option.startswith("--vault")} == {
        *("vault-address", "vault-ca-file", "vault-namespace", "vault-token-file", "vault-name"),
        *("vault-ca-directory", "vault-client-certificate", "vault-client-key", "vault-tls-server-name"),
        *("vault-skip-verify", "vault-pod-environment"),
    }


def test_page() -> None:
    """docs/commands.md is what docs/generate_commands.py makes of the command line."""
    command = [sys.executable, str(PROJECT / "docs/generate_commands.py"), "--check"]
    assert subprocess.run(command, check=False).returncode == 0


@pytest.mark.parametrize(("shell", "words"), [("bash", "complete -o nosort"), ("zsh", "compdef"), ("fish", "complete")])
def test_completion(shell: str, words: str) -> None:
    """A script for each shell; what it asks for is answered: commands, options, words of an option, files."""
    printed = subprocess.run([OMAMORI_PROGRAM, "completion", shell], capture_output=True, text=True, check=True)
    assert words in printed.stdout

    def completed(*line: str) -> str:
        environ = {
            "_OMAMORI_COMPLETE": f"{shell}_complete",
            "COMP_WORDS": " ".join(line),
            "COMP_CWORD": str(len(line) - 1) if shell != "fish" else line[-1],
        }
        return subprocess.run([OMAMORI_PROGRAM], env=environ, capture_output=True, text=True, check=True).stdout

    assert "drift" in completed("omamori", "policy", "dr")
    assert "--vault-address" in completed("omamori", "policy", "plan", "--vault-a")
    assert "json" in completed("omamori", "policy", "plan", "-o", "js")
    assert "file" in completed("omamori", "policy", "plan", "-f", "acc")


def test_completion_in_bash() -> None:
    """What bash makes of the script: a word that is begun has its ends."""
    script = (
        'eval "$(omamori completion bash)"; COMP_WORDS=(omamori policy dr); COMP_CWORD=2; '
        '_omamori_completion omamori; echo "${COMPREPLY[@]}"'
    )
    environ = {"PATH": f"{OMAMORI_PROGRAM.parent}:{os.environ['PATH']}"}
    ended = subprocess.run(["bash", "-c", script], env=environ, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (0, "drift\n"), ended.stderr


def test_completion_of_another_shell(capsys: pytest.CaptureFixture[str]) -> None:
    """What is no shell that is known is refused, with those that are."""
    assert main(["completion", "tcsh"]) == 1
    assert capsys.readouterr().err == "omamori completion: SHELL is 'tcsh'; write one of bash, zsh, fish\n"


def test_standard_input(tmp_path: Path) -> None:
    """`-` is standard input for any file: of a pipe, and of a socket, as Node.js gives it."""
    command = [str(OMAMORI_PROGRAM), "policy", "render", "-f", "-"]
    piped = subprocess.run(command, input=ACCESS.encode(), capture_output=True, check=False)
    assert piped.returncode == 0, piped.stderr
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process = subprocess.Popen(command, stdin=theirs.fileno(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        theirs.close()
        ours.sendall(ACCESS.encode())
        ours.shutdown(socket.SHUT_WR)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (0, piped.stdout), err
    wrong = subprocess.run(command, input=b"x: 1\n", capture_output=True, check=False)
    assert wrong.stderr.startswith(b"omamori policy render: /dev/stdin:1:1: ")
    file = tmp_path / "access.yaml"
    file.write_text(ACCESS)
    tests = subprocess.run(
        [str(OMAMORI_PROGRAM), "policy", "test", "-f", str(file), "-"],
        input=b"accessTestVersion: 1\ntests: [{serviceAccount: a/b, cannot: {secret/data/x: read}}]\n",
        capture_output=True,
        check=False,
    )
    assert (tests.returncode, tests.stdout) == (0, b"1 of 1 hold\n"), tests.stderr


def test_standard_input_is_read_once(capsys: pytest.CaptureFixture[str]) -> None:
    """Two files of a call cannot both be standard input."""
    assert main(["policy", "test", "-f", "-", "-"]) == 1
    told = capsys.readouterr().err
    assert told == ("omamori policy test: TESTS is -, but another option already reads standard input\n")


def test_mistakes_come_together(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """All that is wrong with a call, each by its option, or by the variable that its value is from."""
    monkeypatch.setenv("VAULT_ADDR", "nowhere")
    monkeypatch.setenv("VAULT_CLIENT_TIMEOUT", "soon")
    assert main(["policy", "apply", "--prune-at-most", "-1", "--lock-wait", "nan", "--proxy", "x"]) == 1
    assert [line.removeprefix("omamori policy apply: ") for line in capsys.readouterr().err.splitlines()] == [
        "--prune-at-most is -1; write a whole number from 0",
        "--lock-wait is nan; write a number from 0",
        "--proxy does not begin with https:// or http://; write https://HOST:PORT",
        "--file is missing",
        "VAULT_ADDR 'nowhere' does not begin with https:// or http://; write https://HOST:PORT",
        "VAULT_CLIENT_TIMEOUT is 'soon', which is not a duration; write seconds, or 30s or 2m",
    ]


def test_unknown_words(capsys: pytest.CaptureFixture[str]) -> None:
    """What is no command is refused, escaped, with those that there are."""
    assert main(["policy", "pl\x1b[2Kan"]) == 1
    assert capsys.readouterr().err == (
        "omamori policy: there is no command 'pl\\x1b[2Kan'; there are: plan, apply, drift, import, render, "
        "explain, test, suggest; see omamori policy --help\n"
    )
