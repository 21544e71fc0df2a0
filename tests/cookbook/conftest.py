"""A Vault with what the recipes ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
import trustme

from tests.cookbook.recipes import ROLE, Delivered, deliver, read_recipes
from tests.support.vault.server import AUDIENCE, VaultServer, running_vault

Deliver = Callable[..., Delivered]


@pytest.fixture(scope="session")
def kitchen(tmp_path_factory: pytest.TempPathFactory, authority: trustme.CA) -> Iterator[VaultServer]:
    """A server of its own, whose secrets have the recipes' paths; with certificates, and a role that may read all."""
    with running_vault(tmp_path_factory.mktemp("kitchen"), authority) as server:
        _set_up(server)
        yield server


def _set_up(server: VaultServer) -> None:
    write = server.client.write
    write("sys/mounts/pki", {"type": "pki"})
    write("pki/root/generate/internal", {"common_name": "authority of the cookbook", "ttl": "1h"})
    write(
        "pki/roles/shop",
        {"allowed_domains": "shop.example.com", "allow_bare_domains": True, "ttl": "20s", "not_before_duration": "1s"},
    )
    write("sys/policies/acl/cookbook", {"policy": 'path "*" { capabilities = ["read", "update", "list"] }'})
    write(
        f"auth/jwt/role/{ROLE}",
        {
            "role_type": "jwt",
            "user_claim": "sub",
            "bound_audiences": [AUDIENCE],
            "bound_subject": "system:serviceaccount:shop:checkout",
            "token_policies": ["cookbook"],
            "token_type": "service",
            "token_ttl": "10m",
        },
    )


@pytest.fixture
def cook(kitchen: VaultServer, tmp_path: Path) -> Deliver:
    """Deliver the files of a recipe, by its title."""

    def made(title: str, usual: str = "plain", values: Mapping[str, str] | None = None) -> Delivered:
        folder = tmp_path / "volumes"
        folder.mkdir()
        return deliver(read_recipes()[title], kitchen, folder, values, usual)

    return made
