"""The table that we make, under a real Vault, on DynamoDB Local."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.realparts import vault
from tests.realparts.dynamodb import CREDENTIALS, DynamoDB
from tests.realparts.sandbox import sandbox
from tests.realparts.vaultadmin import VaultRefused
from tests.support.vault.aws import running_aws
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from tests.realparts.sandbox import Sandbox

pytestmark = pytest.mark.real

PROJECT = Path(__file__).parents[2]


def storage(store: DynamoDB, action: str, table: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command on a table of DynamoDB Local."""
    command = [sys.executable, "-m", "webhook", "storage", action, "--table", table, "--endpoint-url", store.endpoint]
    return subprocess.run(
        [*command, *arguments], cwd=PROJECT, env=CREDENTIALS, capture_output=True, text=True, check=False, timeout=120
    )


def test_vault_starts_on_the_table(box: Sandbox, store: DynamoDB) -> None:
    """Bootstrap, then Vault: it finds its table, leaves it as it is, and what it writes is there."""
    made = storage(store, "bootstrap", "vault-made", "--allow-missing")
    assert made.returncode == 0, made.stderr
    assert "point-in-time recovery: not available here\n" in made.stdout
    before = store.call("DescribeTable", TableName="vault-made")["Table"]

    with vault.vault(box, vault.Storage(store.endpoint, "vault-made"), name="made", port=8400) as server:
        server.admin.write("sys/mounts/plain", type="kv")
        server.admin.write("plain/one", password="p")
        assert server.admin.read("plain/one")["data"] == {"password": "p"}
        after = store.call("DescribeTable", TableName="vault-made")["Table"]
        assert after["ItemCount"] > before["ItemCount"] == 0
        again = storage(store, "bootstrap", "vault-made", "--allow-missing")

    assert again.returncode == 0, again.stderr
    assert "nothing was changed" in again.stdout
    counted = {"ItemCount", "TableSizeBytes"}
    assert {name: after[name] for name in after.keys() - counted} == {
        name: before[name] for name in before.keys() - counted
    }


def checked(store: DynamoDB, table: str, *arguments: str | Path) -> tuple[int, list[dict[str, str]]]:
    """Check a table: the exit code, and what is found beside what DynamoDB Local does not know."""
    done = storage(store, "check", table, "--allow-missing", "-o", "json", *arguments)
    assert done.stdout, done.stderr
    found = json.loads(done.stdout)["findings"]
    missing = [each["message"] for each in found if each["check"] == "not-available"]
    assert missing == [f"{part}: not checked, not available here" for part in ("point-in-time recovery", "throttling")]
    return done.returncode, [each for each in found if each["check"] != "not-available"]


def test_check_of_a_vault_that_runs(box: Sandbox, store: DynamoDB) -> None:
    """A live Vault on our table: nothing is found; after SIGKILL its lock is, until it is back."""
    storage(store, "bootstrap", "vault-checked", "--allow-missing")
    with vault.vault(box, vault.Storage(store.endpoint, "vault-checked"), name="checked", port=8420) as server:
        node = ("--vault-address", server.address, "--vault-ca-file", server.ca_pem)
        assert checked(store, "vault-checked", "--scan", *node) == (0, [])
        before = store.call("DescribeTable", TableName="vault-checked")["Table"]["ItemCount"]

        def reasons() -> set[str]:
            return {each["check"] for each in checked(store, "vault-checked", *node)[1]}

        server.kill()
        wait_until(lambda: reasons() == {"stale-lock", "node-unreachable"}, 60, "the lock is stale")
        server.start()
        assert checked(store, "vault-checked", *node) == (0, [])
        assert store.call("DescribeTable", TableName="vault-checked")["Table"]["ItemCount"] >= before

        server.stop()
        assert checked(store, "vault-checked") == (0, []), "a clean stop leaves no lock"


def test_large_items_of_a_vault(box: Sandbox, store: DynamoDB) -> None:
    """A secret of 360 KB is reported, where it is; one of 401 KB is refused by DynamoDB, and Vault says 500."""
    storage(store, "bootstrap", "vault-large", "--allow-missing")
    with vault.vault(box, vault.Storage(store.endpoint, "vault-large"), name="large", port=8430) as server:
        server.admin.write("sys/mounts/plain", type="kv")
        server.admin.write("plain/shop/big", value="x" * 360 * 1024)
        with pytest.raises(VaultRefused, match="Item size has exceeded the maximum allowed size") as refused:
            server.admin.write("plain/shop/bigger", value="x" * 401 * 1024)
        assert refused.value.status == 500

    code, found = checked(store, "vault-large", "--scan")

    assert code == 2
    (finding,) = found
    assert (finding["status"], finding["check"]) == ("failed", "large-item")
    told = r"logical/[-0-9a-f]{36}/shop/big has 360 of the 400 KB that an item may have"
    assert re.fullmatch(told, finding["message"])


def test_size_of_a_vault(store: DynamoDB) -> None:
    """What `size` says that a login writes is what Vault sends; a login with a batch token writes nothing."""
    written: list[int] = []

    def count(operation: str, request: dict[str, Any]) -> None:
        if operation == "BatchWriteItem":
            written.extend(len(each) for each in request["RequestItems"].values())

    storage(store, "bootstrap", "vault-sized", "--allow-missing")
    with sandbox(own_network=False) as loopback, running_aws(store.endpoint) as aws:
        aws.instead = count
        with vault.vault(loopback, vault.Storage(aws.endpoint, "vault-sized"), name="sized") as server:
            server.admin.write("sys/auth/userpass", type="userpass")
            items = {}
            for kind in ("service", "batch"):
                server.admin.write(f"auth/userpass/users/{kind}", password="p", token_type=kind)
                server.admin.write(f"auth/userpass/login/{kind}", password="p")  # its entity is made
                written.clear()
                server.admin.write(f"auth/userpass/login/{kind}", password="p")
                items[kind] = sum(written)
    sized = storage(store, "size", "vault-sized", "-o", "json")

    assert sized.returncode == 0, sized.stderr
    document = json.loads(sized.stdout)
    assert [(each["path"], each["leases"], each["items"]) for each in document["logins"]] == [
        ("auth/userpass/login/NAME", 2, items["service"])
    ]
    assert items == {"service": 16, "batch": 0}
    assert document["total"]["items"] == store.call("DescribeTable", TableName="vault-sized")["Table"]["ItemCount"]
    assert document["buckets"] in {1, 2}, "two identities, in one of 256 buckets each"


def test_it_is_the_table_that_vault_makes(box: Sandbox, store: DynamoDB) -> None:
    """A table that Vault made by itself has the same key; it is fixed, and paid as Vault chose."""
    with vault.vault(box, vault.Storage(store.endpoint, "vault-own"), name="own", port=8410):
        own = store.call("DescribeTable", TableName="vault-own")["Table"]
        fixed = storage(
            *(store, "bootstrap", "vault-own", "--allow-missing", "--read-capacity", "5", "--write-capacity", "5")
        )

    assert fixed.returncode == 0, fixed.stdout + fixed.stderr
    assert "deletion protection: on\n" in fixed.stdout
    made = storage(store, "bootstrap", "vault-like", "--allow-missing")
    assert made.returncode == 0
    like = store.call("DescribeTable", TableName="vault-like")["Table"]
    assert own["KeySchema"] == like["KeySchema"]
    kinds = [
        {each["AttributeName"]: each["AttributeType"] for each in table["AttributeDefinitions"]}
        for table in (own, like)
    ]
    assert kinds[0] == kinds[1]
