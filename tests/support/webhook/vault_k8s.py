"""Pods with the annotations of vault-k8s, and what the program in the Pod makes of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonpatch

from tests.support.vault.program import Finished, run_program
from tests.support.vault.server import VaultServer
from tests.support.webhook.builders import decided, pod, settings
from vault.contract.plan import Configuration, Plan
from vault.contract.wire import from_environment
from webhook.admission.decision import Decision, Denied, Patched
from webhook.config.settings import Settings

DOMAIN = "vault.hashicorp.com"
ROLE = {f"{DOMAIN}/role": "shop"}
Json = dict[str, Any]


def theirs(**more: Any) -> Settings:
    """Settings with the dialect turned on."""
    return settings(DIALECT_VAULTK8S="true", **more)


def named(**annotations: str) -> dict[str, str]:
    """Annotations by what stands behind their domain, '_' in place of '-'."""
    return {f"{DOMAIN}/{name.replace('_', '-')}": text for name, text in annotations.items()}


def asking(annotations: dict[str, str] | None = None, **spec: Any) -> Json:
    """A Pod that asks vault-k8s for one secret by an init container, with more or other annotations."""
    usual = named(agent_inject="true", role="shop", agent_inject_secret_db="secret/data/shop/db")
    return pod({**usual, **(annotations or {})}, **spec)


def refusals(raw: Json, **request: Any) -> list[str]:
    """Give what is wrong with a Pod, a line each."""
    decision = decided(raw, theirs(), **request)
    assert isinstance(decision, Denied), decision
    return [str(each) for each in decision.problems]


def admitted(raw: Json, using: Settings | None = None) -> tuple[Json, tuple[str, ...]]:
    """Give the Pod after the webhook, and the warnings. A second call changes nothing."""
    decision = decided(raw, using or theirs())
    assert isinstance(decision, Patched), decision
    new: Json = jsonpatch.apply_patch(raw, json.loads(json.dumps(decision.operations)))
    again: Decision = decided(new, using or theirs())
    assert not isinstance(again, Patched | Denied), again
    return new, decision.warnings


def our_container(new: Json) -> Json:
    """Give our container of an injected Pod."""
    found: Json = next(each for each in new["spec"]["initContainers"] if each["name"].startswith("omamori-"))
    return found


def plan_in(new: Json) -> Plan:
    """Give the Plan of an injected Pod."""
    return from_environment({each["name"]: each["value"] for each in our_container(new)["env"] if "value" in each})


def mounted(new: Json, container: str) -> dict[str, str]:
    """Give where a container has volumes of ours, by the place."""
    spec = new["spec"]
    each = next(each for each in (*spec["initContainers"], *spec["containers"]) if each["name"] == container)
    mounts = each.get("volumeMounts", [])
    return {mount["mountPath"]: mount["name"] for mount in mounts if mount["name"].startswith("omamori-files-")}


@dataclass(frozen=True, slots=True)
class Ran:
    """How the program ended, and the volumes that it wrote to, by name."""

    finished: Finished
    volumes: dict[str, Path]

    def files(self, mounts: dict[str, str]) -> dict[str, tuple[str, str]]:
        """Give content and mode of each file that a container sees, by its path there."""
        found: dict[str, tuple[str, str]] = {}
        for place, name in mounts.items():
            shown = self.volumes[name]
            for each in sorted(shown.iterdir()):
                if each.name.startswith(".."):
                    continue
                for file in (each, *each.rglob("*")) if each.is_dir() else (each,):
                    if file.is_file():
                        mode = f"{file.stat().st_mode & 0o7777:04o}"
                        found[f"{place}/{file.relative_to(shown)}"] = (file.read_text(), mode)
        return found


def run_plan(plan: Plan, server: VaultServer, folder: Path, config_map: Mapping[str, str] | None = None) -> Ran:
    """Run the program with a Plan: its directories in a folder, the token and the CA of the tests' server.

    `config_map` is what the ConfigMap of an agent configuration has.
    """
    token = folder / "account" / "token"  # in a folder of its own, which templates may not read
    token.parent.mkdir()
    token.write_text(server.jwt())
    directories = [each.directory for each in plan.templates] + [each.directory for each in plan.outputs]
    directories += [directory for rules in plan.configurations for _, directory in rules.volumes]
    volumes = {Path(each).name: folder / Path(each).name for each in directories}
    for each in volumes.values():
        each.mkdir()
    (session,) = plan.sessions
    templates = tuple(each.replace(directory=str(volumes[Path(each.directory).name])) for each in plan.templates)
    outputs = tuple(each.replace(directory=str(volumes[Path(each.directory).name])) for each in plan.outputs)
    session = session.replace(token_file=str(token), ca_file="", ca_pem=server.ca_pem)
    here = plan.replace(
        sessions=(session,),
        templates=templates,
        outputs=outputs,
        configurations=tuple(_mounted(each, volumes, folder, config_map or {}) for each in plan.configurations),
        deadline_seconds=20,
    )
    return Ran(run_program(here), volumes)


def _mounted(
    rules: Configuration, volumes: Mapping[str, Path], folder: Path, config_map: Mapping[str, str]
) -> Configuration:
    """Put a ConfigMap into a folder, and its place into the Plan."""
    mount = folder / "configs"
    mount.mkdir()
    for name, text in config_map.items():
        (mount / name).write_text(text)
    return rules.replace(
        files=tuple(str(mount / Path(each).name) for each in rules.files),
        volumes=tuple((place, str(volumes[Path(each).name])) for place, each in rules.volumes),
        sources=tuple((place, str(mount)) for place, each in rules.sources if each == "/vault/configs"),
    )
