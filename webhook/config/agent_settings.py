"""Settings of the container that is added to Pods."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

from vault.contract.shown import quoted
from webhook.config.environ import Variables
from webhook.config.parsers import Choice, Number, parse_amount, parse_boolean
from webhook.config.quantity import parse_quantity
from webhook.config.row import required, row
from webhook.config.vault_parsers import parse_object_names

# github.com/distribution/reference, without its bound on lengths
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REGISTRY = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::[0-9]+)?"
_IMAGE = re.compile(
    rf"(?:{_REGISTRY}/)?{_COMPONENT}(?:/{_COMPONENT})*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}})?(?:@sha256:[0-9a-f]+)?"
)


Gate = Literal["hook", "probe"]
Start = Literal["init", "fast"]


def _parse_image(text: str) -> str:
    if not _IMAGE.fullmatch(text):
        raise ValueError(f"is {quoted(text)}, which is not an image name, like registry.example.com/omamori-agent:1")
    return text


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """The container that is added to Pods. Quantities have Kubernetes' syntax; "" omits one."""

    image: str = required(
        "AGENT_IMAGE",
        _parse_image,
        "the image of the agent's container",
        example="registry.example.com/omamori-agent:1.2.3",
    )
    pull_policy: str = row(
        "AGENT_PULL_POLICY",
        Choice(("IfNotPresent", "Always", "Never")),
        "IfNotPresent",
        "its pull policy",
        chart="agent.pullPolicy",
    )
    pull_secrets: tuple[str, ...] = row(
        "AGENT_PULL_SECRETS",
        parse_object_names,
        (),
        "names of Secrets, in each Pod's namespace, with a login for the image's registry: added to the Pod's own "
        "`imagePullSecrets`",
        unset="none",
        chart="agent.pullSecrets",
    )
    cpu_request: str = row(
        "AGENT_CPU_REQUEST",
        parse_amount,
        "20m",
        "its requests; in a Pod of the class Guaranteed they equal the limits",
        chart="agent.resources.requests.cpu",
    )
    cpu_limit: str = row(
        "AGENT_CPU_LIMIT",
        parse_amount,
        "500m",
        "its limit; raised to the request if an annotation requests more",
        chart="agent.resources.limits.cpu",
    )
    memory_request: str = row(
        "AGENT_MEMORY_REQUEST",
        parse_amount,
        "32Mi",
        "the same for memory",
        chart="agent.resources.requests.memory",
    )
    memory_limit: str = row(
        "AGENT_MEMORY_LIMIT",
        parse_amount,
        "64Mi",
        "raised if the files need more: they are kept in memory",
        chart="agent.resources.limits.memory",
    )
    storage_request: str = row(
        "AGENT_EPHEMERAL_STORAGE_REQUEST",
        parse_amount,
        "",
        "its ephemeral storage, which a policy of the cluster may demand",
        unset="the least of the Pod's containers, where each of them has it",
        chart="agent.resources.requests.ephemeral-storage",
    )
    storage_limit: str = row(
        "AGENT_EPHEMERAL_STORAGE_LIMIT",
        parse_amount,
        "",
        "the limit of it",
        unset="the same",
        chart="agent.resources.limits.ephemeral-storage",
    )
    deadline_seconds: int = row(
        "AGENT_DEADLINE_SECONDS",
        Number(1, 3600),
        300,
        "how long a Pod waits for Vault before its init container fails and is started again",
        chart="agent.deadlineSeconds",
    )
    token_seconds: int = row(
        "AGENT_TOKEN_SECONDS",
        Number(600, 86400),
        600,
        "lifetime of the Pod's token for Vault; Kubernetes issues none shorter",
        chart="agent.tokenSeconds",
    )
    gate: Gate = row(
        "SIDECAR_GATE",
        Choice(get_args(Gate)),
        "hook",
        "what holds the application back until the files of a native sidecar are there: `hook`, a postStart hook, "
        "which the kubelet follows at once; `probe`, a startup probe, which takes up to a second more and waits as "
        "long as Vault is away",
        chart="agent.sidecarGate",
    )
    gate_seconds: int = row(
        "SIDECAR_GATE_SECONDS",
        Number(5, 300),
        20,
        "how long that hook waits before the container fails, says why, and is started again; the deletion of such a "
        "Pod has to wait as long",
        chart="agent.sidecarGateSeconds",
    )
    init_start: Start = row(
        "INIT_START",
        Choice(get_args(Start)),
        "init",
        "the default of `omamori.dev/start`",
        chart="agent.initStart",
    )
    unset_user: bool = row(
        "AGENT_UNSET_USER",
        parse_boolean,
        False,
        "leaves the container's user to the platform, as OpenShift's security context constraints want it",
        chart="agent.unsetUser",
    )


def read_agent(variables: Variables) -> AgentSettings:
    """Read the agent's variables; mistakes are added to `variables`."""
    agent = variables.read(AgentSettings)
    for resource, request, limit in (
        ("CPU", agent.cpu_request, agent.cpu_limit),
        ("MEMORY", agent.memory_request, agent.memory_limit),
        ("EPHEMERAL_STORAGE", agent.storage_request, agent.storage_limit),
    ):
        if request and limit and parse_quantity(request) > parse_quantity(limit):
            variables.note(f"AGENT_{resource}_REQUEST", "is more than the limit")
    return agent
