"""kube-apiserver with its etcd: enough for dry runs, validation and token reviews, and up in seconds."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.realparts.audit import AUDIT_POLICY
from tests.realparts.certificates import Authority, KeyPair, signing_key
from tests.realparts.etcd import Etcd, etcd
from tests.realparts.kubeconfig import write_kubeconfig
from tests.realparts.parts import part
from tests.realparts.requests import status_of
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tests.realparts.processes import Process
    from tests.realparts.sandbox import Sandbox

SERVICE_ADDRESS = "10.96.0.1"  # of the Service `kubernetes`: the first of the range
SERVICE_ISSUER = "https://kubernetes.default.svc.cluster.local"


@dataclass(frozen=True, slots=True)
class ApiServer:
    """A running API server, and the administrator's view of it."""

    box: Sandbox
    url: str
    authority: Authority
    kubeconfig: Path
    service_account_keys: KeyPair
    audit_log: Path
    log: Path
    etcd: Etcd = field(repr=False)
    _serving: _Serving = field(repr=False)

    @property
    def ca(self) -> Path:
        """What clients trust, in PEM; Vault's kubernetes auth wants its text."""
        return self.authority.certificate

    def stop(self) -> None:
        """End the API server alone; `start` starts it again, on the same port and etcd."""
        self._serving.stop()

    def start(self) -> None:
        """Start it again, and wait until it is ready. Nothing happens if it runs."""
        self._serving.start()

    def kubectl(
        self, *arguments: str, stdin: str | bytes | None = None, check: bool = True, seconds: float = 60.0
    ) -> str:
        """Run kubectl as system:masters and give its output, errors after it. Raises CommandFailed if check."""
        result = self.box.run(self.kubectl_command(*arguments), stdin=stdin, check=check, seconds=seconds)
        return result.stdout if check else result.stdout + result.stderr

    def kubectl_command(self, *arguments: str) -> list[str | Path]:
        """Give the command line of kubectl as system:masters."""
        return [part("kubernetes") / "bin" / "kubectl", "--kubeconfig", self.kubeconfig, *arguments]

    def get(self, *arguments: str, stdin: str | None = None) -> Any:
        """`kubectl get ARGUMENTS -o json`, parsed; None for the empty answer that `--ignore-not-found` may give."""
        answer = self.kubectl("get", *arguments, "-o", "json", stdin=stdin)
        return json.loads(answer) if answer.strip() else None

    def apply(self, *manifests: Mapping[str, Any], options: Sequence[str] = ()) -> str:
        """`kubectl apply` of manifests as they are."""
        documents = {"apiVersion": "v1", "kind": "List", "items": list(manifests)}
        return self.kubectl("apply", "-f", "-", *options, stdin=json.dumps(documents))

    def create(self, manifest: Mapping[str, Any]) -> str:
        """`kubectl create` of a manifest, which may ask for a name; gives the name."""
        asked = ("create", "-f", "-", "-o", "jsonpath={.metadata.name}")
        return self.kubectl(*asked, stdin=json.dumps(manifest))

    def dump_etcd(self) -> bytes:
        """Read every key and value that the cluster stores; the search for a secret reads them."""
        return self.etcd.dump()

    def user(self, name: str, group: str | None = None) -> Path:
        """Make a kubeconfig for another user, known by certificate; what it may do is RBAC's."""
        file = name.replace(":", "-")
        pair = self.authority.issue(file, user=name, group=group)
        return write_kubeconfig(self.box.folder / "kubernetes" / f"{file}.conf", self.url, self.ca, pair)


class _Serving:
    """The process, which may come and go."""

    def __init__(self, box: Sandbox, command: Sequence[str | Path], url: str, trusted: Path) -> None:
        self._box = box
        self._command = command
        self._ready = f"{url}/readyz"
        self._trusted = trusted
        self._process: Process | None = None

    def start(self) -> Process:
        if self._process is None:
            self._process = self._box.start("kube-apiserver", self._command)
            self._process.wait_until(
                lambda: status_of(self._ready, trusted=self._trusted) == 200, 60, "the API server is ready"
            )
        return self._process

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop()
            self._process = None


