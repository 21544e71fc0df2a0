"""Recipes of docs/cookbook.md that take a kubelet: variables, credentials with a lease, a token."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.cookbook.recipes import Recipe, read_recipes
from tests.e2e.engines import LEASE_SECONDS, NAMESPACE
from tests.support.cluster.images import APP
from tests.support.cluster.manifests import pod
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.realparts.postgresql import PostgreSQL
    from tests.support.cluster.installation import Installation

pytestmark = [pytest.mark.real, pytest.mark.timeout(600), pytest.mark.usefixtures("engines")]

STAYING = ["/bin/sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done"]
ROLE = {"policy": "engines", "token_type": "service"}
# other tests have secrets of the recipes' names
OWN = "secret/data/shop/cookbook-"
# what the kubelet's file can carry, and what it cannot
PLAIN, ODD = 'p:a\\s "w%d#`é€ &<>;=,@!|~', 'it\'s $(x) a ${y} \\ "b"'


def start(installation: Installation, name: str, recipe: Recipe, value: str = PLAIN) -> None:
    """Write the recipe's secrets, and run a Pod with its annotations; the command is one that stays."""
    for path, secret in recipe.secrets.items():
        filled = {key: value if each == "…" else each for key, each in secret.items()}
        installation.vault.admin.write(path.replace("secret/shop/", OWN), {"data": filled})
    annotations = {key: text.replace("secret/data/shop/", OWN) for key, text in recipe.annotations.items()}
    (container,) = recipe.spec.get("containers") or [{"name": "app"}]
    # an image whose command is known to it alone would end at once: the recipe without one gets it, too
    ours = {**container, "image": APP, "imagePullPolicy": "Never", "command": STAYING}
    installation.nodes.apply(
        installation.account(NAMESPACE, name, **ROLE), pod(NAMESPACE, name, annotations, {"containers": [ours]})
    )
    installation.wait_for_phase(NAMESPACE, name, "Running")


def read(installation: Installation, name: str, path: str) -> str:
    """Give a file as the application sees it."""
    return installation.nodes.kubectl("exec", name, "-n", NAMESPACE, "-c", "app", "--", "cat", path)


def environment(installation: Installation, name: str) -> Mapping[str, str]:
    """Give the variables that the application was started with."""
    pairs = (each.partition("=") for each in read(installation, name, "/proc/1/environ").split("\0"))
    return {key: value for key, _, value in pairs}


def test_variables(installation: Installation) -> None:
    """By name, and expanded in another variable."""
    start(installation, "by-name", read_recipes()["An application reads variables"])

    found = environment(installation, "by-name")
    assert (found["DB_USERNAME"], found["DB_PASSWORD"]) == ("checkout", PLAIN)
    assert found["DATABASE_URL"] == f"postgres://checkout:{PLAIN}@db.shop.svc/shop"


def test_every_key(installation: Installation) -> None:
    """All keys, under the names that the recipe says."""
    start(installation, "every-key", read_recipes()["An application reads every key as a variable"], ODD)

    found = environment(installation, "every-key")
    assert {name: found.get(name) for name in ("DB_USER", "DB_PASSWORD", "LOG_LEVEL")} == {
        "DB_USER": "checkout",
        "DB_PASSWORD": ODD,
        "LOG_LEVEL": "debug",
    }


def test_any_character(installation: Installation) -> None:
    """What the kubelet's file cannot carry."""
    start(installation, "any-character", read_recipes()["A variable may have any character"], ODD)

    assert environment(installation, "any-character")["DB_PASSWORD"] == ODD


def test_database_credentials(installation: Installation, database: PostgreSQL) -> None:
    """Credentials that work after the first ones have ended."""
    start(installation, "db", read_recipes()["A database gets new credentials before the old ones end"])

    def login() -> dict[str, Any]:
        found: dict[str, Any] = json.loads(read(installation, "db", "/vault/secrets/db.json"))
        return found

    first = login()
    wait_until(lambda: login()["username"] != first["username"], 20 * LEASE_SECONDS, "there are new credentials")
    now = login()
    address = f"host={database.address} port={database.port} user={now['username']} dbname=postgres"
    told = installation.box.run(
        ["psql", "-X", "-A", "-t", "-c", "select current_user", address], env={"PGPASSWORD": now["password"]}
    )
    assert told.stdout.strip() == now["username"]


def test_a_token(installation: Installation) -> None:
    """The token is taken by Vault."""
    start(installation, "own-token", read_recipes()["An application talks to Vault itself"])

    token = read(installation, "own-token", "/vault/secrets/vault-token")
    found = installation.vault.admin.call("POST", "auth/token/lookup", {"token": token})
    assert "engines" in found["data"]["policies"]
