"""The file by which Docker, podman and containerd log in to registries: config.json, auth.json, .dockerconfigjson.

Of a secret with `server`, `username` and `password`, and perhaps `email`; or of maps of such, each by its server.

Fact: `auth` is the base64 of `username:password`, and is split at the first colon
(github.com/containers/image, docker/config; kubernetes.io, "Pull an Image from a Private Registry").
"""

from __future__ import annotations

import binascii

from vault.agent.render.documents import render_json
from vault.agent.render.text import encoded, text_of
from vault.contract.errors import KeyMissing, NotRepresentable
from vault.contract.shown import listed, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_NAMES = ("server", "username", "password")


def render_docker_config(values: Mapping[str, Any]) -> str:
    """Render the file. Raises KeyMissing and NotRepresentable."""
    if values and all(isinstance(each, dict) for each in values.values()):
        return render_json({"auths": {server: _login(server, login) for server, login in values.items()}})
    server = _taken(values, "server")
    return render_json({"auths": {server: _login(server, values)}})


def _login(server: str, values: Mapping[str, Any]) -> dict[str, str]:
    username, password = _taken(values, "username"), _taken(values, "password")
    if ":" in username:
        raise NotRepresentable(f"the user for {quoted(server)} has a colon, at which readers would cut it")
    if "\0" in username or "\0" in password:
        raise NotRepresentable(f"the login for {quoted(server)} has a NUL, which readers would cut off")
    login = {"username": username, "password": password}
    if values.get("email"):
        login["email"] = text_of("email", values["email"])
    both = encoded("username", username) + b":" + encoded("password", password)
    return {**login, "auth": binascii.b2a_base64(both, newline=False).decode()}


def _taken(values: Mapping[str, Any], name: str) -> str:
    found = text_of(name, values[name]) if name in values else ""
    if not found:
        has = listed(values) or "no keys"
        raise KeyMissing(
            f"the secret has no {quoted(name)}, which the format dockerconfigjson needs",
            hint=f"it needs {', '.join(_NAMES)}, and has: {has}; rename= gives keys these names",
        )
    return found
