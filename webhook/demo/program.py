"""Run the unmodified injected program outside a Pod, with only the mount paths of its Plan replaced."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import vault
from vault.contract.names import PLAN_VARIABLE
from webhook.admission.pod.names import CONTAINER_NAME, TOKEN_FILE
from webhook.demo.stop import DemoStopped

PROGRAM = Path(str(vault.__file__)).parent / "agent/start.py"
_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Local:
    """The program's environment, and the replaced paths: in the container, and here."""

    environment: Mapping[str, str]
    replaced: tuple[tuple[str, Path], ...]


def prepare(pod: Mapping[str, Any], folder: Path, token: str) -> Local:
    """Create a folder for each mount of our container, and write the ServiceAccount token like the kubelet."""
    container = next(each for each in pod["spec"]["initContainers"] if each["name"] == CONTAINER_NAME)
    replaced = []
    for number, mount in enumerate(container["volumeMounts"]):
        here = folder / f"mount-{number}"
        here.mkdir()
        replaced.append((mount["mountPath"], here))
        if TOKEN_FILE.startswith(mount["mountPath"]):
            (here / TOKEN_FILE.removeprefix(f"{mount['mountPath']}/")).write_text(token)
    environment = {}
    for variable in container["env"]:
        if variable["name"].startswith(PLAN_VARIABLE):
            text = variable["value"]
            for inside, here in replaced:
                text = text.replace(inside, str(here))
            environment[variable["name"]] = text
    return Local(environment, tuple(replaced))


def run(local: Local) -> list[str]:
    """Run the program and return its log. Raises DemoStopped if it fails."""
    command = [sys.executable, "-I", "-S", "-B", str(PROGRAM)]
    ended = subprocess.run(
        command, env=local.environment, capture_output=True, text=True, timeout=_SECONDS, check=False
    )
    lines = [f"its log: {line}" for line in ended.stderr.splitlines()]
    if ended.returncode != 0:
        raise DemoStopped(f"the program ended with exit code {ended.returncode}", hint=" | ".join(lines))
    return lines
