"""The container runtimes that a node may have, with their configurations."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from tests.realparts.parts import part

SOCKET = "/run/containerd/containerd.sock"  # in the run's own /run
PAUSE_IMAGE = "localhost/pause:1"


@dataclass(frozen=True, slots=True)
class Runtime:
    """A containerd: the part with its programs, None where Debian's are, and its configuration.

    In the configuration @CNI@ stands for the folder of the network's configuration.
    """

    built: str | None
    configuration: str

    def environment(self) -> dict[str, str]:
        """Have its programs found before Debian's: containerd looks for its shim in PATH, and the shim for runc."""
        return {"PATH": f"{part(self.built) / 'bin'}:{os.environ['PATH']}"} if self.built else {}


# In both:
# restrict_oom_score_adj: without it every Pod fails with "can't get final child's PID from pipe" in a container or a
# sandboxed machine, where an OOM score may not be lowered.
# netns_mounts_under_state_dir: the Pods' network namespaces are mounted in the run's folder like everything else.
DEBIANS = Runtime(
    built=None,
    configuration=f"""\
version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", "io.containerd.internal.v1.opt",
  "io.containerd.tracing.processor.v1.otlp"]
[grpc]
address = "{SOCKET}"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{PAUSE_IMAGE}"
restrict_oom_score_adj = true
netns_mounts_under_state_dir = true
[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "overlayfs"
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = "@CNI@"
""",
)

CONTAINERD_2 = Runtime(
    built="containerd",
    configuration=f"""\
version = 3
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.tracing.processor.v1.otlp"]
[grpc]
address = "{SOCKET}"
[plugins."io.containerd.cri.v1.images"]
snapshotter = "overlayfs"
pinned_images = {{ sandbox = "{PAUSE_IMAGE}" }}
[plugins."io.containerd.cri.v1.runtime"]
restrict_oom_score_adj = true
netns_mounts_under_state_dir = true
[plugins."io.containerd.cri.v1.runtime".cni]
bin_dirs = ["/usr/lib/cni"]
conf_dir = "@CNI@"
""",
)

RUNTIMES: Mapping[str, Runtime] = {"containerd1": DEBIANS, "containerd2": CONTAINERD_2}
