"""A JSON Patch of our container in a Pod of vault-k8s: what can be had becomes a value, the rest is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.webhook.strategies import json_values
from tests.support.webhook.vault_k8s import DOMAIN, admitted, asking, named, our_container, refusals, theirs
from webhook.admission.annotations.vault_k8s.container_patch import NO_PATCH, parse_patch

ONLY_INIT = named(agent_pre_populate_only="true")


def patched(*operations: dict[str, Any], row: str = "agent_json_patch", **more: str) -> dict[str, str]:
    """Annotations with a patch."""
    return named(**{row: json.dumps(operations)}, **more)


def add(path: str, value: Any) -> dict[str, Any]:
    """An operation that adds."""
    return {"op": "add", "path": path, "value": value}


def env(name: str, value: str = "x") -> dict[str, Any]:
    """An operation that adds a variable."""
    return add("/env/-", {"name": name, "value": value})


@pytest.mark.parametrize("text", ["", "null", "[]", " null "])
def test_no_change(text: str) -> None:
    """An empty text, null and an empty list change nothing."""
    assert parse_patch(text) == NO_PATCH
    assert admitted(asking(named(agent_json_patch=text))) == (admitted(asking())[0] | _annotated(text), ())


def _annotated(text: str) -> dict[str, Any]:
    return {"metadata": asking(named(agent_json_patch=text))["metadata"]}


def test_resources() -> None:
    """The patch comes after the annotations, in its order; an object takes the place of all that was stated."""
    operations = (
        add("/resources/limits/memory", "200Mi"),
        {"op": "replace", "path": "/resources/requests", "value": {"cpu": "30m"}},
        add("/resources/requests/ephemeral-storage", "1Gi"),
    )
    usual = our_container(admitted(asking())[0])["resources"]
    new, warnings = admitted(asking(patched(*operations, agent_limits_cpu="1", agent_requests_mem="60Mi")))
    assert our_container(new)["resources"] == {
        "limits": {"cpu": "1", "memory": "200Mi"},
        "requests": {"cpu": "30m", "memory": usual["requests"]["memory"], "ephemeral-storage": "1Gi"},
    }
    assert warnings == ()
    reset, _ = admitted(asking(patched(add("/resources", None), agent_limits_cpu="1")))
    assert our_container(reset)["resources"] == usual
    _, (raised,) = admitted(asking(patched(add("/resources/limits/memory", "1Mi"))))
    assert "raised to" in raised


def test_variables() -> None:
    """A variable is added beside ours, the last of a name; templates read it."""
    new, _ = admitted(asking(patched(env("REGION", "a"), env("STAGE"), env("REGION", "$(b)"))))
    usual = our_container(admitted(asking())[0])["env"]
    found = our_container(new)["env"]
    assert [each["name"] for each in found] == [*(each["name"] for each in usual), "REGION", "STAGE"]
    assert found[-2:] == [{"name": "REGION", "value": "$(b)"}, {"name": "STAGE", "value": "x"}]


def test_times_of_the_probe() -> None:
    """The startup probe's times are taken where there is such a probe; else the author is told."""
    operation = add("/startupProbe/failureThreshold", 900)
    new, warnings = admitted(asking(patched(operation)), theirs(SIDECAR_GATE="probe"))
    probe = our_container(new)["startupProbe"]
    assert (probe["failureThreshold"], probe["periodSeconds"], warnings) == (900, 1, ())
    _, (warning,) = admitted(asking(patched(operation)))
    assert warning.startswith(f"{DOMAIN}/agent-json-patch: omamori's container has no startupProbe here")


