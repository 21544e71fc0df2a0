"""The format dockerconfigjson: logins to registries. podman reads it in tests/cookbook/test_registry_logins.py."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from vault.agent.render.files import render_files
from vault.contract.errors import KeyMissing, NotRepresentable
from vault.contract.plan import Output

OUTPUT = Output(directory="/d", name="f", mode="0400", format="dockerconfigjson", annotation="a")
LOGIN = {"username": "shop", "password": "p:w é"}


def _render(values: dict[str, Any], **fields: Any) -> Any:
    (file,) = render_files(OUTPUT.replace(**fields), values)
    return json.loads(file.contents.reveal())


def test_one_registry() -> None:
    """As `kubectl create secret docker-registry` writes it."""
    auth = base64.b64encode("shop:p:w é".encode()).decode()
    assert _render({"server": "registry.example.com", **LOGIN, "email": "a@b", "other": 1}) == {
        "auths": {"registry.example.com": {**LOGIN, "email": "a@b", "auth": auth}}
    }


def test_keys_by_other_names() -> None:
    """What the secret calls otherwise is renamed."""
    values = {"registry": "r", "user": "u", "token": "t"}
    renames = (("registry", "server"), ("user", "username"), ("token", "password"))
    assert _render(values, renames=renames)["auths"]["r"]["auth"] == base64.b64encode(b"u:t").decode()


def test_several_registries() -> None:
    """A map for each, by its server."""
    found = _render({"a.example.com": LOGIN, "b.example.com": {**LOGIN, "username": "other"}})
    assert {server: login["username"] for server, login in found["auths"].items()} == {
        "a.example.com": "shop",
        "b.example.com": "other",
    }


@pytest.mark.parametrize("name", ["server", "username", "password"])
def test_what_is_missing_is_named(name: str) -> None:
    """With what is there, and how to give it the name."""
    values = {"server": "r", **LOGIN}
    del values[name]
    with pytest.raises(KeyMissing, match=f"no '{name}'") as missing:
        _render(values)
    assert "rename=" in missing.value.hint


@pytest.mark.parametrize("values", [{"username": "a:b"}, {"username": "a\0"}, {"password": "a\0"}])
def test_what_readers_would_cut_is_refused(values: dict[str, str]) -> None:
    """A colon in a user's name, and NULs."""
    with pytest.raises(NotRepresentable, match="'r'"):
        _render({"server": "r", **LOGIN, **values})
