"""A scripted Vault with one secret that does not change, by whose looks a test knows that rounds of a sidecar pass."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.vault.scripted import Said, ScriptedVault, kv2, kv2_metadata, scripted_vault
from tests.support.vault.sidecar import Sidecar, sidecar_plan
from vault.contract.plan import Plan, Read

KV = "secret/data/shop/db"
META = "secret/metadata/shop/db"


@contextmanager
def steady_vault() -> Iterator[ScriptedVault]:
    """Run one; its logins give service tokens."""
    login = {"client_token": "s.x", "token_type": "service", "lease_duration": 600, "renewable": True}
    answers = {"*/login": Said(body={"auth": login}), KV: kv2({"a": "b"}), META: kv2_metadata()}
    with scripted_vault(answers) as running:
        yield running


def steady_plan(vault: ScriptedVault, folder: Path, *reads: Read | str, **fields: Any) -> Plan:
    """Give the Plan of a sidecar below a folder."""
    (folder / "files").mkdir(exist_ok=True)
    return sidecar_plan(vault.session(folder), folder / "files", *reads, **fields)


def let_pass(running: Sidecar, vault: ScriptedVault, rounds: int, path: str = META) -> None:
    """Let so many rounds of the sidecar pass."""
    wanted = vault.calls[path] + rounds
    running.wait(lambda: vault.calls[path] >= wanted, f"{rounds} rounds")
