"""The table of modules/storage, the one of `storage bootstrap` and the one that Vault itself would make are the same.

Vault makes a table without protection; what it fixes is the shape. The other two have the same protection, too, each is
to the other's liking, and a root module can keep the table from every plan.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.realparts.aws import Aws
from tests.realparts.dynamodb import CREDENTIALS, dynamodb
from tests.realparts.sandbox import Sandbox, sandbox
from tests.realparts.terraform import PROJECT, Terraform, terraform
from tests.realparts.vault import Storage, vault

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

MODULE, BOOTSTRAP, VAULT = "vault-of-module", "vault-of-bootstrap", "vault-of-vault"
ROOT = """
variable "name" {{
  default = "{name}"
}}

module "storage" {{
  source              = "../modules/storage"
  name                = var.name
  kms_key_arn         = "{key}"
  deletion_protection = {protected}
  tags                = {{ team = "platform" }}
}}
"""
IMPORT = f"""
import {{
  to = module.storage.aws_dynamodb_table.vault
  id = "{BOOTSTRAP}"
}}
"""
# what makes a table another one for Vault; an endpoint leaves out what there is none of
SHAPE = ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes", "LocalSecondaryIndexes", "StreamSpecification")


@pytest.fixture(scope="module")
def key(cloud: Aws) -> str:
    """The ARN of the tables' key."""
    return cloud.make_key("alias/vault-table")


@pytest.fixture(scope="module")
def of_module(box: Sandbox, cloud: Aws, key: str) -> Terraform:
    """The module in a root module, applied."""
    made = terraform(box, "root", cloud, main=ROOT.format(name=MODULE, key=key, protected="true"))
    made.run("apply", "-auto-approve")
    return made


@pytest.fixture(scope="module")
def of_bootstrap(box: Sandbox, cloud: Aws, key: str) -> str:
    """What `storage bootstrap` says of a table that it makes."""
    return bootstrapped(box, cloud, BOOTSTRAP, key)


@pytest.fixture(scope="module")
def of_vault() -> Iterator[dict[str, Any]]:
    """The description of the table that Vault makes where it finds none."""
    with sandbox() as box, dynamodb(box) as store, vault(box, Storage(store.endpoint, table=VAULT)):
        yield store.call("DescribeTable", TableName=VAULT)["Table"]


def bootstrapped(box: Sandbox, cloud: Aws, table: str, key: str) -> str:
    """Run `omamori storage bootstrap` and give what it says."""
    command = [sys.executable, "-m", "webhook", "storage", "bootstrap", "--endpoint-url", cloud.endpoint]
    options = ["--table", table, "--kms-key", key, "--tag", "team=platform"]
    return box.run([*command, *options], env={**CREDENTIALS, "PYTHONPATH": str(PROJECT.parent)}).stdout


def shape(table: dict[str, Any]) -> dict[str, Any]:
    """Give what is there of a table's shape; the order of attributes says nothing."""
    found = {name: table[name] for name in SHAPE if table.get(name)}
    found["AttributeDefinitions"] = sorted(found["AttributeDefinitions"], key=lambda each: each["AttributeName"])
    return found


def seen(cloud: Aws, name: str) -> dict[str, Any]:
    """Give all that AWS tells of a table, but for its name and its times."""
    client = cloud.client("dynamodb")
    table = client.describe_table(TableName=name)["Table"]
    backups = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    recovery = backups["PointInTimeRecoveryDescription"]
    own = ("TableName", "TableArn", "TableId", "CreationDateTime", "BillingModeSummary", *SHAPE)
    return {
        **{each: value for each, value in table.items() if each not in own},
        **shape(table),
        "billing": table["BillingModeSummary"]["BillingMode"],
        "recovery": {each: value for each, value in recovery.items() if not each.endswith("DateTime")},
        "expiry": client.describe_time_to_live(TableName=name)["TimeToLiveDescription"],
        "tags": client.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"],
    }


@pytest.mark.usefixtures("of_module", "of_bootstrap")
def test_same_table(cloud: Aws, of_vault: dict[str, Any], key: str) -> None:
    """All three have one shape; module and bootstrap agree in everything, protection included."""
    of_module, of_bootstrap = seen(cloud, MODULE), seen(cloud, BOOTSTRAP)
    assert of_module == of_bootstrap
    assert shape(of_module) == shape(of_vault)
    assert set(shape(of_vault)) == {"KeySchema", "AttributeDefinitions"}
    assert (of_module["DeletionProtectionEnabled"], of_module["billing"]) == (True, "PAY_PER_REQUEST")
    assert of_module["SSEDescription"]["KMSMasterKeyArn"] == key
    assert of_module["recovery"]["PointInTimeRecoveryStatus"] == "ENABLED"
    assert of_module["expiry"] == {"TimeToLiveStatus": "DISABLED"}


@pytest.mark.usefixtures("of_module")
def test_bootstrap_of_module(box: Sandbox, cloud: Aws, key: str) -> None:
    """Bootstrap has nothing to do on the table of the module."""
    assert bootstrapped(box, cloud, MODULE, key).strip() == f"{MODULE} is as requested: nothing was changed"


def test_module_of_bootstrap(box: Sandbox, cloud: Aws, key: str, of_bootstrap: str) -> None:
    """Imported into Terraform, the table of bootstrap is what the module says: nothing of it would change."""
    assert f"{BOOTSTRAP} is as requested: made" in of_bootstrap
    root = terraform(box, "root", cloud, main=ROOT.format(name=BOOTSTRAP, key=key, protected="true") + IMPORT)
    lines = map(json.loads, root.run("plan", "-json").stdout.splitlines())
    (changes,) = (line["changes"] for line in lines if line["type"] == "change_summary")
    alarms = 3
    assert changes == {"add": alarms, "change": 0, "import": 1, "remove": 0, "operation": "plan"}


def test_kept(of_module: Terraform, key: str) -> None:
    """With the README's guard no plan destroys or replaces the table, though nothing protects it from deletion."""
    page = (PROJECT / "modules/storage/README.md").read_text()
    (guard,) = (block for block in re.findall(r"```hcl\n(.*?)```", page, re.DOTALL) if "prevent_destroy" in block)
    (of_module.folder / "main.tf").write_text(ROOT.format(name=MODULE, key=key, protected="false") + guard)
    of_module.run("apply", "-auto-approve")
    for plan in (["-destroy"], ["-var", "name=another"]):
        refused = of_module.run("plan", *plan, check=False)
        assert refused.returncode == 1
        assert "terraform_data.keep_the_table" in refused.stderr
        assert "prevent_destroy" in refused.stderr
