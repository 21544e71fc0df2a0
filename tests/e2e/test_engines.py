"""Engines beside KV, by a program that runs once: credentials, certificates, decryption."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.engines import NAMESPACE
from tests.support.canary import occurrences
from tests.support.cluster.manifests import container, pod
from tests.support.cluster.searching import places

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.e2e.engines import Engines
    from tests.realparts.postgresql import PostgreSQL
    from tests.support.cluster.installation import Installation

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

ISSUE = "data.common_name=a.shop.example"
SERVICE = {"policy": "engines", "token_type": "service"}


def run(installation: Installation, name: str, annotations: Mapping[str, str], script: str, **role: str) -> str:
    """Run a Pod to its end and give what its script said."""
    spec = {"containers": [container(command=["/bin/sh", "-c", script])]}
    installation.nodes.apply(installation.account(NAMESPACE, name, **role), pod(NAMESPACE, name, annotations, spec))
    installation.wait_for_phase(NAMESPACE, name, "Succeeded")
    return installation.nodes.kubectl("logs", name, "-n", NAMESPACE, "-c", "app")


def failure(installation: Installation, name: str, annotations: Mapping[str, str], **role: str) -> dict[str, Any]:
    """Run a Pod whose program fails, and give its exit code with its last words."""
    installation.nodes.apply(installation.account(NAMESPACE, name, **role), pod(NAMESPACE, name, annotations, {}))
    failed = installation.wait_for_phase(NAMESPACE, name, "Failed")
    [told] = [each["state"]["terminated"] for each in failed["status"]["initContainerStatuses"]]
    return {"code": told["exitCode"], **json.loads(told["message"])}


@pytest.mark.usefixtures("engines")
def test_certificate_key_and_chain_of_one_call(installation: Installation) -> None:
    """Three files and a bundle of one certificate: key and certificate belong together, and Vault issued one."""
    before = len(installation.vault.admin.list("pki/certs"))
    annotations = {
        "file.omamori.dev/tls.key": f"pki/issue/shop#private_key {ISSUE}",
        "file.omamori.dev/tls.crt": f"pki/issue/shop#certificate {ISSUE}",
        "file.omamori.dev/ca.crt": f"pki/issue/shop#issuing_ca {ISSUE}",
        "file.omamori.dev/tls.pem": f"pki/issue/shop format=pem-bundle {ISSUE}",
    }
    script = (
        'cd /vault/secrets && python3 -c \'import ssl; c = ssl.create_default_context(cafile="ca.crt"); '
        'c.load_cert_chain("tls.crt", "tls.key"); c.load_cert_chain("tls.pem"); print(len(c.get_ca_certs()))\' '
        "&& grep -c BEGIN tls.pem"
    )
    said = run(installation, "certificate", annotations, script, policy="engines")

    assert said.split() == ["1", "3"]
    assert len(installation.vault.admin.list("pki/certs")) == before + 1


def test_decryption(installation: Installation, engines: Engines) -> None:
    """What transit encrypted is in the Pod as it was, and nowhere else."""
    annotations = {
        "file.omamori.dev/plain": f"transit/decrypt/shop#plaintext decode=base64 data.ciphertext={engines.ciphertext}"
    }
    said = run(installation, "decrypt", annotations, "sha256sum </vault/secrets/plain", policy="engines")

    assert said.split()[0] == hashlib.sha256(engines.decrypted.value.encode()).hexdigest()
    for place, searched in places(installation.box, installation.nodes).items():
        assert not occurrences(engines.decrypted, searched), place


@pytest.mark.usefixtures("engines")
def test_credentials_of_a_service_token(installation: Installation, database: PostgreSQL) -> None:
    """With a service token a database's credentials open it, and their lease stays until it ends."""
    annotations = {
        "file.omamori.dev/db": "database/creds/shop",
        "env.omamori.dev/DB_USER": "database/creds/shop#username",
    }
    script = f"timeout 3 python3 /app/client.py /vault/secrets/db {database.address} {database.port}; echo $DB_USER"
    said = run(installation, "creds", annotations, script, **SERVICE).splitlines()

    assert said[0].startswith("{"), said
    first = json.loads(said[0])
    assert (first["users"], first["failed"]) == (1, 0), first
    assert said[-1].startswith("v-kubernet-shop-")
    assert said[-1] in database.query("select rolname from pg_roles")


@pytest.mark.usefixtures("engines")
def test_credentials_of_a_batch_token_are_refused(installation: Installation) -> None:
    """With a batch token they would end minutes later: the program says so, unless the author allows it."""
    asked = "database/creds/shop#username"
    told = failure(installation, "batch", {"file.omamori.dev/user": asked}, policy="engines")
    assert (told["code"], told["reason"]) == (13, "lease-refused")
    assert "allow-short-lease" in told["hint"]

    allowed = {"file.omamori.dev/user": f"{asked} allow-short-lease=true"}
    assert run(installation, "short", allowed, "cat /vault/secrets/user", policy="engines").startswith(
        "v-kubernet-shop-"
    )
