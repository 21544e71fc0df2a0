"""A run's own network: a bridge with the node's address, and a veth pair by which the tests reach its servers.

                   the machine's namespace      the run's namespace
    veth pair      10.78.X.Y+1/30 ------------- 10.78.X.Y+2/30   unique per run: tests talk to it, so may Pods
    bridge                                      10.77.0.1/24     the same in every run: the node's address

The default route goes to the bridge, where nobody is: it is there because Kubernetes asks for one, and what is sent
by it ends. The machine is the gateway of nothing, so no packet of the run can leave the machine.
(A `dummy` device would do for the bridge, but not every kernel has it.)
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import socket
import subprocess
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

NODE = "10.77.0.1"
LINKS = IPv4Network("10.78.0.0/16")
INNER_DEVICE = "tests0"


def device_name(run: str) -> str:
    """The veth device of a run in the machine's namespace; a device name has at most 15 characters."""
    return "oma" + hashlib.sha256(run.encode()).hexdigest()[:10]


def connect(init: int, device: str) -> str:
    """Set up the network namespace of the process `init`; gives the address at which tests reach its servers.

    All of it goes with the namespace, the machine's end of the veth pair included.
    """
    with _alone():
        taken = {
            IPv4Network(f"{each['local']}/30", strict=False)
            for link in json.loads(_ip("-json", "-4", "address", "show"))
            for each in link["addr_info"]
        }
        link = next(each for each in LINKS.subnets(new_prefix=30) if each not in taken)
        outer, inner = link.hosts()
        _ip("link", "add", device, "type", "veth", "peer", "name", INNER_DEVICE, "netns", str(init))
        _ip("address", "add", f"{outer}/30", "dev", device)
    _ip("link", "set", device, "up")
    commands = (
        "link set lo up",
        "link add node0 type bridge",
        f"address add {NODE}/24 dev node0",
        "link set node0 up",
        "route add default dev node0",
        f"address add {inner}/30 dev {INNER_DEVICE}",
        f"link set {INNER_DEVICE} up",
    )
    for command in commands:
        subprocess.run(
            ["nsenter", f"--net=/proc/{init}/ns/net", "ip", *command.split()], check=True, stdin=subprocess.DEVNULL
        )
    return str(inner)


def _ip(*arguments: str) -> str:
    return subprocess.run(["ip", *arguments], check=True, text=True, stdout=subprocess.PIPE).stdout


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """One at a time in the machine's network namespace; an abstract socket is a lock that dies with its holder."""
    with socket.socket(socket.AF_UNIX) as lock:

        def taken() -> bool:
            try:
                lock.bind("\0omamori-tests-network")
            except OSError:
                return False
            return True

        wait_until(taken, 30, "another run finishes choosing its addresses")
        yield
