"""Which parts of a Pod are ours: their reserved names, and how they are recognised.

A part is ours by its reserved name together with our container's Plan. A copied Pod (Velero, `kubectl get -o yaml`)
brings them along; a reserved name without a Plan was never ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vault.contract.names import PLAN_VARIABLE
from webhook.admission.pod.names import (
    CONFIG_VOLUME,
    ENV_CHECK_VOLUME,
    ENV_VOLUME,
    EXTRA_VOLUME,
    FILES_VOLUME,
    LAUNCH_FILE,
    LAUNCH_VOLUME,
    LAUNCHER,
    RESERVED_CONTAINERS,
    STATE_VOLUME,
    TLS_VOLUME,
    TOKEN_VOLUME,
)

_VOLUMES = (
    *(TOKEN_VOLUME, ENV_VOLUME, ENV_CHECK_VOLUME, STATE_VOLUME),
    *(EXTRA_VOLUME, TLS_VOLUME, CONFIG_VOLUME),
)
_NUMBERED_VOLUMES = (FILES_VOLUME, LAUNCH_VOLUME)
LAUNCH = [LAUNCHER, LAUNCH_FILE, "--"]  # in front of a command

RawPod = Mapping[str, Any]


def is_our_container(container: Mapping[str, Any]) -> bool:
    """Whether this is a container that we add: the one with the Plan."""
    name, variables = container.get("name"), container.get("env")
    if name not in RESERVED_CONTAINERS or not isinstance(variables, list):
        return False
    return any(isinstance(each, dict) and each.get("name") == PLAN_VARIABLE for each in variables)


def is_our_volume_name(name: object) -> bool:
    """Whether a volume of this name is ours, in a Pod that has our container."""
    if not isinstance(name, str) or not name.startswith("omamori-"):
        return False
    if name in _VOLUMES:
        return True
    number = name.rpartition("-")[2]
    return number.isascii() and number.isdigit() and name.removesuffix(number) in _NUMBERED_VOLUMES


def is_our_variable(variable: object) -> bool:
    """Whether an item of a container's `env` is read from our env file."""
    source = variable.get("valueFrom") if isinstance(variable, dict) else None
    if not isinstance(source, dict):
        return False
    reference = source.get("fileKeyRef")
    return isinstance(reference, dict) and reference.get("volumeName") == ENV_VOLUME


def is_our_part(part: object) -> bool:
    """Whether an item of a Pod's list (a container, a volume, a mount, a variable) is reserved for us."""
    name = part.get("name") if isinstance(part, dict) else None
    if isinstance(name, str) and name.startswith("omamori-"):
        return name in RESERVED_CONTAINERS or is_our_volume_name(name)
    return is_our_variable(part)


def without_launcher(command: Any) -> Any:
    """Return a command as its author wrote it: the same object where the launcher is not in it."""
    if not isinstance(command, list) or LAUNCHER not in command:
        return command
    written: list[Any] = []
    start = 0
    while start < len(command):
        if command[start : start + len(LAUNCH)] == LAUNCH:
            start += len(LAUNCH)
        else:
            written.append(command[start])
            start += 1
    return written if len(written) < len(command) else command
