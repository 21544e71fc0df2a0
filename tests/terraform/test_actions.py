"""What modules/identity allows is what Vault needs: it asks for each action and no other, and can do without none."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.realparts.actionproxy import Actions, action_proxy
from tests.realparts.aws import ACCOUNT, Aws, aws
from tests.realparts.dynamodb import REGION, dynamodb
from tests.realparts.sandbox import Sandbox, sandbox
from tests.realparts.terraform import terraform
from tests.terraform.vaultlife import Place, lived

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

# how far Vault comes without it
NEEDED = {
    "dynamodb:BatchWriteItem": "initialize",
    "dynamodb:DeleteItem": "give the lock back",
    "dynamodb:DescribeTable": "start",
    "dynamodb:GetItem": "start",
    "dynamodb:Query": "initialize",
    "dynamodb:UpdateItem": "become active",
    "kms:Decrypt": "initialize",
    "kms:DescribeKey": "start",
    "kms:Encrypt": "initialize",
}


@pytest.fixture(scope="module")
def place() -> Iterator[tuple[Place, tuple[Actions, Actions]]]:
    """DynamoDB Local and moto's KMS, each behind a proxy that can refuse."""
    with (
        sandbox() as box,
        aws(box) as cloud,
        dynamodb(box) as store,
        action_proxy(box, "dynamodb-actions", store.endpoint, port=8001) as table,
        action_proxy(box, "kms-actions", cloud.endpoint, port=5001) as key,
    ):
        yield Place(box, table.endpoint, key.endpoint, store, cloud.make_key("alias/vault-unseal")), (table, key)


def test_asked(place: tuple[Place, tuple[Actions, Actions]]) -> None:
    """A whole life of Vault asks for these actions and for no other."""
    vault, proxies = place
    assert lived(vault, "all") is None
    assert set().union(*(each.asked() for each in proxies)) == set(NEEDED)


@pytest.mark.parametrize("action", NEEDED)
def test_needed(place: tuple[Place, tuple[Actions, Actions]], action: str) -> None:
    """Without one of the actions Vault comes that far, and no further."""
    vault, proxies = place
    for each in proxies:
        each.refuse(action)
    try:
        assert lived(vault, action.replace(":", "-")) == NEEDED[action]
    finally:
        for each in proxies:
            each.refuse()


def test_allowed(box: Sandbox, cloud: Aws) -> None:
    """The module allows these actions: on the table and on the unseal key, and none of them on anything else."""
    table, key = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/vault", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/unseal"
    identity = terraform(box, "modules/identity", cloud)
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.eks.{REGION}.amazonaws.com/id/EXAMPLE"
    given = {"oidc_provider_arn": provider, "table_arn": table, "unseal_key_arn": key}
    identity.variables.update({f"TF_VAR_{name}": value for name, value in given.items()})
    identity.run("plan", "-out", "plan")
    planned = json.loads(identity.run("show", "-json", "plan").stdout)["planned_values"]
    statements = json.loads(planned["outputs"]["policy"]["value"])["Statement"]
    allowed = {(action, each["Resource"]) for each in statements for action in each["Action"]}
    assert allowed == {(action, table if action.startswith("dynamodb:") else key) for action in NEEDED}
    assert {each["Effect"] for each in statements} == {"Allow"}
