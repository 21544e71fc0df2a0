"""The parts that we add to a Pod, as the Kubernetes API names their fields.

Our container satisfies Pod Security *restricted* by itself, declares no port and no probe that touches readiness, and
its last words are the Pod's status: `FallbackToLogsOnError` takes the log where no termination message could be left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vault.contract.names import AWS_DIRECTORY, ENV_CHECK_VARIABLE
from vault.contract.wire import to_environment
from webhook.admission.plan.injection import Injection
from webhook.admission.plan.native_sidecar import render_sidecar
from webhook.admission.plan.pod_volumes import mounted_secrets, render_volumes, sizes_in_memory
from webhook.admission.plan.templates import volume_directory
from webhook.admission.pod.names import (
    CONFIG_DIRECTORY,
    CONFIG_VOLUME,
    CONTAINER_NAME,
    ENV_CHECK_DIRECTORY,
    ENV_CHECK_VOLUME,
    ENV_VOLUME,
    LAUNCH_DIRECTORY,
    SIDECAR_NAME,
    TOKEN_DIRECTORY,
    TOKEN_VOLUME,
    VOLUMES_DIRECTORY,
)

Json = dict[str, Any]

_BASE_BYTES = 12_000
_ITEM_BYTES = 1_000

# A kubelet that does not read env files leaves the variable empty, and then refuses the mount and with it the start of
# the container: `missing value for` and the variable's name (ExpandContainerVolumeMounts, since Kubernetes 1.17).
_ENV_CHECK_MOUNT: Json = {
    "name": ENV_CHECK_VOLUME,
    "mountPath": ENV_CHECK_DIRECTORY,
    "subPathExpr": f"$({ENV_CHECK_VARIABLE})",
    "readOnly": True,
}


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """All that a Pod gets, as JSON. It is shared between Pods, so nobody changes it.

    `position` is where our container stands among the Pod's init containers, ours left out. `is_repeated`: the Pod has
    parts of ours already. `mounts` and `variables` are by the name of the container that gets them, `launched` are
    those whose command gets the launcher in front.
    """

    position: int
    is_repeated: bool
    container: Json
    volumes: Sequence[Json]
    mounts: Mapping[str, Sequence[Json]]
    variables: Mapping[str, Sequence[Json]]
    launched: frozenset[str]
    has_node_label: bool
    pull_secrets: tuple[str, ...]
    shares_processes: bool
    warnings: tuple[str, ...]
    cost_bytes: int


def render_parts(injection: Injection) -> Parts:
    """Render all parts of an injection, once."""
    plan = to_environment(injection.plan)
    mounts = _mounts(injection)
    return Parts(
        position=injection.position,
        is_repeated=injection.is_repeated,
        container=_container(injection, plan),
        volumes=render_volumes(injection),
        mounts=mounts,
        variables=_variables(injection),
        launched=_launched(injection),
        has_node_label=injection.environment.label,
        pull_secrets=injection.agent.pull_secrets,
        shares_processes=injection.shares_processes,
        warnings=injection.warnings,
        cost_bytes=_cost_bytes(injection, plan, mounts),
    )


def _cost_bytes(injection: Injection, plan: Mapping[str, str], mounts: Mapping[str, Sequence[Json]]) -> int:
    """How much memory the parts take, rather too much than too little (tests/webhook/test_cache.py measures it)."""
    texts = sum(map(len, plan.values())) + sum(map(len, injection.warnings))
    texts += sum(len(name) + len(value) for name, value in injection.stated_variables)
    items = (
        len(injection.stated_variables)
        + len(injection.volumes)
        + len(injection.template_volumes)
        + sum(map(len, mounts.values()))
    )
    items += sum(len(file.specs) + len(file.sets) + 1 for file in injection.environment.files)
    directories = sum(len(each.path) + len(each.sub_path) for volume in injection.volumes for each in volume.mounts)
    return _BASE_BYTES + 2 * (texts + directories) + _ITEM_BYTES * items


def _container(injection: Injection, plan: Mapping[str, str]) -> Json:
    """The container of the agent."""
    volumes = sizes_in_memory(injection)
    token = {"name": TOKEN_VOLUME, "mountPath": TOKEN_DIRECTORY, "readOnly": True}
    mounts: list[Json] = [token, *({"name": name, "mountPath": f"{VOLUMES_DIRECTORY}/{name}"} for name in volumes)]
    mounts += [
        {"name": each, "mountPath": volume_directory(each), "readOnly": True} for each in injection.template_volumes
    ]
    mounts += [{"name": name, "mountPath": place, "readOnly": True} for name, place, _ in mounted_secrets(injection)]
    if injection.aws_volume:
        mounts.append({"name": injection.aws_volume, "mountPath": AWS_DIRECTORY, "readOnly": True})
    if injection.config_map:
        mounts.append({"name": CONFIG_VOLUME, "mountPath": CONFIG_DIRECTORY, "readOnly": True})
    variables: list[Json] = [{"name": name, "value": value} for name, value in plan.items()]
    for name, path in injection.pod_fields:
        variables.append({"name": name, "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": path}}})
    variables += [{"name": name, "value": value} for name, value in injection.stated_variables]
    name = SIDECAR_NAME if injection.plan.mode == "sidecar" else CONTAINER_NAME
    return {
        **_our_container(name, injection),
        **(render_sidecar(injection) if injection.plan.state_directory else {}),
        "env": variables,
        "volumeMounts": mounts,
    }


def _our_container(name: str, injection: Injection) -> Json:
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
    return {
        "name": name,
        "image": injection.agent.image,
        "imagePullPolicy": injection.agent.pull_policy,
        "resources": injection.resources,
        "securityContext": security,
        "terminationMessagePolicy": "FallbackToLogsOnError",
    }


def _mounts(injection: Injection) -> dict[str, list[Json]]:
    """The mounts that each of the Pod's containers gets, read-only."""
    mounts: dict[str, list[Json]] = {}
    for volume in injection.volumes:
        for container, path, sub_path in volume.mounts:
            mount: Json = {"name": volume.name, "mountPath": path, "readOnly": True}
            if sub_path:
                mount["subPath"] = sub_path
            mounts.setdefault(container, []).append(mount)
    for file in injection.environment.launched:
        launch = {"name": file.volume, "mountPath": LAUNCH_DIRECTORY, "readOnly": True}
        mounts.setdefault(file.container, []).append(launch)
    for file in injection.environment.by_kubelet if injection.environment.is_checked else ():
        mounts.setdefault(file.container, []).append(_ENV_CHECK_MOUNT)
    return mounts


def _variables(injection: Injection) -> dict[str, list[Json]]:
    """The variables that the kubelet sets in each of the Pod's containers, in the order of the annotations."""
    check = [ENV_CHECK_VARIABLE] if injection.environment.is_checked else []
    return {
        file.container: [
            *(_from_file(file.name, name) for name in check),
            *(_from_file(file.name, each.name, is_optional=each.optional) for each in file.specs),
        ]
        for file in injection.environment.by_kubelet
    }


def _launched(injection: Injection) -> frozenset[str]:
    """The containers whose variables the launcher sets."""
    return frozenset(file.container for file in injection.environment.launched)


def _from_file(path: str, name: str, *, is_optional: bool = False) -> Json:
    reference: Json = {"volumeName": ENV_VOLUME, "path": path, "key": name}
    if is_optional:
        reference["optional"] = True
    return {"name": name, "valueFrom": {"fileKeyRef": reference}}
