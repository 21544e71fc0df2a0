"""Real servers to play with: `python -m tests.realparts cluster` (or `api`, `vault`), until Enter or Ctrl-C."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.realparts.apiserver import api_server
from tests.realparts.cluster import cluster
from tests.realparts.dynamodb import dynamodb
from tests.realparts.parts import part
from tests.realparts.sandbox import sandbox
from tests.realparts.vault import Storage, vault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.realparts.apiserver import ApiServer
    from tests.realparts.sandbox import Sandbox


def main() -> int:
    """Start what is asked for, say how to reach it, wait, and stop it."""
    parser = argparse.ArgumentParser(prog="python -m tests.realparts", description=__doc__)
    parser.add_argument("what", choices=("vault", "api", "cluster"))
    parser.add_argument("--image", type=Path, action="append", default=[], help="an archive for the cluster's node")
    arguments = parser.parse_args()
    # a shell's background job, and all that it starts, begins with SIGINT ignored
    signal.signal(signal.SIGINT, signal.default_int_handler)
    started = time.monotonic()
    with contextlib.suppress(KeyboardInterrupt), sandbox() as box:
        say("run", box.name)
        say("logs", str(box.folder / "logs"))
        with contextlib.ExitStack() as servers:
            match arguments.what:
                case "vault":
                    servers.enter_context(vault_alone(box))
                case "api":
                    servers.enter_context(api_alone(box))
                case _:
                    servers.enter_context(whole_cluster(box, arguments.image))
            say("up", f"in {time.monotonic() - started:.1f} s; Enter or Ctrl-C stops it")
            sys.stdin.readline()
    return 0


def say(name: str, value: str) -> None:
    """Print one line, at once: the reader may be a program, and does not wait for our end."""
    print(f"{name:<11} {value}", flush=True)


@contextlib.contextmanager
def vault_alone(box: Sandbox) -> Iterator[None]:
    """Run Vault on DynamoDB Local."""
    with dynamodb(box) as store, vault(box, Storage(store.endpoint)) as server:
        say("dynamodb", store.endpoint)
        say("vault", server.address)
        say("ca", str(server.ca_pem))
        say("token", server.root_token)
        yield


@contextlib.contextmanager
def api_alone(box: Sandbox) -> Iterator[None]:
    """Run an API server with the controller manager, without a node."""
    with api_server(box, controllers=True) as server:
        say_kubernetes(server)
        yield


@contextlib.contextmanager
def whole_cluster(box: Sandbox, images: Sequence[Path]) -> Iterator[None]:
    """Run a cluster of one node, with Vault beside it."""
    with cluster(box) as server, vault_alone(box):
        for each in images:
            server.import_image(each)
        say_kubernetes(server)
        yield


def say_kubernetes(server: ApiServer) -> None:
    """Print what kubectl needs."""
    say("kubeconfig", str(server.kubeconfig))
    say("kubectl", str(part("kubernetes") / "bin" / "kubectl"))


if __name__ == "__main__":
    sys.exit(main())
