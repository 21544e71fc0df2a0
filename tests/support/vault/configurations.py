"""Agent configurations for tests: a Plan that waits for one, and what is made of files."""

from __future__ import annotations

import json
from typing import Any

import pytest

from vault.agent.configuration.configured import configure
from vault.contract.errors import ConfigurationInvalid
from vault.contract.plan import Configuration, Plan, Session
from vault.contract.wire import from_json, to_json

VOLUMES = (("/vault/secrets", "/omamori/omamori-files-0"), ("/srv/x", "/omamori/omamori-files-1"))
SOURCES = (("/vault/configs", "/vault/configs"), ("/etc/t", "/omamori/templates/t"))
SESSION = Session(vault="main", address="https://vault.example.com:8200", role="", token_file="/token", namespace="ns")
RULES = Configuration(
    files=("/vault/configs/config.hcl", "/vault/configs/config-init.hcl"),
    volumes=VOLUMES,
    sources=SOURCES,
    app_role_directory="/vault/custom",
    annotation="vault.hashicorp.com/agent-configmap",
)
PLAN = Plan(
    sessions=(SESSION,),
    reads=(),
    configurations=(RULES,),
    mode="sidecar",
    state_directory="/state",
    refresh_seconds=300,
)
LOGIN = 'auto_auth { method "kubernetes" { config = { role = "shop" } } }\n'
TEMPLATE = 'template { contents = "{{ 1 }}" destination = "/vault/secrets/a" }\n'


def usual() -> dict[str, Any]:
    """Give a configuration with one of everything, as JSON writes it."""
    method = {"type": "kubernetes", "config": {"role": "shop"}}
    sink = {"type": "file", "config": {"path": "/vault/secrets/token"}}
    template = {"contents": "{{ 1 }}", "destination": "/vault/secrets/a"}
    return {"auto_auth": {"method": method, "sink": [sink]}, "template": [template]}


def changed(name: str, value: Any, document: dict[str, Any] | None = None) -> dict[str, Any]:
    """Give a configuration with an option set, by its name in the table; None takes it away."""
    found = usual() if document is None else document
    at: Any = found
    *blocks, last = name.split(".")
    for each in blocks:
        at = at.setdefault(each, {})
        at = at[0] if isinstance(at, list) else at
    if value is None:
        at.pop(last, None)
    else:
        at[last] = value
    return found


def configured(text: str | dict[str, Any], plan: Plan = PLAN, **more: str) -> tuple[Plan, tuple[str, ...]]:
    """Give the Plan that config.hcl makes, with other files by their names (`_` for `-`), and the warnings."""
    found = configure(plan, _files(text, more))
    return found.plan, found.warnings


def problems(text: str | dict[str, Any], plan: Plan = PLAN, **more: str) -> list[str]:
    """Give what is wrong with files."""
    with pytest.raises(ConfigurationInvalid) as failed:
        configure(plan, _files(text, more))
    return list(failed.value.problems)


def judge(octets: bytes) -> None:
    """Any bytes, alone and beside a login, make a Plan that keeps to its rules, or are refused with a line."""
    directories = {directory for _, directory in VOLUMES}
    for text in (octets, LOGIN.encode() + octets):
        try:
            plan = configure(PLAN, [("config.hcl", text)]).plan
        except ConfigurationInvalid as refused:
            assert all(each.startswith("config.hcl line ") for each in refused.problems)
        else:
            assert from_json(to_json(plan)) == plan
            assert {each.directory for each in plan.templates} <= directories
            assert {each.directory for each in plan.outputs} <= directories
            assert {each.address for each in plan.sessions} == {SESSION.address}


def _files(text: str | dict[str, Any], more: dict[str, str]) -> list[tuple[str, bytes]]:
    first = text if isinstance(text, str) else json.dumps(text, indent=1)
    others = [(f"{name.replace('_', '-')}.hcl", each.encode()) for name, each in more.items()]
    return [("config.hcl", first.encode()), *others]
