"""The Pods that do not get their secrets: what is wrong with each, and what a person must read of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.support.cluster.installation import account
from tests.support.cluster.manifests import pod
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.cluster.installation import Installation

NAMESPACE = "faults"
OURS = "omamori-init"
SECONDS = 180.0

GOOD = {"file.omamori.dev/good": "secret/data/shop/db#password"}


@dataclass(frozen=True, slots=True)
class Wrong:
    """One row. `role` are the role's fields that differ; None: there is no role. `hint` and `words` are parts."""

    name: str
    annotations: Mapping[str, str]
    exit_code: int
    reason: str
    words: str
    hint: str
    role: Mapping[str, str] | None = field(default_factory=dict)


WRONG = (
    Wrong("role-absent", GOOD, 12, "login-refused", "invalid role name", "write the role auth/kubernetes/role/", None),
    Wrong(
        "role-of-another",
        {**GOOD, "omamori.dev/role": "faults.path-missing"},
        12,
        "login-refused",
        "not authorized",
        "bind this ServiceAccount and its namespace in auth/kubernetes/role/faults.path-missing",
    ),
    Wrong(
        "wrong-audience",
        GOOD,
        12,
        "login-refused",
        "audience",
        "the role auth/kubernetes/role/faults.wrong-audience must have the audience",
        {"audience": "elsewhere"},
    ),
    Wrong(
        "path-refused",
        {**GOOD, "file.omamori.dev/other": "secret/data/bank/db#password"},
        13,
        "path-refused",
        "",
        'path "secret/data/bank/db" { capabilities = ["read"] }',
    ),
    Wrong(
        "path-without-data",
        {**GOOD, "file.omamori.dev/other": "secret/shop/mail#password"},
        13,
        "path-refused",
        "",
        "this is KV version 2: write MOUNT/data/NAME instead of secret/shop/mail",
    ),
    Wrong(
        "path-missing",
        {**GOOD, "file.omamori.dev/other": "secret/data/shop/absent#password"},
        14,
        "path-not-found",
        "",
        "optional=true",
    ),
    Wrong("key-missing", {**GOOD, "file.omamori.dev/other": "secret/data/shop/db#absent"}, 15, "key-missing", "", ""),
    Wrong(
        "unreachable",
        {**GOOD, "omamori.dev/vault": "gone"},
        10,
        "vault-unreachable",
        "",
        "is Vault up at https://",
    ),
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What was seen of one Pod: `ended` is how its first init container ended, `files` what was left on the node."""

    wrong: Wrong
    described: str
    ended: Mapping[str, Any]
    said: Mapping[str, Any]
    log: str
    app: Mapping[str, Any]
    files: list[str]
    pod: Mapping[str, Any]


def observed_faults(installation: Installation) -> dict[str, Fault]:
    """Apply all of them, look at each once its container has ended, and delete them: they would be tried for ever."""
    installation.namespace(NAMESPACE)
    for each in WRONG:
        if each.role is None:
            installation.nodes.apply(account(NAMESPACE, each.name))
        else:
            installation.nodes.apply(installation.account(NAMESPACE, each.name, **each.role))
    pods = [pod(NAMESPACE, each.name, each.annotations, {"restartPolicy": "Always"}) for each in WRONG]
    installation.nodes.apply(*pods)
    seen = {each.name: _observe(installation, each) for each in WRONG}
    installation.nodes.kubectl("delete", "pods", "--all", "-n", NAMESPACE, seconds=SECONDS)
    return seen


def _observe(installation: Installation, wrong: Wrong) -> Fault:
    place = ("-n", NAMESPACE)

    def ended() -> Any:
        (ours,) = installation.nodes.get("pod", wrong.name, *place)["status"].get("initContainerStatuses", [None])
        return ours and (ours["state"].get("terminated") or ours["lastState"].get("terminated"))

    how = wait_until(ended, SECONDS, f"the init container of {wrong.name} ends")
    found = installation.nodes.get("pod", wrong.name, *place)

    def log() -> str:
        """Give the log of that run: the kubelet may have started the container again."""
        logs = ("logs", wrong.name, "-c", OURS, *place)
        runs = (installation.nodes.kubectl(*logs, *more, check=False) for more in ((), ("--previous",)))
        return next((text for text in runs if how["message"] in text), "")

    return Fault(
        wrong=wrong,
        described=installation.nodes.kubectl("describe", "pod", wrong.name, *place),
        ended=how,
        said=json.loads(how["message"]),
        log=wait_until(log, SECONDS, f"the log of {wrong.name} has its last words"),
        app=found["status"]["containerStatuses"][0],
        files=installation.files_on_node(found),
        pod=found,
    )
