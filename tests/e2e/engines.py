"""The engines beside KV: a database, certificates, and decryption, set up in the Vault of the tests."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support.canary import Canary

if TYPE_CHECKING:
    from tests.realparts.postgresql import PostgreSQL
    from tests.support.cluster.installation import Installation

NAMESPACE = "engines"

# of the database's credentials: short, so that a test sees them end
LEASE_SECONDS, LONGEST_SECONDS = 12, 24
CERTIFICATE_SECONDS = 30

POLICY = """\
path "database/creds/shop" { capabilities = ["read"] }
path "pki/issue/shop" { capabilities = ["update"] }
path "transit/decrypt/shop" { capabilities = ["update"] }
path "secret/data/shop/*" { capabilities = ["read"] }
path "secret/metadata/shop/*" { capabilities = ["read"] }
path "plain/shop/*" { capabilities = ["read"] }
path "sys/leases/renew" { capabilities = ["update"] }
path "sys/leases/revoke" { capabilities = ["update"] }
"""

MAKE_USER = (
    "create role \"{{name}}\" with login password '{{password}}' valid until '{{expiration}}'; "
    'grant pg_read_all_data to "{{name}}";'
)


@dataclass(frozen=True, slots=True)
class Engines:
    """What Pods may ask for. `ciphertext` is the canary `decrypted`, as transit gave it."""

    ciphertext: str
    decrypted: Canary


def prepare_engines(installation: Installation, database: PostgreSQL) -> Engines:
    """Mount and configure all of them, and write the policy `engines`."""
    admin = installation.vault.admin
    admin.write("sys/policies/acl/engines", policy=POLICY)
    admin.write("sys/mounts/database", type="database")
    admin.write(
        "database/config/shop",
        plugin_name="postgresql-database-plugin",
        allowed_roles="shop",
        connection_url=(
            f"postgresql://{{{{username}}}}:{{{{password}}}}@{database.address}:{database.port}/postgres?sslmode=disable"
        ),
        username="administrator",
        password=database.password,
    )
    admin.write(
        "database/roles/shop",
        db_name="shop",
        creation_statements=[MAKE_USER],
        default_ttl=f"{LEASE_SECONDS}s",
        max_ttl=f"{LONGEST_SECONDS}s",
    )
    admin.write("sys/mounts/pki", type="pki")
    admin.write("pki/root/generate/internal", common_name="authority of the tests", ttl="1h")
    admin.write(
        "pki/roles/shop",
        allowed_domains="shop.example",
        allow_subdomains=True,
        ttl=f"{CERTIFICATE_SECONDS}s",
        key_type="ec",
        key_bits=256,
        not_before_duration="1s",
    )
    admin.write("sys/mounts/transit", type="transit")
    admin.write("transit/keys/shop")
    canary = Canary.random()
    plaintext = base64.b64encode(canary.value.encode()).decode()
    answer = admin.write("transit/encrypt/shop", plaintext=plaintext)
    return Engines(answer["data"]["ciphertext"], canary)
