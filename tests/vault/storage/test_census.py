"""`omamori storage size`: what is where, what is largest, what a login writes; the pace of a scan."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.vault.aws import Aws
from vault.storage.client import StorageClient
from vault.storage.model import Wanted
from vault.storage.rows import LIMIT_BYTES, StoredItem, measure
from vault.storage.table.bootstrap import bootstrap
from vault.storage.table.scan import BYTES_A_UNIT, Cost, page_items, scan
from vault.storage.usage import items_written, take_census
from vault.storage.waiter import Waiter
from webhook.cli import main

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MOUNT = "1b5b3802-3c76-a116-e989-7f3dd1cf1f53"
SILENT = Waiter(tell=lambda _: None)


def stored(*keys: str, size_bytes: int = 100) -> Iterable[StoredItem]:
    """What Vault writes when it puts keys: each, and the folders above; sizes are those of the keys themselves."""
    found: dict[str, int] = {}
    for key in keys:
        parts = key.split("/")
        found |= {"/".join([*parts[:depth], ""]): 0 for depth in range(1, len(parts))}
        found[key] = size_bytes
    for name, size in found.items():
        head, slash, tail = name.rstrip("/").rpartition("/")
        yield StoredItem(head if slash else " ", tail + "/" * name.endswith("/"), size)


def test_where_the_bytes_are() -> None:
    """Items are summed by the first two folders of their path, the largest sum first."""
    census = take_census([*stored("core/keyring"), *stored(f"logical/{MOUNT}/a/b", f"logical/{MOUNT}/c")])

    assert census.total.items == 7
    assert [(prefix, each.items, each.size_bytes) for prefix, each in census.prefixes] == [
        (f"logical/{MOUNT}/", 3, 200),
        ("core/", 1, 100),
        ("/", 2, 0),
        ("logical/", 1, 0),
    ]


def test_the_largest() -> None:
    """Ten items by size, and ten of the buckets of identities, of which there are up to 256."""
    buckets = [StoredItem(f"logical/{MOUNT}/packer/buckets", str(number), number) for number in range(30)]
    others = [StoredItem("core", f"a{number}", 1000 + number) for number in range(5)]

    census = take_census([*buckets, *others])

    assert [each.size_bytes for each in census.biggest] == [1004, 1003, 1002, 1001, 1000, 29, 28, 27, 26, 25]
    assert census.buckets == 30
    assert [each.key for each in census.fullest_buckets] == [str(number) for number in range(29, 19, -1)]


@pytest.mark.parametrize(
    ("lease", "path", "items"),
    [
        ("auth/kubernetes/login/h1", "auth/kubernetes/login", 15),
        ("auth/clusters/eu/login/h1", "auth/clusters/eu/login", 16),
        ("auth/userpass/login/mary/h1", "auth/userpass/login/NAME", 16),
        ("auth/token/create/h1", "auth/token/create", 15),
    ],
)
def test_what_a_login_writes(lease: str, path: str, items: int) -> None:
    """Token, accessor and lease, each with its folders: 15 at auth/kubernetes, as measured; more for a deeper path."""
    entries = (f"sys/expire/id/{lease}", "sys/token/id/h2", "sys/token/accessor/h3")

    (cost,) = take_census(stored(*entries)).logins

    assert (cost.path, cost.leases, cost.items, cost.write_units) == (path, 1, items, items)
    (cost,) = take_census(stored(*entries, size_bytes=1025)).logins
    assert cost.write_units == items + 3, "an entry above a kilobyte costs a unit more"


def test_leases_of_secrets_are_no_logins() -> None:
    """Only what is below auth/ is a login."""
    assert take_census(stored("sys/expire/id/database/creds/shop/h1")).logins == ()


@given(st.lists(st.tuples(st.text(min_size=1), st.text(min_size=1), st.integers(0, LIMIT_BYTES)), max_size=30))
def test_any_items(rows: list[tuple[str, str, int]]) -> None:
    """Whatever the keys are: each item is in one prefix, and nothing is counted twice."""
    items = [StoredItem(*row) for row in rows]

    census = take_census(items)

    assert census.total.items == sum(each.items for _, each in census.prefixes) == len(items)
    assert census.total.size_bytes == sum(each.size_bytes for _, each in census.prefixes)
    assert [each.size_bytes for each in census.biggest] == sorted((each.size_bytes for each in items), reverse=True)[
        :10
    ]
    assert all(each.items > items_written("sys/token/id/h") for each in census.logins)


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ({"Value": {"B": b"12345"}}, 15 + 5),
        ({"Value": {"S": "ü"}}, 15 + 2),
        ({"Value": {"B": b""}, "Expires": {"N": "1795526991403942417"}}, 15 + 7 + 11),
        ({"Value": {"NULL": True}}, 15 + 1),
    ],
)
def test_an_item_is_measured_as_dynamodb_does(attributes: dict[str, Any], size: int) -> None:
    """Names of attributes count, text in UTF-8, and two digits of a number are a byte."""
    item = {"Path": {"S": "a"}, "Key": {"S": "bc"}, **attributes}

    assert measure(item).size_bytes == size


def test_the_pace_of_a_scan(aws: Aws, client: StorageClient, maker: StorageClient, table: str) -> None:
    """As many items a page as may be read in a second, and after each page a wait until what it used is due."""
    bootstrap(maker, Wanted(table), SILENT)
    pages: list[int] = []

    def instead(operation: str, request: dict[str, Any]) -> tuple[int, dict[str, Any]] | None:
        if operation != "Scan":
            return None
        pages.append(request["Limit"])
        item = {"Path": {"S": "p"}, "Key": {"S": "k"}, "Value": {"B": "eHg="}}
        more = {"LastEvaluatedKey": {"Path": {"S": "p"}, "Key": {"S": "k"}}} if len(pages) < 4 else {}
        return 200, {"Items": [item, item], "ConsumedCapacity": {"TableName": table, "CapacityUnits": 5.0}, **more}

    aws.instead = instead
    clock = [100.0]
    told: list[str] = []

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    waiter = Waiter(told.append, lambda: clock[0], sleep)
    found = list(scan(client, Cost(4, 4 * BYTES_A_UNIT, 4, units_per_second=0.5), table, waiter))

    assert len(found) == 8
    assert clock[0] == 130.0, "three pages of five units at half a unit a second; after the last nothing is waited for"
    assert pages == [1, 256, 256, 256], "first by AWS's count, then by what was read"
    assert told == [f"{table}: 4 items read, 10 units", f"{table}: 6 items read, 15 units"]
    assert page_items(1000, 1) == 10_000


def test_for_people_and_for_programs(
    maker: StorageClient, moto: str, dynamodb: DynamoDBClient, table: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A table for each question, or one document with the same numbers; the cost comes first, on stderr."""
    bootstrap(maker, Wanted(table), SILENT)
    buckets = f"logical/{MOUNT}/packer/buckets"
    for name in (f"{buckets}/7", "sys/expire/id/auth/kubernetes/login/h1", "sys/token/id/h2", "sys/token/accessor/h3"):
        for each in stored(name):
            item: Any = {"Path": {"S": each.path}, "Key": {"S": each.key}, "Value": {"B": b"x" * each.size_bytes}}
            dynamodb.put_item(TableName=table, Item=item)
    capsys.readouterr()

    assert main(["storage", "size", "--table", table, "--endpoint-url", moto]) == 0
    output, errors = capsys.readouterr()
    assert main(["storage", "size", "--table", table, "--endpoint-url", moto, "-o", "json"]) == 0
    document = json.loads(capsys.readouterr().out)

    lines = output.splitlines()
    assert lines[0] == f"{table}: 17 items, 1.0 KB"
    assert "fullest identity buckets (1 of 256 used)" in output
    assert "   15           15           1  auth/kubernetes/login, service token" in lines
    assert "read units, at 100 a second" in errors
    assert document["total"]["items"] == 17
    assert document["logins"] == [{"path": "auth/kubernetes/login", "leases": 1, "items": 15, "write_units": 15}]
    assert document["fullest_buckets"][0]["path"] == buckets


def test_no_table(moto: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A table that is not there is told by its name."""
    for action in ("size", "restore-plan"):
        assert main(["storage", action, "--table", "none-such", "--endpoint-url", moto]) == 1
        assert f"omamori storage {action}: there is no table none-such" in capsys.readouterr().err
