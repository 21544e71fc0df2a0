"""Argo CD's repo server and application controller, on a git repository of the run; it has no server and no UI."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.ecosystem.live.kinds import install_kinds
from tests.realparts.parts import part
from tests.support.cluster.images import TOOLS
from tests.support.waiting import wait_until
from webhook.workloads.manifest import parse_manifests

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.install.installed import Installed
    from tests.realparts.processes import Process
    from tests.realparts.sandbox import Sandbox

NAMESPACE = "argocd"
PROJECT = Path(__file__).parents[3]
CUSTOMIZED = PROJECT / "deploy/argo-cd/argocd-cm.yaml"
PLUGIN = PROJECT / "deploy/argo-cd/plugin.yaml"
PATCH = PROJECT / "deploy/argo-cd/repo-server.yaml"
REFRESH = "argocd.argoproj.io/refresh"
REDIS = 6379
REPO_SERVER = 8081
PART_OF = {"app.kubernetes.io/part-of": "argocd"}
SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class ArgoCD:
    """A running Argo CD, and the repository that it reads."""

    inside: Installed
    repository: Path

    def commit(self, folder: str, name: str, *manifests: Mapping[str, Any]) -> None:
        """Commit manifests as one file, replacing what it was."""
        file = self.repository / folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": list(manifests)}))
        self.commit_all()

    def commit_all(self) -> None:
        """Commit everything in the repository."""
        _git(self.repository, "add", "--all")
        _git(self.repository, "commit", "--quiet", "--message=change")

    def application(self, name: str, source: Mapping[str, Any], namespace: str, **policy: Any) -> None:
        """Make an Application that is synced by itself."""
        self.inside.nodes.apply(
            {
                "apiVersion": "argoproj.io/v1alpha1",
                "kind": "Application",
                "metadata": {"name": name, "namespace": NAMESPACE},
                "spec": {
                    "project": "default",
                    "source": {"repoURL": f"file://{self.repository}", "targetRevision": "main", **source},
                    "destination": {"server": "https://kubernetes.default.svc", "namespace": namespace},
                    "syncPolicy": {"automated": {}, **policy},
                },
            }
        )

    def status(self, name: str) -> dict[str, Any]:
        """Give the status of an Application; empty at first."""
        found: dict[str, Any] = self.inside.nodes.get("application", name, "-n", NAMESPACE)
        return dict(found.get("status", {}))

    def wait(self, name: str, sync: str, health: str) -> dict[str, Any]:
        """Wait until an Application is so, and give its status; where it does not come, the error has the status."""

        def reached() -> dict[str, Any] | None:
            status = self.status(name)
            is_so = (status.get("sync", {}).get("status"), status.get("health", {}).get("status")) == (sync, health)
            return status if is_so else None

        try:
            return wait_until(reached, SECONDS, f"the Application {name} is {sync} and {health}")
        except AssertionError as late:
            raise AssertionError(f"{late}\n{json.dumps(self.status(name))[:8000]}") from None

    def refresh(self, name: str) -> dict[str, Any]:
        """Have an Application compared anew, its manifests made anew, and give its status then."""
        asked = ("annotate", "application", name, "-n", NAMESPACE, "--overwrite", f"{REFRESH}=hard")
        self.inside.nodes.kubectl(*asked)

        def is_done() -> bool:  # Argo CD takes the annotation away with the result
            found = self.inside.nodes.get("application", name, "-n", NAMESPACE)
            return REFRESH not in found["metadata"].get("annotations", {})

        wait_until(is_done, SECONDS, f"{name} is compared anew")
        return self.status(name)

    def cache(self) -> bytes:
        """Give everything that Argo CD keeps in Redis, unpacked."""
        box = self.inside.box
        keys = _redis(box, "--scan").split()
        values = [_redis(box, "GET", key.decode()).removesuffix(b"\n") for key in keys]
        return b"\n".join([*keys, *(gzip.decompress(each) if each[:2] == b"\x1f\x8b" else each for each in values)])


@contextlib.contextmanager
def argo_cd(inside: Installed) -> Iterator[ArgoCD]:
    """Run it, with the health check of deploy/argo-cd; Argo CD's own rights are the administrator's."""
    box, folder = inside.box, inside.box.folder / "argocd"
    repository = folder / "repository"
    repository.mkdir(parents=True)
    _git(repository, "init", "--quiet", "--initial-branch=main")
    inside.nodes.kubectl("create", "namespace", NAMESPACE)
    install_kinds(inside.nodes, "argo-cd")
    inside.nodes.apply(*_configuration())
    programs = [f"{part(each)}/bin" for each in ("argo-cd", "helm", "kubernetes")]
    environment = {
        "ARGOCD_FAKE_IN_CLUSTER": "true",
        "ARGOCD_GPG_ENABLED": "false",
        "ARGOCD_TLS_DATA_PATH": str(folder / "tls"),
        "ARGOCD_SSH_DATA_PATH": str(folder / "ssh"),
        "ARGOCD_PLUGINSOCKFILEPATH": str(folder / "plugins"),
        "KUBECONFIG": str(inside.nodes.kubeconfig),
        "HOSTNAME": "argocd-application-controller-0",
        "PATH": ":".join([*programs, os.environ["PATH"]]),
    }
    redis = ["redis-server", "--port", str(REDIS), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    common = [f"--redis=127.0.0.1:{REDIS}", "--loglevel=info"]
    with (
        box.running("redis", redis),
        _plugin(inside, folder),
        _component(
            box,
            "argocd-repo-server",
            [*common, f"--port={REPO_SERVER}", "--disable-tls", "--client-ca-path="],
            environment,
        ) as server,
        _component(
            box,
            "argocd-application-controller",
            [
                *common,
                f"--kubeconfig={inside.nodes.kubeconfig}",
                f"--namespace={NAMESPACE}",
                f"--repo-server=127.0.0.1:{REPO_SERVER}",
                "--repo-server-plaintext",
                "--persist-resource-health",
                "--app-resync=10",
                "--app-resync-jitter=0",
                "--metrics-port=18082",
            ],
            environment,
        ),
    ):
        server.wait_until(lambda: _listens(box, REPO_SERVER), 60, "the repo server listens")
        yield ArgoCD(inside, repository)


@contextlib.contextmanager
def _component(box: Sandbox, name: str, flags: Sequence[str], environment: Mapping[str, str]) -> Iterator[Process]:
    """Run one of the programs that Argo CD's one is, by the name that it is told."""
    program = part("argo-cd") / "bin/argocd"
    with box.running(name, [program, *flags], {**environment, "ARGOCD_BINARY_NAME": name}) as process:
        yield process


