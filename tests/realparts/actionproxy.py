"""Stands before an API of AWS: notes each action that is asked for, and refuses those it is told to, as IAM would.

Actions are named as in a policy: `dynamodb:GetItem`, `kms:Decrypt`. It reads the header X-Amz-Target alone, and so
serves the JSON protocols: DynamoDB and KMS. As a program: PORT UPSTREAM_HOST UPSTREAM_PORT NOTES REFUSED.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import sys
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.realparts.sandbox import Sandbox

_SERVICES = {"DynamoDB_20120810": "dynamodb", "TrentService": "kms"}


class _Relay:
    def __init__(self, upstream: tuple[str, int], notes: Path, refused: Path) -> None:
        self._upstream = upstream
        self._notes = notes
        self._refused = refused

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection, until either side has enough of it."""
        up_reader, up_writer = await asyncio.open_connection(*self._upstream)
        back = asyncio.create_task(_copy(up_reader, writer))
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                while True:
                    head = await reader.readuntil(b"\r\n\r\n")
                    body = await reader.readexactly(int(_header(head, b"content-length") or 0))
                    action = _action(_header(head, b"x-amz-target"))
                    with self._notes.open("a") as notes:
                        notes.write(f"{action}\n")
                    if action in self._refused.read_text().split():
                        writer.write(_refusal(action))
                        await writer.drain()
                    else:
                        up_writer.write(head + body)
                        await up_writer.drain()
        finally:
            up_writer.close()
            await back


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


def _action(target: str) -> str:
    service, _, operation = target.partition(".")
    return f"{_SERVICES.get(service, service)}:{operation}"


def _refusal(action: str) -> bytes:
    kind = "AccessDeniedException"
    message = f"User: the one of the tests is not authorized to perform: {action}"
    body = json.dumps({"__type": f"com.amazon.coral.service#{kind}", "Message": message}).encode()
    head = (
        f"HTTP/1.1 400 Bad Request\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _main(port: str, host: str, upstream_port: str, notes: str, refused: str) -> None:
    relay = _Relay((host, int(upstream_port)), Path(notes), Path(refused))
    server = await asyncio.start_server(relay.serve, "0.0.0.0", int(port))  # noqa: S104 - the run's own network
    await server.serve_forever()


class Actions:
    """What was asked for, and what is refused from now on. `endpoint` is for the one who asks."""

    def __init__(self, endpoint: str, notes: Path, refused: Path) -> None:
        self.endpoint = endpoint
        self._notes = notes
        self._refused = refused

    def asked(self) -> set[str]:
        """Give each action that was asked for so far."""
        return set(self._notes.read_text().split())

    def refuse(self, *actions: str) -> None:
        """Refuse these, and no others any more."""
        self._refused.write_text("\n".join(actions))


@contextlib.contextmanager
def action_proxy(box: Sandbox, name: str, endpoint: str, *, port: int) -> Iterator[Actions]:
    """Run the proxy before an endpoint."""
    upstream = endpoint.rpartition("/")[2].split(":")
    notes, refused = box.folder / "logs" / f"{name}-asked.log", box.folder / f"{name}-refused"
    notes.touch()
    refused.touch()

    def answers() -> bool:
        with contextlib.suppress(OSError), socket.create_connection((box.address, port), 1):
            return True
        return False

    command: list[str | Path] = [sys.executable, "-I", __file__, str(port), *upstream, notes, refused]
    with box.running(name, command) as process:
        process.wait_until(answers, 30, f"the proxy {name} answers")
        yield Actions(f"http://{box.address}:{port}", notes, refused)


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
