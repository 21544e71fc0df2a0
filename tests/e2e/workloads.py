"""The Pods that get their secrets: what each asks for, and what its application must find."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.support.cluster.manifests import REPORT, container, controlled, pod
from tests.support.cluster.vaultside import AUDIENCE, ODD_PATH
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from tests.support.cluster.installation import Installation

NAMESPACE = "shop"
STRICT = "strict"  # Pod Security: restricted
PLACES: Mapping[str, Mapping[str, str]] = {
    NAMESPACE: {},
    STRICT: {"pod-security.kubernetes.io/enforce": "restricted"},
}

SECONDS = 180.0


class File(NamedTuple):
    """A file that the application must find: the secret whose value it holds, its owner and its mode."""

    path: str
    secret: str
    owner: str
    mode: str


class Variable(NamedTuple):
    """A variable that the application must find: the secret whose value it holds, and what is around the value."""

    name: str
    secret: str
    shape: str = "{}"

    @property
    def path(self) -> str:
        """What the application is asked for."""
        return f"env:{self.name}"


@dataclass(frozen=True)
class Workload:
    """One row. `expected` is by container; who is not there is not looked at."""

    name: str
    annotations: Mapping[str, str]
    expected: Mapping[str, Sequence[File | Variable]]
    spec: Mapping[str, Any] = field(default_factory=dict)
    kind: str = "Pod"
    replicas: int = 1
    namespace: str = NAMESPACE
    audience: str = AUDIENCE

    @property
    def stays(self) -> bool:
        """Whether its Pods run on; they end otherwise."""
        return self.kind in {"Deployment", "StatefulSet"}

    def manifest(self) -> dict[str, Any]:
        """Give the manifest; containers that have no command of their own report what they should find."""
        spec = {"containers": [container()], **self.spec}
        for group in ("initContainers", "containers"):
            if group in spec:
                spec[group] = [self._with_paths(each) for each in spec[group]]
        return controlled(self.kind, pod(self.namespace, self.name, self.annotations, spec), self.replicas)

    def _with_paths(self, each: Mapping[str, Any]) -> dict[str, Any]:
        if each["command"] != list(REPORT):
            return dict(each)
        stay = ["--stay"] if self.stays or each.get("restartPolicy") == "Always" else []
        # the kubelet expands $ in arguments, though not in mounts
        paths = [wanted.path.replace("$", "$$") for wanted in self.expected.get(each["name"], ())]
        return {**each, "command": [*REPORT, *stay, *paths]}


def _mail(owner: str, mode: str, path: str = "/vault/secrets/mail.pass") -> File:
    return File(path, "mail", owner, mode)


MAIL = {"file.omamori.dev/mail.pass": "secret/data/shop/mail#password"}
PASSWORD = {"env.omamori.dev/DB_PASSWORD": "secret/data/shop/db#password"}
UNKNOWN_USER = _mail("65532:65532", "0444")
RESTRICTED = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}

WORKLOADS = (
    Workload("deployment", MAIL, {"app": [UNKNOWN_USER]}, kind="Deployment", replicas=2),
    Workload(
        "stateful",
        {**MAIL, "file.omamori.dev/old": "plain/shop/legacy#token as=.token dir=/home/app"},
        {"app": [_mail("1000:0", "0400"), File("/home/app/.token", "legacy", "1000:0", "0400")]},
        {"securityContext": {"runAsUser": 1000}},
        kind="StatefulSet",
    ),
    Workload("job", MAIL, {"app": [UNKNOWN_USER]}, kind="Job"),
    Workload("cron", MAIL, {"app": [UNKNOWN_USER]}, kind="CronJob"),
    Workload("bare", MAIL, {"app": [UNKNOWN_USER]}),
    Workload(
        "two-users",
        {
            "file.omamori.dev/common": "secret/data/shop/db#password",
            "file.omamori.dev/first": "secret/data/shop/mail#password containers=first",
            "file.omamori.dev/second": "plain/shop/legacy#token containers=second mode=0444",
        },
        {
            "first": [
                File("/vault/secrets/common", "db", "65532:65532", "0444"),
                File("/vault/secrets/first", "mail", "65532:65532", "0444"),
            ],
            "second": [
                File("/vault/secrets/common", "db", "65532:65532", "0444"),
                File("/vault/secrets/second", "legacy", "65532:65532", "0444"),
            ],
        },
        {
            "containers": [
                container("first", securityContext={"runAsUser": 1001}),
                container("second", securityContext={"runAsUser": 1002}),
            ]
        },
    ),
    Workload(
        "migration",
        {
            "file.omamori.dev/common": "secret/data/shop/db#password containers=migrate,app",
            "file.omamori.dev/own": "secret/data/shop/mail#password containers=migrate",
        },
        {
            "migrate": [
                File("/vault/secrets/common", "db", "65532:65532", "0444"),
                File("/vault/secrets/own", "mail", "65532:65532", "0444"),
            ],
            "app": [File("/vault/secrets/common", "db", "65532:65532", "0444")],
        },
        {"initContainers": [container("migrate")]},
    ),
    Workload("no-api-token", MAIL, {"app": [UNKNOWN_USER]}, {"automountServiceAccountToken": False}),
    Workload(
        "sidecar",
        {"file.omamori.dev/mail.pass": "secret/data/shop/mail#password containers=proxy,app"},
        {"proxy": [UNKNOWN_USER], "app": [UNKNOWN_USER]},
        {"initContainers": [container("proxy", restartPolicy="Always")]},
    ),
    Workload(
        "pod-resources",
        MAIL,
        {"app": [UNKNOWN_USER]},
        {"resources": {"limits": {"cpu": "200m", "memory": "96Mi"}}},
    ),
    Workload("group", MAIL, {"app": [_mail("65532:3000", "0440")]}, {"securityContext": {"fsGroup": 3000}}),
    Workload("root", MAIL, {"app": [_mail("65532:0", "0440")]}, {"securityContext": {"runAsUser": 0}}),
    Workload(
        "odd",
        {"file.omamori.dev/odd": f'secret/data/shop/{ODD_PATH}#password dir="/srv/$(HOME)/$$" as=$(X'},
        {"app": [File("/srv/$(HOME)/$$/$(X", "odd", "65532:65532", "0444")]},
    ),
    Workload("mapped", {**MAIL, "omamori.dev/vault": "mapped"}, {"app": [UNKNOWN_USER]}, audience="mapped"),
    Workload(
        "restricted",
        {**MAIL, "omamori.dev/run-as-user": "10001"},
        {"app": [_mail("10001:0", "0400")]},
        {
            "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [container(securityContext=RESTRICTED)],
        },
        namespace=STRICT,
    ),
    Workload(
        "variables",
        PASSWORD,
        {"app": [Variable("DB_PASSWORD", "db"), Variable("URL", "db", "postgres://shop:{}@db.shop.svc/shop")]},
        {"containers": [container(env=[{"name": "URL", "value": "postgres://shop:$(DB_PASSWORD)@db.shop.svc/shop"}])]},
        kind="Deployment",
        replicas=2,
    ),
    Workload("varjob", {**PASSWORD, **MAIL}, {"app": [Variable("DB_PASSWORD", "db"), UNKNOWN_USER]}, kind="Job"),
    Workload(
        "varinit",
        {
            "env.omamori.dev/TOKEN": "plain/shop/legacy#token containers=migrate,app",
            "env.omamori.dev/app-mail": "secret/data/shop/mail#password as=MAIL containers=app",
        },
        {"migrate": [Variable("TOKEN", "legacy")], "app": [Variable("TOKEN", "legacy"), Variable("MAIL", "mail")]},
        {"initContainers": [container("migrate")]},
    ),
    Workload(
        "launched",
        {**PASSWORD, **MAIL, "omamori.dev/env-delivery": "exec"},
        {"app": [Variable("DB_PASSWORD", "db"), _mail("10001:0", "0400")], "worker": [Variable("DB_PASSWORD", "db")]},
        {
            "securityContext": {"runAsUser": 10001, "runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [
                container(securityContext=RESTRICTED, env=[{"name": "DB_HOST", "value": "db"}]),
                container("worker", securityContext={**RESTRICTED, "readOnlyRootFilesystem": True}),
            ],
        },
        namespace=STRICT,
    ),
)

BY_NAME = {each.name: each for each in WORKLOADS}


def apply_workloads(installation: Installation) -> None:
    """Apply all of them at once, each with its ServiceAccount and role."""
    for place, labels in PLACES.items():
        installation.namespace(place, labels)
    accounts = [installation.account(each.namespace, each.name, audience=each.audience) for each in WORKLOADS]
    ca = {"ca.pem": installation.vault.ca_pem.read_text()}
    metadata = {"name": "vault-ca", "namespace": NAMESPACE}
    installation.nodes.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": ca}, *accounts)
    installation.nodes.apply(*(each.manifest() for each in WORKLOADS))
    for each in WORKLOADS:
        if each.kind == "CronJob":
            job = ("job", f"{each.name}-now", f"--from=cronjob/{each.name}")
            installation.nodes.kubectl("create", *job, "-n", each.namespace)


def wait_for(installation: Installation, workload: Workload) -> list[dict[str, Any]]:
    """Wait until a workload's Pods run or have ended well, and give them."""

    def made() -> list[dict[str, Any]]:
        found = installation.pods(workload.namespace, workload.name)
        return found if len(found) >= workload.replicas else []

    pods = wait_until(made, SECONDS, f"the {workload.kind} {workload.name} makes its Pods")
    phase = "Running" if workload.stays else "Succeeded"
    names = [each["metadata"]["name"] for each in pods]
    return [installation.wait_for_phase(workload.namespace, name, phase) for name in names]


def settled(installation: Installation) -> list[dict[str, Any]]:
    """Wait for all workloads; gives all their Pods."""
    return [pod for each in WORKLOADS for pod in wait_for(installation, each)]
