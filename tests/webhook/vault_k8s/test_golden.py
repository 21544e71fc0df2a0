"""What vault-k8s and vault agent really did: the same bytes and modes in the same files, from Pod to file.

tests/integration/test_vault_k8s.py does the same with HashiCorp's Vault.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.vault.server import VaultServer
from tests.support.webhook.golden import CASES, check_case


def test_there_are_cases() -> None:
    """All of them, of each kind."""
    kinds = [
        "refused" if not each["allowed"] else "untouched" if "untouched" in each else "ran" for each in CASES.values()
    ]
    assert {kind: kinds.count(kind) for kind in kinds} == {"ran": 40, "refused": 2, "untouched": 2}


@pytest.mark.parametrize("name", CASES)
def test_golden(golden_vault: VaultServer, tmp_path: Path, name: str) -> None:
    """One case, from the Pod to its files."""
    check_case(name, golden_vault, tmp_path)
