"""The table that we make, under a real Vault, on DynamoDB Local."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.realparts import vault
from tests.realparts.dynamodb import CREDENTIALS, DynamoDB

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


def test_it_is_the_table_that_vault_makes(box: Sandbox, store: DynamoDB) -> None:
    """A table that Vault made by itself has the same key; it is mended, and paid as Vault chose."""
    with vault.vault(box, vault.Storage(store.endpoint, "vault-own"), name="own", port=8410):
        own = store.call("DescribeTable", TableName="vault-own")["Table"]
        mended = storage(
            *(store, "bootstrap", "vault-own", "--allow-missing", "--read-capacity", "5", "--write-capacity", "5")
        )

    assert mended.returncode == 0, mended.stdout + mended.stderr
    assert "deletion protection: on\n" in mended.stdout
    made = storage(store, "bootstrap", "vault-like", "--allow-missing")
    assert made.returncode == 0
    like = store.call("DescribeTable", TableName="vault-like")["Table"]
    assert own["KeySchema"] == like["KeySchema"]
    kinds = [
        {each["AttributeName"]: each["AttributeType"] for each in table["AttributeDefinitions"]}
        for table in (own, like)
    ]
    assert kinds[0] == kinds[1]