def _listens(box: Sandbox, port: int) -> bool:
    """Whether somebody listens at a port of the run's loopback."""
    probe = f"import socket; socket.create_connection(('127.0.0.1', {port}), 1)"
    return box.run([sys.executable, "-c", probe], check=False).returncode == 0


@contextlib.contextmanager
def _plugin(inside: Installed, folder: Path) -> Iterator[None]:
    """Run the plugin's container of deploy/argo-cd in a Pod of its own; its socket is where the repo server looks."""
    programs, sockets = folder / "programs", folder / "plugins"
    programs.mkdir()
    shutil.copy(part("argo-cd") / "bin/argocd", programs / "argocd-cmp-server")
    sockets.mkdir()
    sockets.chmod(0o777)  # the Pod's user is another one
    (patch,) = parse_manifests(PATCH.name, PATCH.read_text())
    spec = json.loads(json.dumps(patch.value["spec"]["template"]["spec"]))
    (container,) = spec["containers"]
    container |= {"image": TOOLS, "imagePullPolicy": "Never"}
    spec["volumes"] += [
        {"name": "var-files", "hostPath": {"path": str(programs)}},
        {"name": "plugins", "hostPath": {"path": str(sockets)}},
    ]
    metadata = {"name": "omamori-lint", "namespace": NAMESPACE}
    inside.nodes.apply(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"plugin.yaml": PLUGIN.read_text()}},
        {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec},
    )
    try:
        wait_until(lambda: list(sockets.iterdir()), SECONDS, "the plugin listens")
        yield
    finally:
        inside.nodes.kubectl("delete", "pod", metadata["name"], "-n", NAMESPACE)


def _configuration() -> list[Mapping[str, Any]]:
    """Give the objects that Argo CD's own manifests have; the health check is from the file that users merge."""
    (customized,) = parse_manifests(CUSTOMIZED.name, CUSTOMIZED.read_text())
    others = [
        {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": NAMESPACE, "labels": PART_OF}}
        for kind, name in (
            ("ConfigMap", "argocd-rbac-cm"),
            ("ConfigMap", "argocd-ssh-known-hosts-cm"),
            ("ConfigMap", "argocd-tls-certs-cm"),
            ("Secret", "argocd-secret"),
        )
    ]
    every = [{"group": "*", "kind": "*"}]
    project = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AppProject",
        "metadata": {"name": "default", "namespace": NAMESPACE},
        "spec": {
            "sourceRepos": ["*"],
            "destinations": [{"namespace": "*", "server": "*"}],
            "clusterResourceWhitelist": every,
        },
    }
    return [customized.value, *others, project]


def _git(repository: Path, *words: str) -> None:
    who = ("-c", "user.name=tests", "-c", "user.email=tests@localhost")
    subprocess.run(["git", "-C", repository, *who, *words], check=True, capture_output=True)


def _redis(box: Sandbox, *words: str) -> bytes:
    command = box.inside(["redis-cli", "-p", str(REDIS), "--raw", *words])
    return subprocess.run(command, check=True, capture_output=True).stdout
