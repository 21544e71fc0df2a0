"""containerd with its CNI network, in the run's folders: the container runtime of the node."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.realparts.parts import part

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.realparts.processes import Process
    from tests.realparts.sandbox import Sandbox

SOCKET = "/run/containerd/containerd.sock"  # in the run's own /run
PODS = "10.88.0.0/16"
PAUSE_IMAGE = "localhost/pause:1"

# restrict_oom_score_adj: without it every Pod fails with "can't get final child's PID from pipe" in a container or a
# sandboxed machine, where an OOM score may not be lowered.
# netns_mounts_under_state_dir: the Pods' network namespaces are mounted in the run's folder like everything else.
CONFIGURATION = """\
version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", "io.containerd.internal.v1.opt",
  "io.containerd.tracing.processor.v1.otlp"]
[grpc]
address = "@SOCKET@"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "@PAUSE@"
restrict_oom_score_adj = true
netns_mounts_under_state_dir = true
[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "overlayfs"
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = "@CNI@"
"""

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

    def ctr(self, *arguments: str | Path) -> str:
        """Run ctr in the namespace of Kubernetes and give its output."""
        return self.box.run(["ctr", "--address", SOCKET, "--namespace", "k8s.io", *arguments]).stdout

    def import_image(self, archive: Path) -> None:
        """Make an image of `images.build_image`, or another docker or OCI archive, known to the node."""
        self.ctr("images", "import", archive)

    def images(self) -> list[str]:
        """List the names of the images that the node has."""
        return self.ctr("images", "list", "--quiet").split()


@contextlib.contextmanager
def containerd(box: Sandbox) -> Iterator[Containers]:
    """Run containerd, with the pause image. At the end containers and shims are left for the run's end to kill."""
    folder = box.folder / "containerd"
    (folder / "cni").mkdir(parents=True)
    (folder / "cni" / "tests.conflist").write_text(json.dumps(CNI))
    configuration = folder / "config.toml"
    configuration.write_text(
        CONFIGURATION.replace("@SOCKET@", SOCKET).replace("@PAUSE@", PAUSE_IMAGE).replace("@CNI@", str(folder / "cni"))
    )
    with box.running("containerd", ["containerd", "--config", configuration]) as process:
        containers = Containers(box)
        _wait_for(process, box)
        archive = folder / "pause.tar"
        write_image(archive, PAUSE_IMAGE, {"pause": (part("pause") / "pause").read_bytes()}, ["/pause"])
        containers.import_image(archive)
        yield containers


def _wait_for(process: Process, box: Sandbox) -> None:
    def serving() -> bool:
        return box.run(["ctr", "--address", SOCKET, "version"], check=False).returncode == 0

    process.wait_until(serving, 30, "containerd answers")


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