@contextlib.contextmanager
def api_server(
    box: Sandbox,
    *,
    flags: Sequence[str] = (),
    controllers: bool = False,
    controller_flags: Sequence[str] = (),
    audit: Mapping[str, Any] = AUDIT_POLICY,
    default_accounts: Sequence[str] = ("default",),
) -> Iterator[ApiServer]:
    """Run etcd and the API server, and the controller manager if asked.

    `flags` are added to the API server's, `controller_flags` to the controller manager's. Without that one nobody makes
    a `default` ServiceAccount in a new namespace, without which no Pod is admitted: it is made here in
    `default_accounts`, namespaces made on the way.
    """
    folder = box.folder / "kubernetes"
    authority = Authority(folder, "Kubernetes of the tests")
    keys = signing_key(folder)
    port = box.port(6443)
    url = f"https://{box.address}:{port}"
    audit_log = box.folder / "logs" / "audit.log"
    policy = folder / "audit-policy.json"
    policy.write_text(json.dumps(audit))
    with etcd(box) as store:
        command: list[str | Path] = [
            part("kubernetes") / "bin" / "kube-apiserver",
            *(f"--{name}={value}" for name, value in _flags(box, authority, keys, port).items()),
            f"--etcd-servers={store.url}",
            f"--audit-policy-file={policy}",
            f"--audit-log-path={audit_log}",
            *flags,
        ]
        serving = _Serving(box, command, url, authority.certificate)
        try:
            process = serving.start()
            admin = authority.issue("admin", user="admin", group="system:masters")
            server = ApiServer(
                box=box,
                url=url,
                authority=authority,
                kubeconfig=write_kubeconfig(folder / "admin.conf", url, authority.certificate, admin),
                service_account_keys=keys,
                audit_log=audit_log,
                log=process.log,
                etcd=store,
                _serving=serving,
            )
            if not controllers:
                _make_accounts(server, default_accounts)
                yield server
                return
            with controller_manager(server, controller_flags):
                yield server
        finally:
            serving.stop()


@contextlib.contextmanager
def controller_manager(server: ApiServer, flags: Sequence[str] = ()) -> Iterator[None]:
    """Run the controllers: Deployments get Pods, namespaces their `default` ServiceAccount."""
    box = server.box
    command: list[str | Path] = [
        part("kubernetes") / "bin" / "kube-controller-manager",
        f"--kubeconfig={server.user('system:kube-controller-manager')}",
        "--use-service-account-credentials",
        f"--service-account-private-key-file={server.service_account_keys.key}",
        f"--root-ca-file={server.ca}",
        "--leader-elect=false",
        "--bind-address=127.0.0.1",
        f"--secure-port={box.port(10257)}",
        f"--cert-dir={box.folder / 'kubernetes'}",
        *flags,
    ]
    with box.running("kube-controller-manager", command) as process:
        process.wait_until(
            lambda: server.kubectl("get", "sa", "default", "-o", "name", check=False).startswith("serviceaccount/"),
            60,
            "the controller manager makes the default ServiceAccount",
        )
        yield


def _flags(box: Sandbox, authority: Authority, keys: KeyPair, port: int) -> dict[str, str]:
    """Give the API server's flags, without etcd's and the audit log's."""
    names = (
        "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local",
        SERVICE_ADDRESS,
        "localhost",
        "127.0.0.1",
    )
    serving = authority.issue("apiserver", box.address, box.node, *names)
    kubelet_client = authority.issue("apiserver-kubelet-client", user="kube-apiserver", group="system:masters")
    return {
        "secure-port": str(port),
        "bind-address": box.listen,
        # it may not be a loopback address; nobody connects to it where there is no node (192.0.2.0/24: documentation)
        "advertise-address": box.node if box.own_network else "192.0.2.1",
        "client-ca-file": str(authority.certificate),
        "tls-cert-file": str(serving.certificate),
        "tls-private-key-file": str(serving.key),
        "authorization-mode": "Node,RBAC",
        "enable-admission-plugins": "NodeRestriction",
        "service-cluster-ip-range": "10.96.0.0/24",
        "allow-privileged": "true",
        "service-account-issuer": SERVICE_ISSUER,
        "service-account-key-file": str(keys.certificate),
        "service-account-signing-key-file": str(keys.key),
        "kubelet-client-certificate": str(kubelet_client.certificate),
        "kubelet-client-key": str(kubelet_client.key),
        "kubelet-certificate-authority": str(authority.certificate),
        "kubelet-preferred-address-types": "InternalIP",
        # webhook Services are then reached at their endpoints, without kube-proxy
        "enable-aggregator-routing": "true",
    }


def _make_accounts(server: ApiServer, namespaces: Sequence[str]) -> None:
    # the API server makes the first namespaces itself, a moment after it is ready
    wait_until(
        lambda: server.kubectl("get", "namespace", "default", "-o", "name", check=False).startswith("namespace/"),
        30,
        "the API server makes the namespace default",
        log=server.log,
    )
    for namespace in namespaces:
        account = {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": "default", "namespace": namespace},
        }
        made = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
        server.apply(*([] if namespace == "default" else [made]), account)
