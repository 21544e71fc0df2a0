"""Pods, reviews and settings for the tests, as small as they can be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import jsonpatch
import pytest

from vault.contract.plan import Plan
from vault.contract.wire import from_environment
from webhook.admission.decision import Decision, Denied, Patched, Unchanged, decide
from webhook.admission.pod.names import ENV_FILES_LABEL
from webhook.admission.pod.ownership import is_our_part, without_launcher
from webhook.admission.review import parse_review
from webhook.config.environ import SettingsInvalid
from webhook.config.settings import Settings, from_environ

ENVIRONMENT = {
    "OMAMORI_VAULTS": "main",
    "OMAMORI_VAULT_MAIN_ADDRESS": "https://vault.example.com:8200",
    "OMAMORI_AGENT_IMAGE": "registry.example.com/agent:1",
    "OMAMORI_TLS_CERTIFICATE_FILE": "/tls/tls.crt",
    "OMAMORI_TLS_KEY_FILE": "/tls/tls.key",
}


def settings(**variables: str) -> Settings:
    """Settings from the smallest environment and some more variables, their prefix left out."""
    more = {f"OMAMORI_{name}": value for name, value in variables.items()}
    return from_environ({**ENVIRONMENT, **more})[0]


def pod(annotations: Mapping[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    """A Pod as the API server sends it, with one container unless `containers` says otherwise."""
    metadata: dict[str, Any] = {"generateName": "app-"}
    if annotations is not None:
        metadata["annotations"] = dict(annotations)
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": {"containers": [{"name": "app", "image": "app:1"}], "serviceAccountName": "checkout", **spec},
    }


def asking(**spec: Any) -> dict[str, Any]:
    """A Pod that asks for one file."""
    return pod({"file.omamori.dev/db": "secret/data/shop/db#password"}, **spec)


def review(raw_pod: Any, **request: Any) -> bytes:
    """The AdmissionReview of a Pod's creation."""
    document = {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
            "kind": {"group": "", "version": "v1", "kind": "Pod"},
            "resource": {"group": "", "version": "v1", "resource": "pods"},
            "operation": "CREATE",
            "namespace": "shop",
            "object": raw_pod,
            **request,
        },
    }
    return json.dumps(document).encode()


def decided(raw_pod: Any, using: Settings | None = None, **request: Any) -> Decision:
    """Decide on a Pod's creation."""
    return decide(parse_review(review(raw_pod, **request)), using or settings())


def patched(raw: dict[str, Any], **variables: str) -> dict[str, Any]:
    """Give the Pod after the webhook, whose second call changes nothing."""
    using = settings(**variables)
    decision = decided(raw, using)
    assert isinstance(decision, Patched), decision
    new: dict[str, Any] = jsonpatch.apply_patch(raw, json.loads(json.dumps(decision.operations)))
    assert isinstance(decided(new, using), Unchanged)
    return new


def spec_of(raw: dict[str, Any], **variables: str) -> dict[str, Any]:
    """Give what is added to the spec, by the path of each operation."""
    decision = decided(raw, settings(**variables))
    assert isinstance(decision, Patched), decision
    return {operation["path"]: operation["value"] for operation in decision.operations}


def ours(raw: dict[str, Any], **variables: str) -> dict[str, Any]:
    """Give our container."""
    found: dict[str, Any] = next(
        each
        for value in spec_of(raw, **variables).values()
        for each in (value if isinstance(value, list) else [value])
        if isinstance(each, dict) and each.get("name") in {"omamori-init", "omamori-sidecar"}
    )
    return found


def plan_of(raw: dict[str, Any], **variables: str) -> Plan:
    """Give the Plan, as the program in the Pod reads it."""
    return from_environment({each["name"]: each["value"] for each in ours(raw, **variables)["env"]})


def reasons(raw: dict[str, Any], using: dict[str, str] | None = None, **request: Any) -> list[str]:
    """Give the reasons why a Pod is refused."""
    decision = decided(raw, settings(**(using or {})), **request)
    assert isinstance(decision, Denied), decision
    return [problem.reason for problem in decision.problems]


def secured(user: int | None, group: int | None = None) -> dict[str, Any]:
    """A security context."""
    named = {"runAsUser": user, "runAsGroup": group}
    return {name: value for name, value in named.items() if value is not None}


def without_ours(value: Any) -> Any:
    """Give a Pod with every part of ours taken out again, and lists and objects that are then empty left out."""
    if isinstance(value, dict):
        kept = {name: without_ours(each) for name, each in value.items() if name != ENV_FILES_LABEL}
        if "command" in kept:
            kept["command"] = without_launcher(kept["command"])
        return {name: each for name, each in kept.items() if each not in ({}, [], None)}
    if isinstance(value, list):
        return [without_ours(each) for each in value if not is_our_part(each)]
    return value


def mistakes(**variables: str) -> tuple[str, ...]:
    """Give the mistakes of an environment with these variables, their prefix left out."""
    with pytest.raises(SettingsInvalid) as caught:
        from_environ({**ENVIRONMENT, **{f"OMAMORI_{name}": value for name, value in variables.items()}})
    return caught.value.mistakes
