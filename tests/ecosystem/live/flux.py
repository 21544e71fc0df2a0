"""Flux' kustomize-controller on the suites' cluster, and a repository whose artifacts the tests make.

The source-controller cannot be built from its module: the artifact that it would make is served here.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.ecosystem.live.kinds import install_kinds
from tests.ecosystem.live.shop import Shop
from tests.realparts.parts import part

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.install.installed import Installed

NAMESPACE = "flux-system"
PORT = 18080


@dataclass(slots=True)
class Fleet:
    """The repository that the Kustomizations name, as an artifact of it is served."""

    inside: Installed
    folder: Path
    revision: int = 0

    def publish(self, files: Mapping[str, str]) -> None:
        """Make the next artifact, of these files, and have the GitRepository name it."""
        self.revision += 1
        tree = self.folder / f"tree-{self.revision}"
        for path, text in files.items():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_text(text)
        served = self.folder / "served"
        served.mkdir(exist_ok=True)
        archive = served / f"{self.revision}.tar.gz"
        with tarfile.open(archive, "w:gz") as tar:
            tar.add(tree, arcname=".")
        artifact = {
            "path": archive.name,
            "url": f"http://127.0.0.1:{PORT}/{archive.name}",
            "revision": f"main@sha1:{hashlib.sha1(archive.read_bytes()).hexdigest()}",  # noqa: S324 - as git names it
            "digest": f"sha256:{hashlib.sha256(archive.read_bytes()).hexdigest()}",
            "lastUpdateTime": "2026-01-01T00:00:00Z",
            "size": archive.stat().st_size,
        }
        ready = {
            "type": "Ready",
            "status": "True",
            "reason": "Succeeded",
            "message": "served by the tests",
            "lastTransitionTime": "2026-01-01T00:00:00Z",
        }
        body = {"status": {"artifact": artifact, "conditions": [ready], "observedGeneration": 1}}
        told = ("patch", "gitrepository", "fleet", "-n", NAMESPACE, "--subresource=status", "--type=merge")
        self.inside.nodes.kubectl(*told, "-p", json.dumps(body))

    def ready(self, name: str) -> dict[str, Any] | None:
        """Give a Kustomization whose last revision is applied and ready; None: not yet."""
        found: dict[str, Any] = self.inside.nodes.get("kustomization", name, "-n", NAMESPACE)
        status = found.get("status", {})
        conditions = {each["type"]: each["status"] for each in status.get("conditions", ())}
        current = status.get("lastAppliedRevision") == status.get("lastAttemptedRevision") != None  # noqa: E711
        seen = status.get("observedGeneration") == found["metadata"]["generation"]
        return found if current and seen and conditions.get("Ready") == "True" else None

    def reconcile(self, name: str) -> None:
        """Have a Kustomization applied once more, as `flux reconcile` does, and wait until it was."""
        before = self.inside.nodes.get("kustomization", name, "-n", NAMESPACE)["status"].get("lastHandledReconcileAt")
        token = f"{before}+"
        told = ("annotate", "kustomization", name, "-n", NAMESPACE, "--overwrite")
        self.inside.nodes.kubectl(*told, f"reconcile.fluxcd.io/requestedAt={token}")

        def handled() -> bool:
            status = self.inside.nodes.get("kustomization", name, "-n", NAMESPACE)["status"]
            return bool(status.get("lastHandledReconcileAt") == token)

        Shop(self.inside, "gitops-flux").wait(handled, f"{name} is applied once more")


@contextlib.contextmanager
def running_fleet(inside: Installed) -> Iterator[Fleet]:
    """The controller runs; omamori is uninstalled, and afterwards installed again."""
    nodes, box = inside.nodes, inside.box
    folder = box.folder / "fleet"
    (folder / "served").mkdir(parents=True)
    install_kinds(nodes, "flux")
    nodes.kubectl("create", "namespace", NAMESPACE)
    nodes.apply(
        {
            "apiVersion": "source.toolkit.fluxcd.io/v1",
            "kind": "GitRepository",
            "metadata": {"name": "fleet", "namespace": NAMESPACE},
            "spec": {"url": "https://git.example.com/fleet", "interval": "1h"},
        }
    )
    inside.release.uninstall("--wait")
    controller: list[str | Path] = [
        part("flux") / "bin/kustomize-controller",
        "--log-level=info",
        "--requeue-dependency=2s",
        "--metrics-addr=127.0.0.1:18083",
        "--health-addr=127.0.0.1:18084",
        "--feature-gates=StrictPostBuildSubstitutions=true",
        "--watch-all-namespaces=true",
    ]
    server: list[str | Path] = [
        sys.executable,
        "-m",
        "http.server",
        str(PORT),
        "--bind",
        "127.0.0.1",
        "-d",
        folder / "served",
    ]
    with (
        box.running("artifacts", server),
        box.running(
            "kustomize-controller", controller, {"KUBECONFIG": str(nodes.kubeconfig), "RUNTIME_NAMESPACE": NAMESPACE}
        ),
    ):
        yield Fleet(inside, folder)
        with contextlib.suppress(AssertionError):
            nodes.kubectl("delete", "kustomizations", "--all", "-n", NAMESPACE, seconds=180)
    inside.release.install(inside.values, "--wait", "--timeout=180s")
