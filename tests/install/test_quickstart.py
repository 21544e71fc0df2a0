"""docs/quickstart.md, run as it stands there, on a cluster of one node: to a Pod with its secret, and all removed.

Replaced are what this machine has no way to: the images of others, and how images get onto a node.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.realparts.cluster import cluster
from tests.realparts.clusterdns import cluster_dns
from tests.realparts.images import build_image
from tests.realparts.kubeproxy import BY_ADDRESS, kube_proxy
from tests.realparts.parts import part
from tests.realparts.sandbox import sandbox
from tests.support.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.realparts.cluster import Cluster
    from tests.support.cluster.images import Images

pytestmark = [pytest.mark.real, pytest.mark.timeout(1200)]

PROJECT = Path(__file__).parents[2]
PAGE = PROJECT / "docs/quickstart.md"
IMAGES = "make images\n"  # the one block that is not run: its base is on a registry


def blocks() -> list[str]:
    """Give the commands of the page, block by block."""
    found: list[str] = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    return found


def bring_images(nodes: Cluster, images: Images, folder: Path) -> None:
    """Give the node all images that the page's manifests name, under these names."""
    context = folder / "vault"
    context.mkdir()
    shutil.copy(part("vault") / "bin/vault", context / "vault")
    containerfile = folder / "Containerfile"
    containerfile.write_text("ARG BASE\nFROM ${BASE}\nCOPY vault /usr/bin/vault\nUSER 100:1000\n")
    vault = build_image(containerfile, context, "localhost/vault-of-the-quickstart:test")
    for archive in (images.agent, images.webhook, images.tools, images.app, vault):
        nodes.import_image(archive)
    names = {
        f"localhost/omamori-{each}:{VERSION}": f"localhost/omamori-{each}:test"
        for each in ("agent", "webhook", "tools")
    }
    names["docker.io/hashicorp/vault:1.21.0"] = "localhost/vault-of-the-quickstart:test"
    names["docker.io/library/busybox:1.37"] = "localhost/omamori-app:test"
    for name, ours in names.items():
        nodes.containers.ctr("images", "tag", ours, name)


def test_as_it_stands(images: Images, tmp_path: Path, show: Callable[[str], None]) -> None:
    """Each block runs; the Pod's file is what the page says; the doctor finds nothing; nothing of it is left."""
    first, command, *rest = blocks()
    assert first == IMAGES
    checkout = tmp_path / "checkout"
    shutil.copytree(
        PROJECT, checkout, ignore=shutil.ignore_patterns(".venv", ".git", ".*_cache", ".tools", "build", ".hypothesis")
    )
    (checkout / "build").mkdir()
    started = time.monotonic()
    # the package index is not in the cluster's network
    subprocess.run(["bash", "-e", "-u", "-c", command], cwd=checkout, check=True)
    path = f"{checkout}/build/omamori/bin:{part('kubernetes')}/bin:{part('helm')}/bin:/usr/bin:/bin"
    with (
        sandbox() as box,
        cluster(box, flags=[BY_ADDRESS]) as nodes,
        kube_proxy(nodes),
        cluster_dns(nodes),
    ):
        bring_images(nodes, images, tmp_path)
        environment = {"PATH": path, "KUBECONFIG": str(nodes.kubeconfig), "HOME": str(tmp_path)}
        ready = time.monotonic()
        script = "set -o monitor; trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n" + "\n".join(
            f"echo '== block {number}'\n{block}" for number, block in enumerate(rest)
        )
        told = box.run(["bash", "-e", "-u", "-c", f"cd {checkout}\n{script}"], env=environment, seconds=600).stdout
        took = time.monotonic() - ready
        left = nodes.kubectl("get", "namespaces", "-o", "name").split()
    shown = re.findall(r"^```text\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert shown[0] in told
    assert re.search(r"^omamori/omamori: [0-9]+ ok$", told, re.MULTILINE), told
    assert {"namespace/omamori", "namespace/shop", "namespace/vault"}.isdisjoint(left)
    show(f"quickstart: {took:.0f} s of commands; before it {ready - started:.0f} s for the command and a cluster")
