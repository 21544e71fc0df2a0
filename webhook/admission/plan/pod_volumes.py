"""The volumes that we add to a Pod, as the Kubernetes API names their fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from webhook.admission.plan.injection import Injection
from webhook.admission.plan.logins import LoginFile
from webhook.admission.pod.names import (
    CONFIG_VOLUME,
    ENV_CHECK_VOLUME,
    EXTRA_DIRECTORY,
    EXTRA_VOLUME,
    STATE_VOLUME,
    TLS_DIRECTORY,
    TLS_VOLUME,
    TOKEN_DIRECTORY,
    TOKEN_VOLUME,
)
from webhook.config.quantity import render_mebibytes

Json = dict[str, Any]

_STATE_BYTES = 1024 * 1024
_ENV_CHECK_BYTES = 1024 * 1024  # it stays empty


def render_volumes(injection: Injection) -> Sequence[Json]:
    """Render the volumes of what logins need, of files and variables, and of the author's Secrets and ConfigMap."""
    sources = [_login_source(each, injection.agent.token_seconds) for each in injection.login_files]
    token: Json = {"name": TOKEN_VOLUME, "projected": {"sources": sources}}
    sizes = sizes_in_memory(injection)
    if injection.environment.is_checked:
        sizes[ENV_CHECK_VOLUME] = _ENV_CHECK_BYTES
    return (token, *(_in_memory(name, size) for name, size in sizes.items()), *_own_volumes(injection))


def _login_source(file: LoginFile, token_seconds: int) -> Json:
    path = file.path.removeprefix(f"{TOKEN_DIRECTORY}/")
    if file.kind == "token":
        token = {"audience": file.name, "expirationSeconds": token_seconds, "path": path}
        return {"serviceAccountToken": token}
    return {file.kind: {"name": file.name, "items": [{"key": file.key, "path": path}]}}


def _own_volumes(injection: Injection) -> Iterator[Json]:
    """The volumes of the author's Secrets and ConfigMap.

    Their mode is stated, so that our user may read them, whatever its group.
    """
    for name, _, secret in mounted_secrets(injection):
        yield {"name": name, "secret": {"secretName": secret, "defaultMode": 0o644}}
    if injection.config_map:
        yield {"name": CONFIG_VOLUME, "configMap": {"name": injection.config_map, "defaultMode": 0o644}}


def mounted_secrets(injection: Injection) -> list[tuple[str, str, str]]:
    """Return the author's Secrets: the volume's name, where our container has it, the Secret's name."""
    both = (
        (EXTRA_VOLUME, EXTRA_DIRECTORY, injection.extra_secret),
        (TLS_VOLUME, TLS_DIRECTORY, injection.tls_secret),
    )
    return [each for each in both if each[2]]


def sizes_in_memory(injection: Injection) -> dict[str, int]:
    """Return the memory-backed volumes, by name, with their size in bytes."""
    sizes = {each.name: each.size_bytes for each in injection.volumes} | injection.environment.volumes()
    if injection.plan.state_directory:
        sizes[STATE_VOLUME] = _STATE_BYTES
    return sizes


def _in_memory(name: str, size_bytes: int) -> Json:
    return {"name": name, "emptyDir": {"medium": "Memory", "sizeLimit": render_mebibytes(size_bytes)}}
