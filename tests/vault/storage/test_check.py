"""`omamori storage check`: each planted fault is found, nothing on a good table, and nothing is ever written."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.canary import Canary, occurrences
from tests.vault.storage.conftest import SECRET_KEY, boto
from tests.vault.support.aws import Aws, says
from tests.vault.support.server import VaultServer
from vault.storage.bootstrap import bootstrap
from vault.storage.client import StorageClient
from vault.storage.patience import Patience
from vault.storage.table import Wanted
from webhook.commands import main

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Run = Callable[..., tuple[int, list[dict[str, str]]]]
Plant = Callable[["Place"], tuple[str, ...]]

# what an IAM policy for the check has to allow, and all that it may ever call
READS = {
    "DescribeContinuousBackups",
    "DescribeTable",
    "DescribeTimeToLive",
    "GetItem",
    "GetMetricStatistics",
    "ListTagsOfResource",
    "Scan",
}


class Place:
    """Where faults are planted."""

    def __init__(self, aws: Aws, moto: str, table: str, folder: Path) -> None:
        """Plant nothing yet."""
        self.aws, self.moto, self.table, self.folder = aws, moto, table, folder
        self.dynamodb: DynamoDBClient = boto("dynamodb", moto)

    def put(self, path: str, key: str, **attributes: Any) -> tuple[str, ...]:
        """Put an item."""
        self.dynamodb.put_item(TableName=self.table, Item={"Path": {"S": path}, "Key": {"S": key}, **attributes})
        return ()

    def lock(self, seconds_left: float) -> tuple[str, ...]:
        """Put the row of Vault's lock."""
        expires = str(int((time.time() + seconds_left) * 1e9))
        return self.put("core", "_lock", Value={"B": b"x"}, Identity={"B": b"y"}, Expires={"N": expires})

    def environment(self, *names: str) -> tuple[str, ...]:
        """Write the environment of a Vault Pod."""
        file = self.folder / "environment"
        file.write_text("".join(f"{name}={SECRET_KEY}\n" for name in ("PATH", *names)))
        return ("--vault-pod-environment", str(file))

    def describe(self, **parts: Any) -> tuple[str, ...]:
        """Let DescribeTable give something else."""

        def change(operation: str, answer: dict[str, Any]) -> dict[str, Any]:
            if operation == "DescribeTable":
                answer["Table"].update(parts)
            return answer

        self.aws.change = change
        return ()

    def update(self, **settings: Any) -> tuple[str, ...]:
        """Update the table."""
        self.dynamodb.update_table(TableName=self.table, **settings)
        return ()

    def remade(self, *keys: str, kind: Any = "S") -> tuple[str, ...]:
        """Make the table anew, with another key."""
        self.update(DeletionProtectionEnabled=False)
        self.dynamodb.delete_table(TableName=self.table)
        self.dynamodb.create_table(
            TableName=self.table,
            KeySchema=[{"AttributeName": keys[0], "KeyType": "HASH"}, {"AttributeName": keys[1], "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": kind} for key in keys],
            BillingMode="PAY_PER_REQUEST",
        )
        return ()


def _no_recovery(place: Place) -> tuple[str, ...]:
    setting: Any = {"PointInTimeRecoveryEnabled": False}
    place.dynamodb.update_continuous_backups(TableName=place.table, PointInTimeRecoverySpecification=setting)
    return ()


def _expiry(place: Place) -> tuple[str, ...]:
    setting: Any = {"Enabled": True, "AttributeName": "Expires"}
    place.dynamodb.update_time_to_live(TableName=place.table, TimeToLiveSpecification=setting)
    return ()


def _throttled(place: Place) -> tuple[str, ...]:
    datum = {
        "MetricName": "WriteThrottleEvents",
        "Dimensions": [{"Name": "TableName", "Value": place.table}],
        "Timestamp": datetime.now(UTC) - timedelta(hours=2),
        "Value": 7,
    }
    boto("cloudwatch", place.moto).put_metric_data(Namespace="AWS/DynamoDB", MetricData=[datum])
    return ()


def _deleted(place: Place) -> tuple[str, ...]:
    place.update(DeletionProtectionEnabled=False)
    place.dynamodb.delete_table(TableName=place.table)
    return ()