def test_which_patch() -> None:
    """A sidecar takes the sidecar's patch, an init container the init container's; the other one is told."""
    both = patched(env("A")) | patched(env("B"), row="agent_init_json_patch")
    for more, name, other in ((both, "A", "agent-init-json-patch"), (both | ONLY_INIT, "B", "agent-json-patch")):
        new, (warning,) = admitted(asking(more))
        assert our_container(new)["env"][-1]["name"] == name
        assert warning.startswith(f"{DOMAIN}/{other}: omamori has one container here")
    same = patched(env("A")) | patched(env("A"), row="agent_init_json_patch")
    assert admitted(asking(same))[1] == ()


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"op": "remove", "path": "/env/0"}, "neither adds nor replaces"),
    ({"op": "test", "path": "/name", "value": "x"}, "neither adds nor replaces"),
    ({"op": "move", "from": "/env", "path": "/args"}, "neither adds nor replaces"),
    ({"op": "add", "path": "/env/-"}, "has no value"),
    ({"op": "add", "value": 1}, "is no operation"),
    (add("", {}), "has no path"),
    (add("env/-", {}), "has no path"),
    (add("/image", "evil"), "an image of its own"),
    (add("/command", ["sh"]), "nothing else to run"),
    (add("/volumeMounts/-", {}), "no mounts but its own"),
    (add("/securityContext/privileged", True), "always restricted"),
    (add("/lifecycle", {}), "only resources, variables"),
    (add("/livenessProbe/periodSeconds", 1), "only the times of startupProbe"),
    (add("/startupProbe", {}), "only the times of startupProbe"),
    (add("/startupProbe/exec", {}), "of startupProbe only"),
    (add("/startupProbe/periodSeconds", 0), "no number from 1"),
    (add("/startupProbe/periodSeconds", True), "no number from 1"),
    (add("/resources/claims", []), "of limits and requests"),
    (add("/resources", {"claims": []}), "an object with some of requests, limits"),
    (add("/resources/limits/nvidia.com~1gpu", 1), "of limits and requests"),
    (add("/resources/limits", {"nvidia.com/gpu": 1}), "an object with some of cpu"),
    (add("/resources/limits/cpu", "many"), "'many'"),
    (add("/resources/limits/cpu", -1), "less than zero"),
    (add("/resources/limits/cpu", [1]), "no quantity"),
    (add("/env", []), "add each variable to /env/-"),
    (add("/env/0", {"name": "A", "value": "b"}), "add each variable to /env/-"),
    ({"op": "replace", "path": "/env/0", "value": {}}, "replaces a variable"),
    (add("/env/-", {"name": "A", "valueFrom": {"secretKeyRef": {}}}), "nothing else becomes a variable"),
    (env("a b"), "that no variable has"),
    (env("A", "\0"), "NUL"),
    *(
        (env(name), f"sets {name!r}")
        for name in (
            *("OMAMORI_PLAN", "omamori_x", "PYTHONPATH", "LD_PRELOAD", "SSL_CERT_FILE", "SSLKEYLOGFILE", "PATH"),
            *("HTTPS_PROXY", "no_proxy", "VAULT_ADDR", "HOSTALIASES", "POD_IP", "OPENSSL_CONF", "GLIBC_TUNABLES"),
        )
    ),
]


@pytest.mark.parametrize(("operation", "words"), REFUSED, ids=lambda each: str(each)[:40])
def test_refused(operation: dict[str, Any], words: str) -> None:
    """All else is refused with the reason, by the operation's number."""
    (problem,) = refusals(asking(patched(env("FINE"), operation)))
    assert problem.startswith(f"{DOMAIN}/agent-json-patch: operation 2")
    assert words in problem


def test_all_operations_are_named() -> None:
    """Each operation that cannot be is in the one refusal."""
    (problem,) = refusals(asking(patched(add("/image", "x"), env("FINE"), add("/args", []))))
    assert "operation 1 (add /image)" in problem
    assert "operation 3 (add /args)" in problem


@pytest.mark.parametrize("text", ["{", "{}", "1", "[1]", "NaN", "[" * 5000, '"' + "x" * 40_000 + '"', "[{}]" * 2])
def test_no_patch(text: str) -> None:
    """What is no JSON Patch is refused, however deep or long."""
    assert refusals(asking(named(agent_json_patch=text)))


@given(st.one_of(st.text(), json_values().map(json.dumps), st.lists(json_values()).map(json.dumps)))
def test_any_text(text: str) -> None:
    """Any text is a patch, or a ValueError."""
    try:
        parse_patch(text)
    except ValueError:
        return
