"""The recipes of docs/cookbook.md as values, and their files as the webhook and the agent make them.

A recipe is a section with a block of annotations (`yaml`). Its commands (`sh`) fill Vault, where `…` is a secret value;
its `text` block is what one of the files then has, with `…` for what a secret has become. A second `yaml` block is of
the Pod's spec.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.support.vault.program import run_program
from tests.support.vault.server import VaultServer
from tests.support.webhook.builders import patched, plan_of, pod
from vault.contract.plan import Output, Plan, Template

COOKBOOK = Path(__file__).parents[2] / "docs/cookbook.md"
ROLE = "cookbook"
SECRET = "…"

_SECTION = re.compile(r"^## (.+)\n", re.MULTILINE)
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEREDOC = re.compile(r"^(vault kv put \S+) - <<'JSON'\n(.*?)\nJSON$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Recipe:
    """One section: the secrets that its commands write, by their path, its annotations, and the text that it shows.

    `spec` are fields of the Pod's spec.
    """

    title: str
    secrets: Mapping[str, Mapping[str, Any]]
    annotations: Mapping[str, str]
    spec: Mapping[str, Any]
    shown: str | None


def read_recipes() -> dict[str, Recipe]:
    """Read all of them, by their titles."""
    _, *parts = _SECTION.split(COOKBOOK.read_text())
    return {title: _recipe(title, text) for title, text in zip(parts[::2], parts[1::2], strict=True)}


def _recipe(title: str, text: str) -> Recipe:
    blocks = _BLOCK.findall(text)
    named = dict(blocks)
    annotations, *spec = (YAML(typ="safe").load(block) for kind, block in blocks if kind == "yaml")
    return Recipe(title, dict(_secrets(named.get("sh", ""))), annotations, spec[0] if spec else {}, named.get("text"))


def _secrets(commands: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for command, document in _HEREDOC.findall(commands):
        yield command.split()[-1], json.loads(document)
    for line in _HEREDOC.sub("", commands).splitlines():
        if line:
            *command, path = (words := shlex.split(line))[:4]
            assert command == ["vault", "kv", "put"], line
            yield path, dict(word.split("=", 1) for word in words[4:])


@dataclass(frozen=True, slots=True)
class Delivered:
    """The files of a recipe: where they are here, by their path in the container; `plan` is what was run."""

    files: Mapping[str, Path]
    plan: Plan

    def text(self, path: str) -> str:
        """Give what a file has."""
        return self.files[path].read_text()


def write_secrets(recipe: Recipe, server: VaultServer, values: Mapping[str, str], usual: str) -> None:
    """Fill Vault as the commands do; a secret value is that of its key, else the usual one."""

    def filled(key: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: filled(name, each) for name, each in value.items()}
        if isinstance(value, list):
            return [filled(key, each) for each in value]
        return values.get(key, usual) if value == SECRET else value

    for path, secret in recipe.secrets.items():
        mount, _, name = path.partition("/")
        server.client.write(f"{mount}/data/{name}", {"data": filled("", secret)})


def prepare(recipe: Recipe, server: VaultServer, folder: Path) -> Delivered:
    """Give the Plan that the webhook makes of a Pod with the annotations, for this server and this machine."""
    raw = pod(recipe.annotations, securityContext={"runAsUser": 10001}, shareProcessNamespace=True)
    plan = plan_of(raw)
    assert len(plan.sessions) == 1
    placed: tuple[Output | Template, ...] = (*plan.outputs, *plan.templates)
    directories = {each.directory: folder / each.directory.rpartition("/")[2] for each in placed}
    for directory in directories.values():
        directory.mkdir()
    (app,) = patched(raw)["spec"]["containers"]
    places = {mount["name"]: mount["mountPath"] for mount in app["volumeMounts"]}
    files = {
        f"{places[each.directory.rpartition('/')[2]]}/{each.name}": directories[each.directory] / each.name
        for each in placed
    }
    here = plan.replace(
        sessions=(server.session(role=ROLE),),
        outputs=tuple(each.replace(directory=str(directories[each.directory])) for each in plan.outputs),
        templates=tuple(each.replace(directory=str(directories[each.directory])) for each in plan.templates),
        state_directory=str(folder) if plan.state_directory else "",
    )
    return Delivered(files, here)


def deliver(
    recipe: Recipe, server: VaultServer, folder: Path, values: Mapping[str, str] | None = None, usual: str = "plain"
) -> Delivered:
    """Write the secrets, run the agent, and check that a file is as the recipe shows it.

    Of `values` that of an annotation takes the place of `…` there.
    """
    write_secrets(recipe, server, values or {}, usual)
    filled = {name: text.replace(SECRET, (values or {}).get(name, "")) for name, text in recipe.annotations.items()}
    recipe = replace(recipe, annotations=filled)
    delivered = prepare(recipe, server, folder)
    finished = run_program(delivered.plan)
    assert finished.code == 0, finished.stderr
    if recipe.shown is not None:
        pattern = re.escape(recipe.shown.removesuffix("\n")).replace(SECRET, ".+")
        assert any(
            re.fullmatch(f"{pattern}\n*", file.read_text(errors="replace"), re.DOTALL)
            for file in delivered.files.values()
        ), f"no file of {recipe.title!r} is as shown"
    return delivered
