"""What planning decides: all that is to be added to a Pod, as values that the Kubernetes objects are rendered from."""

from __future__ import annotations

from dataclasses import dataclass

from vault.contract.plan import Plan
from webhook.admission.plan.env_vars import Environment
from webhook.admission.plan.logins import LoginFile
from webhook.admission.plan.resources import Resources
from webhook.admission.plan.security_context import Identity
from webhook.admission.plan.volumes import FilesVolume
from webhook.config.settings import AgentSettings


@dataclass(frozen=True, slots=True)
class Injection:
    """All that is to be added to a Pod. `position` counts the Pod's init containers, ours left out.

    `is_repeated`: the Pod has parts of ours already. `template_volumes` are names of the Pod's own volumes, which our
    container mounts. `shares_processes`: the Pod's containers shall share their process namespace.
    `pod_fields` are variables of our container, each with the field of the Pod that is in it; `stated_variables` are
    the author's, each with its value. `probe_times` are fields of the startup probe, in the place of ours.
    `extra_secret` and `tls_secret` are Secrets that our container alone mounts, "" for none, and `config_map` is a
    ConfigMap. `aws_volume` is a volume of the Pod that it mounts for the login. `login_files` are what the logins need.
    """

    plan: Plan
    is_repeated: bool
    position: int
    identity: Identity
    volumes: tuple[FilesVolume, ...]
    environment: Environment
    template_volumes: tuple[str, ...]
    shares_processes: bool
    pod_fields: tuple[tuple[str, str], ...]
    stated_variables: tuple[tuple[str, str], ...]
    probe_times: tuple[tuple[str, int], ...]
    extra_secret: str
    tls_secret: str
    aws_volume: str
    config_map: str
    resources: Resources
    login_files: tuple[LoginFile, ...]
    agent: AgentSettings
    warnings: tuple[str, ...]
