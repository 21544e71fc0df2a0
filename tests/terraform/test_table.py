"""The table of modules/storage is the one that Vault itself would make, and can be kept from every plan."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.realparts.aws import Aws
from tests.realparts.dynamodb import dynamodb
from tests.realparts.sandbox import Sandbox, sandbox
from tests.realparts.terraform import PROJECT, Terraform, terraform
from tests.realparts.vault import Storage, vault

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

NAME = "vault-alone"
MODULE = f"""
variable "name" {{
  default = "{NAME}"
}}

module "storage" {{
  source              = "../modules/storage"
  name                = var.name
  deletion_protection = false
}}
"""
# what makes a table another one for Vault; an endpoint leaves out what there is none of
SHAPE = ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes", "LocalSecondaryIndexes", "StreamSpecification")


@pytest.fixture(scope="module")
def guarded(box: Sandbox, cloud: Aws) -> Terraform:
    """The module in a root module with the guard that its README shows, applied on moto."""
    page = (PROJECT / "modules/storage/README.md").read_text()
    (guard,) = (block for block in re.findall(r"```hcl\n(.*?)```", page, re.DOTALL) if "prevent_destroy" in block)
    made = terraform(box, "guarded", cloud, main=MODULE + guard)
    made.run("apply", "-auto-approve")
    return made


@pytest.fixture(scope="module")
def of_vault() -> Iterator[dict[str, Any]]:
    """The description of the table that Vault makes where it finds none."""
    with sandbox() as box, dynamodb(box) as store, vault(box, Storage(store.endpoint, table=NAME)):
        yield store.call("DescribeTable", TableName=NAME)["Table"]


def shape(table: dict[str, Any]) -> dict[str, Any]:
    """Give what is there of a table's shape; the order of attributes says nothing."""
    found = {name: table[name] for name in SHAPE if table.get(name)}
    found["AttributeDefinitions"] = sorted(found["AttributeDefinitions"], key=lambda each: each["AttributeName"])
    return found


@pytest.mark.usefixtures("guarded")
def test_same_table(cloud: Aws, of_vault: dict[str, Any]) -> None:
    """Terraform's table has the shape of Vault's own, and no time to live."""
    client = cloud.client("dynamodb")
    assert shape(client.describe_table(TableName=NAME)["Table"]) == shape(of_vault)
    assert set(shape(of_vault)) == {"KeySchema", "AttributeDefinitions"}
    ttl = client.describe_time_to_live(TableName=NAME)["TimeToLiveDescription"]
    assert ttl["TimeToLiveStatus"] == "DISABLED"


def test_kept(guarded: Terraform) -> None:
    """With the guard no plan destroys or replaces the table, though nothing protects it from deletion."""
    for plan in (["-destroy"], ["-var", "name=another"]):
        refused = guarded.run("plan", *plan, check=False)
        assert refused.returncode == 1
        assert "terraform_data.keep_the_table" in refused.stderr
        assert "prevent_destroy" in refused.stderr
