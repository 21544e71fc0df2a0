"""Connect the storage commands to AWS."""

from __future__ import annotations

from vault.storage.client import Place, StorageClient
from vault.storage.commands.options import TableOptions
from vault.storage.errors import NotAvailableHere, TableMissing
from vault.storage.table.diff import check_shape
from vault.storage.table.snapshot import TableSnapshot, read_snapshot


def connect(where: TableOptions) -> StorageClient:
    """Return a client. Raises SetupInvalid."""
    return StorageClient(Place(where.region, where.profile, where.endpoint_url or "", where.timeout))


def key_arn(client: StorageClient, key: str) -> str:
    """Return the ARN of the given key, "" for none. Raises StorageFailure."""
    try:
        return client.key_arn(key) if key else ""
    except NotAvailableHere:
        return key  # of a stand-in: what it does with the key is looked at afterwards


def read_table(client: StorageClient, table: str) -> TableSnapshot:
    """Read an existing table with Vault's key schema. Raises StorageFailure."""
    seen = read_snapshot(client, table)
    if seen is None:
        raise TableMissing(f"there is no table {table}", hint="are the name, the region and the account right?")
    check_shape(seen)
    return seen
