"""AWS's APIs on loopback: moto, behind a proxy that keeps every call and can answer for it.

The proxy stands for what moto cannot be made to do: refuse an action, not know one, be slow to make a table.
"""

from __future__ import annotations

import http.client
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

REGION = "eu-central-1"
SECRET_KEY = "canary-secret-access-key"
ON_DEMAND = {"BillingMode": "PAY_PER_REQUEST"}
WRITES = ("Create", "Update", "Put", "Delete", "Tag", "Untag", "BatchWrite", "Restore", "Enable", "Disable")

# an answer instead of moto's: status and JSON; None: moto's
Instead = Callable[[str, dict[str, Any]], tuple[int, dict[str, Any]] | None]
Bootstrap = Callable[..., tuple[int, str]]
Change = Callable[[str, dict[str, Any]], dict[str, Any]]


@dataclass
class Aws:
    """A running proxy. `calls` are operations, in order; `instead` is asked first, `change` gets moto's answer."""

    endpoint: str
    calls: list[str] = field(default_factory=list)
    instead: Instead = lambda _operation, _request: None
    change: Change = lambda _operation, answer: answer

    @property
    def writes(self) -> list[str]:
        """The calls that are not only reads."""
        return [each for each in self.calls if each.startswith(WRITES)]


def says(code: str, words: str = "words", status: int = 400) -> tuple[int, dict[str, Any]]:
    """An error, as AWS's JSON protocol has it."""
    return status, {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": words}


@contextmanager
def running_moto() -> Iterator[str]:
    """Run moto on loopback, in this process, and give its address."""
    from moto.server import ThreadedMotoServer  # noqa: PLC0415 - a second, and few tests need it

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@contextmanager
def running_aws(upstream: str) -> Iterator[Aws]:
    """Run a proxy before moto."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # headers and body together: else each answer waits 40 ms for an acknowledgement

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            operation = _operation(self.path, self.headers.get("X-Amz-Target", ""), body)
            aws.calls.append(operation)
            answer = aws.instead(operation, _document(body))
            if answer is None:
                status, headers, content = _ask(upstream, self.path, dict(self.headers), body)
                changed = aws.change(operation, _document(content)) if content[:1] == b"{" else None
                content = content if changed is None else json.dumps(changed).encode()
            else:
                status, headers, content = answer[0], {"Content-Type": "application/x-amz-json-1.0"}, b""
                content = json.dumps(answer[1]).encode()
            self.send_response(status)
            for name, value in headers.items():
                if name.lower() in {"content-type", "x-amzn-requestid"}:  # the checksum is that of moto's own answer
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    aws = Aws(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield aws
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _operation(path: str, target: str, body: bytes) -> str:
    """The operation's name, in each of AWS's protocols."""
    if target:
        return target.rpartition(".")[2]
    named = re.search(r"/operation/(\w+)", path)
    return named.group(1) if named else parse_qs(body.decode(errors="replace")).get("Action", ["?"])[0]


def _document(body: bytes) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(body) if body[:1] == b"{" else {}
    return document


def _ask(upstream: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
    address = urlsplit(upstream)
    connection = http.client.HTTPConnection(address.hostname or "", address.port or 80, timeout=30)
    try:
        connection.request("POST", path, body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


@cache
def boto(service: Any, endpoint: str) -> Any:
    """A client of boto3's."""
    import boto3  # noqa: PLC0415 - half a second, and few tests need it

    return boto3.client(service, endpoint_url=endpoint, region_name=REGION)


def make(dynamodb: DynamoDBClient, table: str, *keys: tuple[str, Any, Any], **settings: Any) -> None:
    """Make a table that is not ours: of the given key, as name, role and kind."""
    chosen: tuple[tuple[str, Any, Any], ...] = keys or (("Path", "HASH", "S"), ("Key", "RANGE", "S"))
    dynamodb.create_table(
        TableName=table,
        KeySchema=[{"AttributeName": name, "KeyType": role} for name, role, _ in chosen],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, _, kind in chosen],
        **(settings or ON_DEMAND),
    )
