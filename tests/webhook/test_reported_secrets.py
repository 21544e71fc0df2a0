"""Faults of comparable systems, told in public: secrets that their author would find missing or dead too late."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.webhook.builders import decided, pod, reasons
from webhook.admission.decision import Denied, Patched


@pytest.mark.parametrize(
    ("path", "refused"),
    [
        ("auth/token/lookup-self#id", True),
        ("auth/token/renew-self#client_token", True),
        ("auth/token/create#client_token", True),
        ("auth/token/create/ci", True),
        ("auth/token/create-orphan", True),
        ("cubbyhole/x#y", True),
        ("auth/approle/role/ci/role-id#role_id", False),
        ("secret/data/auth/token/lookup-self#id", False),
        ("kv/cubbyhole/x", False),
        ("identity/oidc/token/app#token", False),
    ],
)
def test_what_ends_with_our_login(path: str, refused: bool) -> None:
    """The login's own token, and what hangs on it, is refused: it would be revoked before the application reads it."""
    decision = decided(pod({"file.omamori.dev/a": path}))
    assert isinstance(decision, Denied) == refused
    if refused:
        assert "omamori's own login" in decision.message  # type: ignore[union-attr]
        assert reasons(pod({"env.omamori.dev/A": path})) == ["token"]


def launched(**container: Any) -> dict[str, Any]:
    """A Pod whose variable the launcher sets."""
    annotations = {"env.omamori.dev/DB_PASSWORD": "kv/a#k", "omamori.dev/env-delivery": "exec"}
    return pod(annotations, containers=[{"name": "app", "command": ["/app"], **container}])


IN_PROBE = {"exec": {"command": ["check", "$(DB_PASSWORD)"]}}


@pytest.mark.parametrize(
    ("container", "place"),
    [
        ({"command": ["/app", "$(DB_PASSWORD)"]}, "command"),
        ({"args": ["--password=$(DB_PASSWORD)"]}, "args"),
        ({"env": [{"name": "URL", "value": "postgres://shop:$(DB_PASSWORD)@db"}]}, "variable URL"),
        ({"args": ["$$$(DB_PASSWORD)"]}, "args"),
        ({"volumeMounts": [{"name": "v", "mountPath": "/v", "subPathExpr": "$(DB_PASSWORD)"}]}, "subPathExpr"),
        ({"livenessProbe": IN_PROBE}, "livenessProbe"),
        ({"readinessProbe": IN_PROBE}, "readinessProbe"),
        ({"startupProbe": IN_PROBE}, "startupProbe"),
        ({"lifecycle": {"postStart": IN_PROBE}}, "lifecycle.postStart"),
        ({"lifecycle": {"preStop": IN_PROBE}}, "lifecycle.preStop"),
        ({"args": ["$$(DB_PASSWORD)"]}, None),
        ({"args": ["$$$$(DB_PASSWORD)"]}, None),
        ({"args": ["$(DB_PASSWORD"]}, None),
        ({"args": ["$(OTHER)"], "env": [{"name": "OTHER", "value": "x"}]}, None),
        ({"args": ["$(db_password)"]}, None),
        ({"command": ["sh", "-c", "echo $DB_PASSWORD ${DB_PASSWORD}"]}, None),
        ({"livenessProbe": {"httpGet": {"path": "/$(DB_PASSWORD)"}}}, None),
    ],
)
def test_references_to_what_the_launcher_sets(container: dict[str, Any], place: str | None) -> None:
    """`$(NAME)` of a variable of ours, which the kubelet would leave as it is, is refused where it stands."""
    decision = decided(launched(**container))
    if place is None:
        assert isinstance(decision, Patched), decision
        return
    assert isinstance(decision, Denied)
    assert [each.reason for each in decision.problems] == ["reference"]
    assert f"{place} of container app has $(DB_PASSWORD)" in decision.message


def test_references_to_what_the_kubelet_sets() -> None:
    """By the kubelet the same text is right."""
    raw = launched(args=["$(DB_PASSWORD)"])
    del raw["metadata"]["annotations"]["omamori.dev/env-delivery"]
    assert isinstance(decided(raw), Patched)


@pytest.mark.parametrize(
    "name", ["app.hcl", "app.conf", ".pgpass", "my.cnf", "logback.xml", "a.json.tmpl", "x/app.cfg"]
)
def test_extensions_without_a_format(name: str) -> None:
    """A whole secret under a name that promises another format than JSON is refused; with format= it is taken."""
    decision = decided(pod({"file.omamori.dev/a": f"kv/a as={name}"}))
    assert isinstance(decision, Denied)
    assert "set format=" in decision.message
    assert isinstance(decided(pod({"file.omamori.dev/a": f"kv/a as={name} format=json"})), Patched)
    assert isinstance(decided(pod({"file.omamori.dev/a": f"kv/a#k as={name}"})), Patched)


@pytest.mark.parametrize("name", ["app.json", "app.JSON", "credentials", "db", "x.y/credentials", "a.yml", "b.env"])
def test_extensions_with_one(name: str) -> None:
    """JSON for .json and for names without an extension, and what the others say."""
    assert isinstance(decided(pod({"file.omamori.dev/a": f"kv/a as={name}"})), Patched)


@pytest.mark.parametrize(
    "annotation",
    [
        *("file.omamori.dev/a/b", "file.omamori.dev/.pgpass", "file.omamori.dev/my file", "env.omamori.dev/_X"),
        *("file.omamori.dev/" + "a" * 64, "file.omamori.dev/", "file.omamori.dev/a-"),
    ],
)
def test_keys_that_no_api_server_takes(annotation: str) -> None:
    """They are refused here as well, so that a demo and a suggestion say so; as= gives the name."""
    decision = decided(pod({annotation: "kv/a#k"}))
    assert isinstance(decision, Denied)
    assert "as=" in decision.message or "empty" in decision.message
