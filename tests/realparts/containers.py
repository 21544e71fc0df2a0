"""containerd with its CNI network, in the run's folders: the container runtime of the node."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import tarfile
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from tests.realparts.parts import part
from tests.realparts.runtimes import DEBIANS, PAUSE_IMAGE, SOCKET, Runtime

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.realparts.sandbox import Sandbox

PODS = "10.88.0.0/16"

CNI = {
    "cniVersion": "0.4.0",
    "name": "tests",
    "plugins": [
        {
            "type": "bridge",
            "bridge": "pods0",
            "isGateway": True,
            "ipMasq": False,  # nothing of a Pod goes further than the node
            "hairpinMode": True,
            "ipam": {
                "type": "host-local",
                "ranges": [[{"subnet": PODS}]],
                "routes": [{"dst": "0.0.0.0/0"}],
                "dataDir": "/run/cni",
            },
        },
        {"type": "portmap", "capabilities": {"portMappings": True}},
    ],
}


@dataclass(frozen=True, slots=True)
class Containers:
    """A running containerd."""

    box: Sandbox
    runtime: Runtime

    def ctr(self, *arguments: str | Path) -> str:
        """Run ctr in the namespace of Kubernetes and give its output."""
        command = ["ctr", "--address", SOCKET, "--namespace", "k8s.io", *arguments]
        return self.box.run(command, env=self.runtime.environment()).stdout

    def import_image(self, archive: Path) -> None:
        """Make an image of `images.build_image`, or another docker or OCI archive, known to the node."""
        self.ctr("images", "import", archive)

    def images(self) -> list[str]:
        """List the names of the images that the node has."""
        return self.ctr("images", "list", "--quiet").split()


@contextlib.contextmanager
def containerd(box: Sandbox, runtime: Runtime = DEBIANS) -> Iterator[Containers]:
    """Run containerd, with the pause image. At the end containers and shims are left for the run's end to kill."""
    folder = box.folder / "containerd"
    (folder / "cni").mkdir(parents=True)
    (folder / "cni" / "tests.conflist").write_text(json.dumps(CNI))
    configuration = folder / "config.toml"
    configuration.write_text(runtime.configuration.replace("@CNI@", str(folder / "cni")))
    environment = runtime.environment()
    with box.running("containerd", ["containerd", "--config", configuration], environment) as process:
        process.wait_until(partial(_serves, box, environment), 30, "containerd answers")
        containers = Containers(box, runtime)
        archive = folder / "pause.tar"
        write_image(archive, PAUSE_IMAGE, {"pause": (part("pause") / "pause").read_bytes()}, ["/pause"])
        containers.import_image(archive)
        yield containers


def _serves(box: Sandbox, environment: Mapping[str, str]) -> bool:
    return box.run(["ctr", "--address", SOCKET, "version"], env=environment, check=False).returncode == 0


def write_image(archive: Path, name: str, files: dict[str, bytes], entrypoint: list[str]) -> None:
    """Write a docker archive of one layer, which holds executable files at its root and nothing else."""
    layer = _tar(files)
    content = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Entrypoint": entrypoint, "User": "65535:65535"},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{_digest(layer)}"]},
    }
    manifest = [{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}]
    archive.write_bytes(
        _tar(
            {
                "layer.tar": layer,
                "config.json": json.dumps(content).encode(),
                "manifest.json": json.dumps(manifest).encode(),
            }
        )
    )


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _tar(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            entry.mode = 0o755
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()
