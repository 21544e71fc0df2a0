"""Rule: the parts that we add to a Pod, as the Kubernetes API names their fields.

Our container satisfies Pod Security *restricted* by itself, declares no port and no probe that touches readiness, and
its last words are the Pod's status: `FallbackToLogsOnError` takes the log where no termination message could be left.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from vault.wire import to_environment
from webhook.planning import CA_FILE, TOKEN_DIRECTORY, TOKEN_FILE, VOLUMES_DIRECTORY, Injection
from webhook.pod import CONTAINER_NAME, TOKEN_VOLUME
from webhook.quantity import render_mebibytes

Json = dict[str, Any]


@lru_cache(maxsize=1024)  # by the injection, which planning gives again for a workload's next Pod
def our_container(injection: Injection) -> Json:
    """The init container."""
    security: Json = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "privileged": False,
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    if injection.identity.user is not None:
        security["runAsUser"] = injection.identity.user
    if injection.identity.group is not None:
        security["runAsGroup"] = injection.identity.group
    mounts = [{"name": TOKEN_VOLUME, "mountPath": TOKEN_DIRECTORY, "readOnly": True}]
    mounts += [{"name": each.name, "mountPath": f"{VOLUMES_DIRECTORY}/{each.name}"} for each in injection.volumes]
    return {
        "name": CONTAINER_NAME,
        "image": injection.injector.image,
        "imagePullPolicy": injection.injector.pull_policy,
        "env": [{"name": name, "value": value} for name, value in to_environment(injection.plan).items()],
        "resources": injection.resources,
        "securityContext": security,
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": mounts,
    }


@lru_cache(maxsize=1024)
def our_volumes(injection: Injection) -> Sequence[Json]:
    """The token's volume, with a CA beside it where there is one, and the files' volumes."""
    sources: list[Json] = [
        {
            "serviceAccountToken": {
                "audience": injection.vault.audience,
                "expirationSeconds": injection.injector.token_seconds,
                "path": _name_in_token_volume(TOKEN_FILE),
            }
        }
    ]
    config_map = injection.vault.ca_config_map
    if config_map is not None:
        items = [{"key": config_map.key, "path": _name_in_token_volume(CA_FILE)}]
        sources.append({"configMap": {"name": config_map.name, "items": items}})
    token: Json = {"name": TOKEN_VOLUME, "projected": {"sources": sources}}
    files = [
        {"name": each.name, "emptyDir": {"medium": "Memory", "sizeLimit": render_mebibytes(each.size_bytes)}}
        for each in injection.volumes
    ]
    return (token, *files)


@lru_cache(maxsize=4096)
def our_mounts(injection: Injection, container: str) -> Sequence[Json]:
    """The mounts that one of the Pod's containers gets, read-only; empty for a container that is not served."""
    return tuple(
        {"name": volume.name, "mountPath": path, "readOnly": True}
        for volume in injection.volumes
        for name, path in volume.mounts
        if name == container
    )


def _name_in_token_volume(path: str) -> str:
    return path.removeprefix(f"{TOKEN_DIRECTORY}/")