# the fault, how it is planted, and what is found: severity, reason, words.
# Moto counts bytes in base64, so large items are text here; tests/integration has real ones.
FAULTS: dict[str, tuple[Plant, str, str, str]] = {
    "no such table": (_deleted, "error", "no-table", "there is no such table"),
    "another key": (lambda it: it.remade("Key", "Path"), "error", "wrong-shape", "HASH Key (S), RANGE Path (S)"),
    "a key of another kind": (lambda it: it.remade("Path", "Key", kind="B"), "error", "wrong-shape", "HASH Path (B)"),
    "no recovery": (_no_recovery, "error", "no-recovery", "point-in-time recovery is off"),
    "another KMS key": (
        lambda _: ("--kms-key", "arn:aws:kms:eu-central-1:1:key/other"),
        "error",
        "wrong-key",
        "not by arn:aws:kms:eu-central-1:1:key/other",
    ),
    "a KMS key that is disabled": (
        lambda it: it.describe(
            TableStatus="INACCESSIBLE_ENCRYPTION_CREDENTIALS",
            SSEDescription={"Status": "ENABLED", "InaccessibleEncryptionDateTime": 1.8e9, "KMSMasterKeyArn": "arn"},
        ),
        "error",
        "key-unusable",
        "cannot be used since 2027-01-15",
    ),
    "no deletion protection": (
        lambda it: it.update(DeletionProtectionEnabled=False),
        "warning",
        "no-protection",
        "one call deletes",
    ),
    "time to live": (_expiry, "error", "expiry-on", "by the attribute Expires"),
    "throttling": (_throttled, "warning", "throttled", "0 reads and 7 writes of the last 24 hours"),
    "too little capacity": (
        lambda it: it.update(
            BillingMode="PROVISIONED", ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
        ),
        "warning",
        "low-capacity",
        "5 write units a second",
    ),
    "a replica": (
        lambda it: it.describe(Replicas=[{"RegionName": "eu-west-1", "ReplicaStatus": "ACTIVE"}]),
        "warning",
        "replicas",
        "replicas in eu-west-1",
    ),
    "a lock that was left": (lambda it: it.lock(-40), "warning", "stale-lock", "and no node has taken it"),
    "a lock of a clock ahead": (lambda it: it.lock(45), "error", "lock-ahead", "the active node's clock is ahead"),
    "EKS Pod Identity": (
        lambda it: it.environment("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"),
        "error",
        "pod-identity",
        "(AWS_CONTAINER_CREDENTIALS_FULL_URI, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE)",
    ),
    "keys in the Pod": (
        lambda it: it.environment("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
        "warning",
        "static-credentials",
        "(AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)",
    ),
    "a node that does not answer": (
        lambda _: ("--vault-address", "https://127.0.0.1:9"),
        "warning",
        "node-unreachable",
        "https://127.0.0.1:9 does not answer",
    ),
    "a large item": (
        lambda it: (*it.put("logical/4a/secret", "big", Value={"S": "x" * 360 * 1024}), "--scan"),
        "error",
        "large-item",
        "logical/4a/secret/big has 360 of the 400 KB",
    ),
    "an item on the way": (
        lambda it: (*it.put("logical/1b/packer/buckets", "7", Value={"S": "x" * 310_000}), "--scan"),
        "warning",
        "large-item",
        "logical/1b/packer/buckets/7 has 303 of the 400 KB",
    ),
    "a table that is not ready": (
        lambda it: it.describe(TableStatus="ARCHIVED"),
        "error",
        "not-active",
        "the table is ARCHIVED",
    ),
}
# what cannot be so without the other
ALONG = {"key-unusable": {"not-active"}, "wrong-shape": {"no-recovery", "no-protection"}}


@pytest.fixture
def place(aws: Aws, moto: str, maker: StorageClient, table: str, kms_key: str, tmp_path: Path) -> Place:
    """A good table: made by bootstrap, with a lock that is held."""
    made = bootstrap(maker, Wanted(table, kms_key_arn=kms_key), Patience(tell=lambda _: None))
    assert made.left == ()
    place = Place(aws, moto, table, tmp_path)
    place.lock(12)
    return place


@pytest.fixture
def run(aws: Aws, table: str, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command, and give its exit code and what it finds; no secret is said, and nothing is written."""

    def run_command(*arguments: str) -> tuple[int, list[dict[str, str]]]:
        capsys.readouterr()
        aws.calls.clear()
        code = main(["storage", "check", "--table", table, "--endpoint-url", aws.endpoint, "-o", "json", *arguments])
        output, errors = capsys.readouterr()
        assert SECRET_KEY not in output + errors
        assert aws.writes == []
        assert set(aws.calls) <= READS
        return code, json.loads(output)["findings"]

    return run_command


@contextmanager
def node(seconds_ahead: float, answer: bytes | None = None) -> Iterator[str]:
    """A node of Vault's with a clock of its own: what a real one cannot be given without the machine's clock."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told = json.dumps({"sealed": True, "server_time_utc": int(time.time() + seconds_ahead)}).encode()
            self.send_response(503 if self.path == "/v1/sys/health" else 404)
            self.end_headers()
            self.wfile.write(told if answer is None else answer)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_good_table(place: Place, run: Run, kms_key: str, vault_server: VaultServer) -> None:
    """Looked at from all sides, by each option, with a real node: nothing is found."""
    place.put("logical/4a/secret", "fine", Value={"B": b"x" * 250_000})
    environment = place.environment("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI")
    node_options = ("--vault-address", vault_server.address, "--vault-ca-file", str(vault_server.ca_file))

    assert run("--kms-key", kms_key, "--scan", *environment, *node_options) == (0, [])
    assert set(place.aws.calls) == READS


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(place: Place, run: Run, fault: str) -> None:
    """The fault, what it is called, and nothing else; each has a hint."""
    plant, severity, reason, words = FAULTS[fault]

    code, found = run(*plant(place))

    assert code == 2
    others = [each["reason"] for each in found if each["reason"] != reason]
    assert set(others) == ALONG.get(reason, set())
    (finding,) = [each for each in found if each["reason"] == reason]
    assert finding["severity"] == severity
    assert words in finding["what"]
    assert finding["hint"]


def test_a_table_that_is_not_vaults_is_left_alone(place: Place, run: Run, aws: Aws) -> None:
    """Neither its items nor a lock are asked for: its key is another."""
    place.remade("Key", "Path")

    assert run("--scan")[0] == 2
    assert {"GetItem", "Scan"} & set(aws.calls) == set()


@pytest.mark.parametrize(
    ("seconds", "severity"), [(30, "error"), (-30, "error"), (5, "warning"), (-5, "warning"), (0, ""), (0.9, "")]
)
@pytest.mark.usefixtures("place")
def test_a_clock_that_is_off(run: Run, seconds: float, severity: str) -> None:
    """Half a minute is an error whichever way, some seconds are a warning; what cannot be told apart is nothing."""
    with node(seconds) as address:
        code, found = run("--vault-address", address)

    assert [(each["severity"], each["reason"]) for each in found] == ([(severity, "clock-skew")] if severity else [])
    assert code == (2 if severity else 0)
    assert all(address in each["what"] and ("ahead" if seconds > 0 else "behind") in each["what"] for each in found)


@pytest.mark.parametrize("answer", [b"", b"<html>", b"{}", b"[]", b'{"server_time_utc": null}'])
@pytest.mark.usefixtures("place")
def test_what_is_no_answer_of_vault(run: Run, answer: bytes) -> None:
    """A page of something else at a node's address is told as that."""
    with node(0, answer) as address:
        _, found = run("--vault-address", address)

    assert [each["reason"] for each in found] == ["node-unreachable"]
    assert "gives no answer of Vault's" in found[0]["what"]


@pytest.mark.usefixtures("place")
def test_a_node_that_is_not_trusted(run: Run, vault_server: VaultServer) -> None:
    """Without its CA the node is not asked, and the hint names the option."""
    _, found = run("--vault-address", vault_server.address)

    assert [each["hint"] for each in found] == ["give its CA: --vault-ca-file"]


@pytest.mark.parametrize(
    ("actions", "parts"),
    [
        (("DescribeContinuousBackups",), ["point-in-time recovery"]),
        (("DescribeTimeToLive",), ["time to live"]),
        (("GetMetricStatistics",), ["throttling"]),
        (("GetItem",), ["the lock, and DynamoDB's clock"]),
    ],
)
@pytest.mark.usefixtures("place")
def test_what_cannot_be_looked_at(run: Run, aws: Aws, actions: tuple[str, ...], parts: list[str]) -> None:
    """A missing right and a missing operation are findings of their own: nothing that was not seen passes for good."""
    aws.instead = lambda operation, _: says("AccessDeniedException") if operation in actions else None
    code, found = run()
    assert code == 2
    assert [each["what"].partition(": not looked at")[0] for each in found] == parts
    assert all(actions[0] in each["hint"] and each["reason"] == "not-looked-at" for each in found)

    aws.instead = lambda operation, _: says("UnknownOperationException") if operation in actions else None
    code, found = run()
    assert (code, [each["severity"] for each in found]) == (2, ["warning"])
    code, found = run("--allow-missing")
    assert (code, [(each["severity"], each["reason"]) for each in found]) == (0, [("note", "not-available")])


def test_a_key_that_a_stand_in_drops(place: Place, run: Run, aws: Aws) -> None:
    """Where recovery is not known, nobody can say that a key is: both are not available."""
    aws.instead = lambda each, _: says("UnknownOperationException") if each == "DescribeContinuousBackups" else None
    place.describe(SSEDescription={})

    code, found = run("--kms-key", "arn:aws:kms:eu-central-1:1:key/any", "--allow-missing")

    assert code == 0
    assert [each["what"] for each in found] == [
        f"{part}: not looked at, not available here" for part in ("point-in-time recovery", "encryption")
    ]


def test_the_table_itself_must_be_seen(place: Place, aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    """Without DescribeTable there is no check: exit code 1, and the action."""
    aws.instead = lambda operation, _: says("AccessDeniedException") if operation == "DescribeTable" else None

    assert main(["storage", "check", "--table", place.table, "--endpoint-url", aws.endpoint]) == 1
    assert "allow dynamodb:DescribeTable" in capsys.readouterr().err


def test_a_ca_that_is_none(aws: Aws, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file of no certificates is named, before anything is asked."""
    (tmp_path / "ca.pem").write_text("none")
    words = ["storage", "check", "--table", "vault", "--endpoint-url", aws.endpoint, "--vault-ca-file"]

    assert main([*words, str(tmp_path / "ca.pem")]) == 1
    assert f"{tmp_path / 'ca.pem'} is no file of certificates" in capsys.readouterr().err
    assert aws.calls == []


def test_for_people(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """In words, with the hint below, a count, and what was not asked for; the cost of a scan comes first."""
    _no_recovery(place)
    place.lock(-60)
    place.describe(OnDemandThroughput={"MaxReadRequestUnits": -1, "MaxWriteRequestUnits": 40})
    arguments = ["storage", "check", "--table", place.table, "--endpoint-url", place.aws.endpoint, "--scan"]
    capsys.readouterr()

    assert main(arguments) == 2

    output, errors = capsys.readouterr()
    lines = output.splitlines()
    assert lines[0].startswith("error    no-recovery      point-in-time recovery is off")
    assert lines[1:3] == ["         turn it on:", f"         omamori storage bootstrap --table {place.table}"]
    assert "note     limited          the table is limited to 40 units a second" in lines
    assert lines[-2] == f"{place.table}: 1 error, 1 warning, 1 note"
    assert lines[-1] == "not asked for: --vault-address, --vault-pod-environment"
    assert "read units, at 100 a second some" in errors


def test_no_value_is_shown(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """What an item holds is measured and never told, whatever else is told of it."""
    canary = Canary.random()
    place.put("logical/4a/secret", "big", Value={"S": canary.value * (350_000 // len(canary.value))})
    arguments = ["storage", "check", "--table", place.table, "--endpoint-url", place.aws.endpoint, "--scan"]

    main(arguments)

    assert not occurrences(canary, "".join(capsys.readouterr()).encode())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ("--vault-pod-environment", "/nowhere/env"),
            "--vault-pod-environment is '/nowhere/env', which cannot be read",
        ),
        (("--vault-pod-environment", "/dev/null"), "in which there is no variable"),
        (("--vault-address", "vault:8200"), "--vault-address is no address"),
        (("--vault-address", "https://[vault"), "--vault-address is no address"),
        (("--read-units-per-second", "0"), "--read-units-per-second is 0; write a number above 0"),
        (("--read-units-per-second", "nan"), "--read-units-per-second is nan"),
    ],
)
def test_a_wrong_call(aws: Aws, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str) -> None:
    """It is told by its option, and nothing is asked."""
    assert main(["storage", "check", "--endpoint-url", aws.endpoint, *arguments]) == 2

    errors = capsys.readouterr().err
    assert words in errors, errors
    assert "omamori storage check: --table is missing; so is AWS_DYNAMODB_TABLE" in errors
    assert aws.calls == []
