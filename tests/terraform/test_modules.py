"""The modules are written as Terraform wants them, and their own tests pass, and fail on a planted fault."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.realparts.sandbox import Sandbox
from tests.realparts.terraform import PROJECT, terraform

# a file of a module, what stands there, what stands there instead, and a test that must notice
FAULTS = {
    "storage": [
        ("main.tf", 'range_key = "Key"', 'range_key = "Path"', "what_vault_needs"),
        (
            "main.tf",
            "_enabled = var.deletion_protection",
            "_enabled = !var.deletion_protection",
            "protected_unless_told",
        ),
        ("alarms.tf", '"GetItem", ', "", "alarms"),
        ("variables.tf", "var.recovery_period_in_days <= 35", "true", "refused"),
    ],
    "unseal": [("main.tf", "enable_key_rotation     = true", "enable_key_rotation     = false", "kept")],
    "identity": [
        ("main.tf", '"dynamodb:UpdateItem",', '"dynamodb:UpdateItem", "dynamodb:Scan",', "least_privilege"),
        ("main.tf", 'variable = "kms:ViaService"', 'variable = "kms:CallerAccount"', "least_privilege"),
        (
            "main.tf",
            'variable = "${local.issuer}:sub"',
            'variable = "${local.issuer}:amr"',
            "trusts_one_service_account",
        ),
    ],
}


@pytest.mark.real
def test_formatted(box: Sandbox) -> None:
    """`terraform fmt` has nothing to change."""
    assert box.run(["terraform", "fmt", "-check", "-recursive", "-diff", PROJECT], check=False).stdout == ""


@pytest.mark.real
@pytest.mark.parametrize("name", sorted(each.name for each in (PROJECT / "modules").iterdir()))
def test_own_tests(box: Sandbox, name: str) -> None:
    """`terraform test` passes; with faults in the code, each test that is there for one fails."""
    module = terraform(box, f"modules/{name}")
    assert "Success!" in module.run("test").stdout
    faults = FAULTS[name]
    with module.changed([(file, old, new) for file, old, new, _ in faults]):
        told = module.run("test", check=False)
    assert told.returncode == 1
    for *_, test in faults:
        assert f'run "{test}"... fail' in told.stdout, told.stdout + told.stderr


def test_pages() -> None:
    """Each module's README says what its code takes and gives."""
    command = [sys.executable, str(PROJECT / "generate.py"), "--check"]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout) == (0, "")
