"""Run the unmodified injected program outside a Pod, with only the mount paths of its Plan replaced.

A sidecar runs until its first files are there, and is ended as a kubelet ends it: the files stay.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import vault
from vault.contract.names import PLAN_VARIABLE, READY_FILE
from vault.contract.plan import Plan
from vault.contract.wire import from_environment
from webhook.admission.pod.ownership import is_our_container
from webhook.demo.stop import DemoStopped

PROGRAM = Path(str(vault.__file__)).parent / "agent/start.py"
_SECONDS = 60
_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Local:
    """The program's environment, and the replaced paths: in the container, and here."""

    environment: Mapping[str, str]
    replaced: tuple[tuple[str, Path], ...]


def prepare(pod: Mapping[str, Any], folder: Path, tokens: Mapping[str, str]) -> Local:
    """Create a folder for each mount of our container, and write the ServiceAccount tokens like the kubelet.

    `tokens` has one for each Vault, by its name.
    """
    container = our_container(pod)
    variables = {each["name"]: each["value"] for each in container["env"] if each["name"].startswith(PLAN_VARIABLE)}
    token_files = {each.token_file: tokens[each.vault] for each in from_environment(variables).sessions}
    replaced = []
    for number, mount in enumerate(container["volumeMounts"]):
        here = folder / f"mount-{number}"
        here.mkdir()
        replaced.append((mount["mountPath"], here))
        for file, token in token_files.items():
            if file.startswith(f"{mount['mountPath']}/"):
                (here / file.removeprefix(f"{mount['mountPath']}/")).write_text(token)
    environment = {}
    for name, text in variables.items():
        for inside, here in replaced:
            text = text.replace(inside, str(here))  # noqa: PLW2901 - one path after the other
        environment[name] = text
    return Local(environment, tuple(replaced))


def our_container(pod: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the container of a Pod that the program runs in."""
    found: Mapping[str, Any] = next(each for each in pod["spec"]["initContainers"] if is_our_container(each))
    return found


def run(local: Local) -> list[str]:
    """Run the program and return its log. Raises DemoStopped if it fails."""
    command = [sys.executable, "-I", "-S", "-B", str(PROGRAM)]
    plan = from_environment(local.environment)
    with subprocess.Popen(
        command, env=local.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        if plan.mode == "sidecar":
            _end_once_ready(process, plan)
        try:
            _, log = process.communicate(timeout=_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            raise DemoStopped(f"the program has not ended after {_SECONDS} s", hint="does the Vault answer?") from None
    lines = [f"its log: {line}" for line in log.splitlines()]
    if process.returncode != 0:
        raise DemoStopped(f"the program ended with exit code {process.returncode}", hint=" | ".join(lines))
    return lines


def _end_once_ready(process: subprocess.Popen[str], plan: Plan) -> None:
    """End a sidecar that has its first files. One that fails ends by itself."""
    ready = Path(plan.state_directory) / READY_FILE
    deadline = time.monotonic() + _SECONDS
    while not ready.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    process.terminate()
