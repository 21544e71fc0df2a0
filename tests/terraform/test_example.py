"""terraform/example on moto: applied, nothing left to do, not destroyed while it is protected, and then destroyed."""

from __future__ import annotations

import json

import pytest

from tests.realparts.aws import ACCOUNT, Aws
from tests.realparts.dynamodb import REGION
from tests.realparts.sandbox import Sandbox
from tests.realparts.terraform import Terraform, terraform

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def example(box: Sandbox, cloud: Aws) -> Terraform:
    """The example, initialized, with its required variables."""
    made = terraform(box, "example", cloud)
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.eks.{REGION}.amazonaws.com/id/EXAMPLE"
    made.variables.update({"TF_VAR_region": REGION, "TF_VAR_oidc_provider_arn": provider})
    return made


def planned(example: Terraform) -> tuple[int, int, int]:
    """Plan, and give how many things would be added, changed and removed."""
    lines = map(json.loads, example.run("plan", "-json").stdout.splitlines())
    (changes,) = (line["changes"] for line in lines if line["type"] == "change_summary")
    return changes["add"], changes["change"], changes["remove"]


def test_life(example: Terraform, cloud: Aws) -> None:
    """Applied, it is what the code says; a destruction is refused and takes nothing; without protection all goes."""
    assert example.run("validate").stdout.strip() == "Success! The configuration is valid."
    assert planned(example) == (9, 0, 0)
    assert "9 added, 0 changed, 0 destroyed" in example.run("apply", "-auto-approve").stdout
    assert planned(example) == (0, 0, 0)

    refused = example.run("destroy", "-auto-approve", check=False)
    assert refused.returncode == 1
    assert "can't be deleted while DeletionProtectionEnabled" in refused.stderr
    assert planned(example) == (0, 0, 0)

    unprotected = example.run("apply", "-auto-approve", "-var", "deletion_protection=false").stdout
    assert "0 added, 1 changed, 0 destroyed" in unprotected
    assert "9 destroyed" in example.run("destroy", "-auto-approve", "-var", "deletion_protection=false").stdout
    assert cloud.client("dynamodb").list_tables()["TableNames"] == []
