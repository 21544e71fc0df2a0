"""One file in each format: what the program in the Pod needs for it, beside one value as it is, in turn.

The program runs as in its image. Needs root and the real parts.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import trustme

from tests.bench.figures import keep
from tests.bench.program import measured, ours, prepare, program_tree
from tests.realparts.dynamodb import dynamodb
from tests.realparts.sandbox import sandbox
from tests.realparts.vault import Storage, VaultServer, vault
from vault.contract.plan import FORMATS, KEY_STORES, Output, Read
from vault.contract.wire import from_environment, to_environment

# which of the secrets below a format takes
SECRET_OF = {
    **dict.fromkeys(("pem-bundle", "fullchain", *KEY_STORES), "pem"),
    "dockerconfigjson": "registry",
}
USUAL = "db"


def write_secrets(server: VaultServer) -> None:
    """Write what formats take beside the usual secret."""
    root = trustme.CA()
    leaf = root.create_child_ca().issue_cert("shop.example.com")
    own, *others = (each.bytes().decode() for each in leaf.cert_chain_pems)
    secrets: dict[str, dict[str, Any]] = {
        "pem": {
            "private_key": leaf.private_key_pem.bytes().decode(),
            "certificate": own,
            "ca_chain": [*others, root.cert_pem.bytes().decode()],
        },
        "registry": {"server": "registry.example.com", "username": "u", "password": os.urandom(12).hex()},
    }
    for name, secret in secrets.items():
        server.admin.write(f"secret/data/shop/{name}", data=secret)


def environment_of(format_: str, usual: dict[str, str]) -> dict[str, str]:
    """Give the environment of the same program with one file in the format."""
    output = Output(directory="/out", name="file", mode="0400", format=format_, annotation="file.omamori.dev/file")
    reads = [Read(path=f"secret/data/shop/{SECRET_OF.get(format_, USUAL)}")]
    if format_ == "raw":
        output = output.replace(key="password")
    if format_ in KEY_STORES:
        reads.append(Read(path=f"secret/data/shop/{USUAL}"))
        output = output.replace(password_read=1, password_key="password")
    return to_environment(from_environment(usual).replace(reads=tuple(reads), outputs=(output,)))


def main() -> None:
    """Measure in turn, print, keep."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        tree = program_tree(folder)
        box = stack.enter_context(sandbox())
        store = stack.enter_context(dynamodb(box))
        server = stack.enter_context(vault(box, Storage(store.endpoint)))
        command, usual = ours(tree, server, prepare(server))
        write_secrets(server)
        tables = measured("one file", {each: (command, environment_of(each, usual)) for each in FORMATS})
    for table in tables:
        table.show()
    keep(tables, {})
