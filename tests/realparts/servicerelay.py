"""Does for one Service what kube-proxy does for all: leads connections to its ready endpoints, which come and go.

The cluster of the tests has no kube-proxy, and tests reach no Pod's address: they are outside the run's network. The
relay listens on the run's address. For each connection it asks the API server for the Service's endpoints at this
moment, and connects to a ready one; where there is none it closes the connection.
As a program: PORT KUBECONFIG NAMESPACE SERVICE TARGET_PORT.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import ssl
import sys
import urllib.request
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from tests.realparts.apiserver import ApiServer

CONNECT_SECONDS = 2.0


class _Service:
    """One Service in a cluster, as its administrator sees it."""

    def __init__(self, kubeconfig: Path, namespace: str, name: str, port: int) -> None:
        content = json.loads(kubeconfig.read_text())
        (entry,), (account,) = content["clusters"], content["users"]
        self._url = (
            f"{entry['cluster']['server']}/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices"
            f"?labelSelector=kubernetes.io/service-name={name}"
        )
        context = ssl.create_default_context(cafile=entry["cluster"]["certificate-authority"])
        context.load_cert_chain(account["user"]["client-certificate"], account["user"]["client-key"])
        self._opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context))
        self._port = port

    def endpoints(self) -> list[tuple[str, int]]:
        """Give the ready ones, as kube-proxy would use them."""
        with self._opener.open(self._url, timeout=CONNECT_SECONDS) as answer:
            slices: list[Any] = json.load(answer)["items"]
        return [
            (endpoint["addresses"][0], self._port)
            for each in slices
            for endpoint in each["endpoints"] or []
            if endpoint["conditions"].get("ready")
        ]


class _Relay:
    def __init__(self, service: _Service) -> None:
        self._service = service

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection, until either side has enough of it."""
        try:
            endpoints = await asyncio.to_thread(self._service.endpoints)
            connecting = asyncio.open_connection(*random.choice(endpoints))  # IndexError: there is none
            up_reader, up_writer = await asyncio.wait_for(connecting, CONNECT_SECONDS)
        except (TimeoutError, OSError, IndexError) as error:
            print(f"no endpoint: {error!r}", flush=True)
            writer.close()
            return
        await asyncio.gather(_copy(reader, up_writer), _copy(up_reader, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def _main(port: str, kubeconfig: str, namespace: str, name: str, target_port: str) -> None:
    relay = _Relay(_Service(Path(kubeconfig), namespace, name, int(target_port)))
    server = await asyncio.start_server(relay.serve, "0.0.0.0", int(port))  # noqa: S104 - the run's own network
    await server.serve_forever()


@contextlib.contextmanager
def service_relay(server: ApiServer, namespace: str, service: str, target_port: int, *, port: int) -> Iterator[str]:
    """Run the relay; gives HOST:PORT, where tests and Pods reach the Service."""
    command: list[str | Path] = [
        sys.executable,
        "-I",
        __file__,
        str(port),
        server.kubeconfig,
        namespace,
        service,
        str(target_port),
    ]
    with server.box.running(f"relay-{namespace}-{service}", command):
        yield f"{server.box.address}:{port}"


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
