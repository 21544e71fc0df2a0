"""DynamoDB Local, in memory: what is in it goes with it."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.realparts.parts import part
from tests.realparts.requests import ask, status_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.realparts.sandbox import Sandbox

REGION = "eu-central-1"

# DynamoDB Local takes any; each pair of them and each region has tables of its own
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "tests",
    "AWS_SECRET_ACCESS_KEY": "tests-secret",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
}


@dataclass(frozen=True, slots=True)
class DynamoDB:
    """A running DynamoDB Local."""

    endpoint: str

    def call(self, operation: str, **parameters: Any) -> Any:
        """Call an operation of DynamoDB's API and give the answer's JSON. Raises AssertionError if it was refused."""
        scope = f"{CREDENTIALS['AWS_ACCESS_KEY_ID']}/20260101/{REGION}/dynamodb/aws4_request"
        headers = {
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": f"DynamoDB_20120810.{operation}",
            # never checked, but it names the account and the region
            "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=none",
        }
        answer = ask("POST", self.endpoint, headers=headers, body=parameters)
        if answer.status_code != 200:
            raise AssertionError(f"DynamoDB {operation}: {answer.status_code} {answer.text}")
        return json.loads(answer.text)

    def tables(self) -> list[str]:
        """List the names of all tables."""
        names: list[str] = self.call("ListTables")["TableNames"]
        return names


@contextlib.contextmanager
def dynamodb(box: Sandbox, *, name: str = "dynamodb", port: int | None = None) -> Iterator[DynamoDB]:
    """Run DynamoDB Local. Needs a network of its own; from the machine's it can be reached, as from everywhere else.

    It has no option for its address and would listen on all of the machine's.
    """
    if not box.own_network:
        raise ValueError("DynamoDB Local would listen on all addresses of the machine: use a sandbox with own_network")
    chosen = port or box.port(8000)
    library = part("dynamodb-local") / "lib"
    command = [
        "java",
        # a test server: start fast, stay small
        *("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-Xmx512m"),
        f"-Djava.io.tmpdir={box.folder / 'tmp'}",
        f"-Djava.library.path={library}",
        *("-cp", f"{library}/*", "software.amazon.dynamodb.services.local.main.ServerRunner"),
        *("-inMemory", "-disableTelemetry", "-port", str(chosen)),
    ]
    endpoint = f"http://{box.address}:{chosen}"
    with box.running(name, command) as process:
        # any answer will do: an unsigned request is refused with 400
        process.wait_until(lambda: status_of(endpoint), 60, "DynamoDB Local answers")
        yield DynamoDB(endpoint)
