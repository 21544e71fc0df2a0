"""Counts what Vault writes to DynamoDB: a proxy in the run, between the two, that notes each call that writes.

A line for each: the time, the number of items, and their longest path (Vault's, in clear; keys and values are left
alone). Fact: for one entry Vault writes the item itself and one for each folder above it, every time. DynamoDB bills
each. As a program: PORT UPSTREAM_HOST UPSTREAM_PORT FILE.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import sys
import time
from pathlib import Path
from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, TextIO

    from tests.realparts.sandbox import Sandbox

PORT = 8001
_SINGLE = {"PutItem": "Item", "UpdateItem": "Key", "DeleteItem": "Key"}


class Write(NamedTuple):
    """One call that wrote. `at` is in seconds of the world's clock."""

    at: float
    items: int
    path: str


def _paths(operation: str, body: Any) -> Iterator[str]:
    """Give the path of each item that a call writes."""
    if operation in _SINGLE:
        yield body[_SINGLE[operation]]["Path"]["S"]
    elif operation == "BatchWriteItem":
        for requests in body["RequestItems"].values():
            for request in requests:
                item = request["PutRequest"]["Item"] if "PutRequest" in request else request["DeleteRequest"]["Key"]
                yield item["Path"]["S"]


class _Relay:
    def __init__(self, upstream: tuple[str, int], notes: TextIO) -> None:
        self._upstream = upstream
        self._notes = notes

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection, until either side has enough of it."""
        up_reader, up_writer = await asyncio.open_connection(*self._upstream)
        back = asyncio.create_task(_copy(up_reader, writer))
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                while True:
                    head = await reader.readuntil(b"\r\n\r\n")
                    body = await reader.readexactly(int(_header(head, b"content-length") or 0))
                    self._note(_header(head, b"x-amz-target"), body)
                    up_writer.write(head + body)
                    await up_writer.drain()
        finally:
            up_writer.close()
            await back

    def _note(self, target: str, body: bytes) -> None:
        paths = list(_paths(target.rpartition(".")[2], json.loads(body or b"{}")))
        if paths:
            print(time.time(), len(paths), max(paths, key=len), file=self._notes, flush=True)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


def _header(head: bytes, wanted: bytes) -> str:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == wanted:
            return value.strip().decode()
    return ""


async def _main(port: str, host: str, upstream_port: str, notes: str) -> None:
    with Path(notes).open("a") as file:  # noqa: ASYNC230 - once, before there is anybody to be kept waiting
        relay = _Relay((host, int(upstream_port)), file)
        server = await asyncio.start_server(relay.serve, "0.0.0.0", int(port))  # noqa: S104 - the run's own network
        await server.serve_forever()


class StorageCount:
    """What was written so far. `endpoint` is for Vault."""

    def __init__(self, endpoint: str, notes: Path) -> None:
        self.endpoint = endpoint
        self._notes = notes

    def writes(self) -> list[Write]:
        """Give each call that wrote."""
        lines = (line.split(" ", 2) for line in self._notes.read_text().splitlines())
        return [Write(float(at), int(items), path) for at, items, path in lines]


@contextlib.contextmanager
def counted(box: Sandbox, endpoint: str) -> Iterator[StorageCount]:
    """Run the proxy before a DynamoDB."""
    upstream = endpoint.rpartition("/")[2].split(":")
    notes = box.folder / "logs" / "storage-writes.log"
    notes.touch()

    def answers() -> bool:
        with contextlib.suppress(OSError), socket.create_connection((box.address, PORT), 1):
            return True
        return False

    with box.running("storagecount", [sys.executable, "-I", __file__, str(PORT), *upstream, notes]) as process:
        process.wait_until(answers, 30, "the proxy before DynamoDB answers")
        yield StorageCount(f"http://{box.address}:{PORT}", notes)


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
