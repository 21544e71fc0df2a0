"""A cluster's DNS: what CoreDNS answers for Services, as A records. Nothing else is looked up.

    with cluster_dns(nodes):
        ...        # Pods find NAME.NAMESPACE.svc and NAME.NAMESPACE.svc.cluster.local

As a program it is the server: the address to listen at, and the command that lists Services.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.realparts.cluster import Cluster

_DOMAIN = ".cluster.local"
_A, _IN = 1, 1
_ANSWER, _NO_SUCH_NAME = 0x8580, 0x8583  # authoritative, recursion as asked for
_SECONDS = 5


@contextlib.contextmanager
def cluster_dns(nodes: Cluster) -> Iterator[None]:
    """Run it where the kubelet's Pods look for it: at the node's address."""
    listing = nodes.kubectl_command("get", "services", "--all-namespaces", "-o", "json")
    command: list[str | Path] = [sys.executable, Path(__file__), nodes.box.node, *listing]
    with nodes.box.running("cluster-dns", command) as process:
        process.wait_until(lambda: "listens" in process.log.read_text(), 20, "the cluster's DNS listens")
        yield


def read_services(listing: Sequence[str]) -> Mapping[str, str]:
    """Give the address of each Service by its name in DNS, without the cluster's domain."""
    told = subprocess.run(listing, check=True, capture_output=True, text=True).stdout
    found = ((each["metadata"], each["spec"].get("clusterIP", "None")) for each in json.loads(told)["items"])
    return {f"{meta['name']}.{meta['namespace']}.svc": address for meta, address in found if address != "None"}


def answer(question: bytes, services: Mapping[str, str]) -> bytes:
    """Answer one message with one question (RFC 1035, 4.1)."""
    labels, place = [], 12
    while question[place]:
        labels.append(question[place + 1 : place + 1 + question[place]].decode().lower())
        place += 1 + question[place]
    kind, _ = struct.unpack_from("!HH", question, place + 1)
    asked = question[12 : place + 5]
    address = services.get(".".join(labels).removesuffix(_DOMAIN))
    records = b""
    if address is not None and kind == _A:
        records = struct.pack("!HHHIH", 0xC00C, _A, _IN, _SECONDS, 4) + socket.inet_aton(address)
    flags = _NO_SUCH_NAME if address is None else _ANSWER
    return question[:2] + struct.pack("!HHHHH", flags, 1, int(bool(records)), 0, 0) + asked + records


def main(address: str, listing: Sequence[str]) -> None:
    """Answer until the process is ended."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind((address, 53))
        print("listens", flush=True)
        while True:
            question, sender = listening.recvfrom(4096)
            with contextlib.suppress(IndexError, struct.error, UnicodeDecodeError):
                listening.sendto(answer(question, read_services(listing)), sender)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
