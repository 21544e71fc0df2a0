"""What vault-k8s and vault agent really did (tests/cases/vault-k8s-golden.json), and a server with their data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import trustme

from tests.support.vault.server import AUDIENCE, VaultServer, running_vault
from tests.support.webhook.vault_k8s import theirs
from webhook.config.settings import Settings

GOLDEN = json.loads((Path(__file__).parents[2] / "cases/vault-k8s-golden.json").read_text())
CASES: dict[str, dict[str, Any]] = GOLDEN["cases"]
POLICY = """
path "secret/*" { capabilities = ["read"] }
path "kv1/*" { capabilities = ["read"] }
path "transit/decrypt/app" { capabilities = ["update"] }
"""
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z")
TOKEN = re.compile(r"(?:hvs|hvb|s|b)\.[A-Za-z0-9_.-]{20,}")


@contextmanager
def golden_server(folder: Path, authority: trustme.CA) -> Iterator[VaultServer]:
    """Run a server with the data of the cases."""
    with running_vault(folder, authority) as server:
        write = server.client.write
        server.call("DELETE", "secret/metadata/shop/db")  # so that its versions begin anew
        write("sys/mounts/transit", {"type": "transit"})
        write("transit/keys/app", {})
        write("sys/policies/acl/golden", {"policy": POLICY})
        role = {"role_type": "jwt", "user_claim": "sub", "bound_audiences": [AUDIENCE], "token_policies": ["golden"]}
        write("auth/jwt/role/shop", role)
        for path, data in _data():
            write(path, {"data": data} if "/data/" in path else data)
        yield server


def settings_for(server: VaultServer) -> Settings:
    """Give settings with the dialect turned on, of which this server is the Vault."""
    return theirs(VAULT_MAIN_ADDRESS=server.address, VAULT_MAIN_AUTH_KIND="jwt")


def timeless(content: str) -> str:
    """Give what a file has with all that differs from run to run left out."""
    return "<token>" if TOKEN.fullmatch(content) else TIME.sub("TIME", content)


def _data() -> Iterator[tuple[str, Any]]:
    """The data as the file of the cases says it: one path or two, one version or several."""
    found: dict[str, Any] = {path: data for path, data in GOLDEN["vault"].items() if not path.startswith("transit")}
    assert len(found) == 4
    for paths, data in found.items():
        for version in data if isinstance(data, list) else [data]:
            for path in paths.partition(" (")[0].split(" and "):
                yield path, version
