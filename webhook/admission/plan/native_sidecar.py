"""What makes a native sidecar of our init container, and holds the application back until its files are there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vault.contract.names import HOOK_FILE, READY_FILE, READY_PROGRAM, RESTART_EXIT_CODE
from webhook.admission.annotations.pod_annotations import InjectionSpec
from webhook.admission.plan.injection import Injection
from webhook.config.settings import AgentSettings

_PROBE_MARGIN_SECONDS = 60


def render_sidecar(injection: Injection) -> dict[str, Any]:
    """Render the fields of a native sidecar, which holds back what comes behind it until its files are there."""
    ready = f"{injection.plan.state_directory}/{READY_FILE}"
    fields: dict[str, Any] = {"restartPolicy": "Always"}
    if injection.agent.gate == "hook":
        seconds = str(injection.agent.gate_seconds)
        lock = f"{injection.plan.state_directory}/{HOOK_FILE}"
        command = [READY_PROGRAM, "--wait", seconds, "--lock", lock, ready]
        fields["lifecycle"] = {"postStart": {"exec": {"command": command}}}
    else:
        fields["startupProbe"] = {
            "exec": {"command": [READY_PROGRAM, ready]},
            "periodSeconds": 1,
            "timeoutSeconds": 5,
            "failureThreshold": injection.plan.deadline_seconds + _PROBE_MARGIN_SECONDS,
            **dict(injection.probe_times),
        }
    if injection.plan.on_change == "restart":
        exit_codes = {"operator": "In", "values": [RESTART_EXIT_CODE]}
        fields["restartPolicyRules"] = [{"action": "RestartAllContainers", "exitCodes": exit_codes}]
    return fields


def warnings_of_probe(spec: InjectionSpec, settings: AgentSettings) -> Iterator[str]:
    """Warn of times for a probe that our container does not have."""
    if spec.container.probe_times and (spec.mode == "init" or settings.gate == "hook"):
        yield f"{spec.annotation_of('probe')}: omamori's container has no startupProbe here, so its times say nothing"
