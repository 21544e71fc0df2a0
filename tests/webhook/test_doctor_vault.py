"""How the doctor asks Vault: a real server, and a small written API server that makes a ServiceAccount's token."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from tests.support.vault.scripted import Said, scripted_vault
from tests.support.vault.server import AUDIENCE, VaultServer
from tests.support.webhook.builders import settings
from tests.webhook.test_cluster import serving
from tests.webhook.test_no_vault import answering
from vault.agent.secret import Secret
from vault.contract.errors import LoginRefused, VaultUnreachable
from vault.report import Status
from webhook.config.settings import ObjectKey, VaultSettings
from webhook.doctor.checks.all import check_vaults
from webhook.doctor.checks.pod_secrets import check_pod_secret
from webhook.doctor.collect import ClusterReader
from webhook.doctor.pod_secrets import read_pod_secrets
from webhook.doctor.snapshot import Place
from webhook.doctor.vault_probe import Account, VaultAccess, read_login, read_vault
from webhook.kube.client import Cluster

CHECKOUT = Account("shop", "checkout")
PATHS = ["secret/data/shop/db", "secret/data/other"]
HERE = VaultAccess({})


@pytest.fixture
def reader(vault_server: VaultServer, tmp_path: Path) -> Iterator[ClusterReader]:
    """A cluster with the ServiceAccount shop/checkout, and a ConfigMap with Vault's CA in shop."""

    class Api(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found: dict[str, Any] = {
                "/version": {"gitVersion": "v1.37.2"},
                "/api/v1/namespaces/shop/serviceaccounts/checkout": {"metadata": {"name": "checkout"}},
                "/api/v1/namespaces/shop/configmaps/vault-ca": {"data": {"ca.crt": vault_server.ca_pem}},
            }
            self._answer(found.get(self.path))

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            token = vault_server.jwt(audience=asked["spec"]["audiences"][0])
            self._answer({"status": {"token": token}} if self.path.endswith("/checkout/token") else None)

        def _answer(self, found: dict[str, Any] | None) -> None:
            body = json.dumps(found or {"kind": "Status", "message": "not found"}).encode()
            self.send_response(200 if found else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the name is the base's
            """Say nothing."""

    with serving(Api, tmp_path) as file:
        yield ClusterReader(Cluster(str(file)), Place("omamori", "omamori"))


@pytest.fixture
def vault(vault_server: VaultServer) -> VaultSettings:
    """The Vault as the settings have it."""
    return VaultSettings(
        "main", vault_server.address, auth_kind="jwt", auth_mount="jwt", audience=AUDIENCE, ca_pem=vault_server.ca_pem
    )


def test_well(reader: ClusterReader, vault: VaultSettings) -> None:
    """A Vault that is open, a login that works, a path that may be read, and one that may not."""
    seen = read_vault(reader, vault, HERE, "shop")
    login = read_login(reader, vault, HERE, CHECKOUT, PATHS)
    assert login.policies == ("default", "shop")
    findings = {each.subject: each for each in check_vaults([seen], [login]) if each.status is not Status.OK}
    assert findings.keys() == {"shop/checkout secret/data/other"}
    assert seen.health is not None
    assert abs(seen.ahead_seconds) < 30


@pytest.mark.parametrize(
    ("status", "body"),
    [(404, b"<html>"), (404, b'{"errors":[]}'), (200, b"<html>"), (200, b'{"status":"ok"}'), (204, b"")],
)
def test_another_server_is_no_vault(reader: ClusterReader, vault: VaultSettings, status: int, body: bytes) -> None:
    """A web server, a gateway or a wrong path is none, and not a Vault that has to be initialised."""
    with answering(status, body) as address:
        here = replace(vault, address=address, insecure=True)
        (finding, *_) = check_vaults([read_vault(reader, here, HERE, "shop")], [])

    assert finding.status is Status.FAILED
    assert "initialised" not in finding.message
    assert address in finding.message
    assert "--vault-address" in finding.fix


def test_token_ends(reader: ClusterReader, vault: VaultSettings, vault_server: VaultServer) -> None:
    """What a login gives is revoked, where it can be: no accessor is left."""
    vault_server.client.write("auth/jwt/role/shop.checkout.doctor", role("service"))
    before = vault_server.client.list("auth/token/accessors")
    pattern = replace(vault.role_pattern, text="{namespace}.{service_account}.doctor")
    login = read_login(reader, replace(vault, role_pattern=pattern), HERE, CHECKOUT, PATHS)
    assert login.failure is None
    assert sorted(vault_server.client.list("auth/token/accessors")) == sorted(before)


def test_a_role_that_is_given(reader: ClusterReader, vault: VaultSettings, vault_server: VaultServer) -> None:
    """A Pod may name another role than its Vault's pattern makes: the login is by that."""
    vault_server.client.write("auth/jwt/role/shop.audit", role("batch"))
    login = read_login(reader, vault, HERE, replace(CHECKOUT, role="shop.audit"), PATHS)
    assert (login.role, login.failure) == ("shop.audit", None)

    refused = read_login(reader, vault, HERE, replace(CHECKOUT, role="shop.none"), PATHS)
    assert isinstance(refused.failure, LoginRefused)
    assert refused.failure.role == "shop.none"


@pytest.mark.parametrize(
    ("data", "status"),
    [({"tls.crt": "", "tls.key": "c2VjcmV0"}, Status.OK), ({"tls.crt": ""}, Status.FAILED), (None, Status.FAILED)],
)
def test_secrets_beside_pods(vault: VaultSettings, tmp_path: Path, data: dict[str, str] | None, status: Status) -> None:
    """A Secret that Pods need is looked for with its keys; nothing of a value is kept."""

    class Secrets(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"kind": "Secret", "data": data} if data is not None else {"kind": "Status"}).encode()
            self.send_response(200 if data is not None else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: Any) -> None:
            """Say nothing."""

    own = replace(settings(), vaults={"main": replace(vault, client_secret="client")})
    with serving(Secrets, tmp_path) as file:
        (probe,) = read_pod_secrets(ClusterReader(Cluster(str(file)), Place("omamori", "omamori")), own, "shop")
    finding = check_pod_secret(probe)
    assert (finding.check, finding.status) == ("pod-secret", status)
    assert "Secret client in shop" in finding.message
    assert "c2VjcmV0" not in repr(probe)


def test_token_ends_where_vault_hangs(reader: ClusterReader, vault: VaultSettings) -> None:
    """A Vault that does not say in time what the login may do is given time of its own for the revocation."""
    released = threading.Event()

    def hang() -> Said:
        released.wait(10)
        return Said(204)

    auth = {"client_token": "s.x", "token_type": "service", "lease_duration": 600}
    answers: dict[str, Any] = {"*/login": Said(body={"auth": auth}), "sys/capabilities-self": hang}
    with scripted_vault(answers) as hanging:
        here = replace(vault, address=hanging.address, insecure=True)
        login = read_login(reader, here, VaultAccess({}, seconds=0.5), CHECKOUT, PATHS)
        released.set()
    assert login.paths_failure is not None
    assert hanging.calls["auth/token/revoke-self"] == 1


@pytest.mark.parametrize("said", ["5", "true", "null", '"read"', '{"read": 1}'])
def test_capabilities_of_another_kind_are_none(reader: ClusterReader, vault: VaultSettings, said: str) -> None:
    """What is no list of names allows nothing, and ends nothing."""
    answers = {"sys/capabilities-self": Said(200, f'{{"data": {{"{PATHS[0]}": {said}}}}}')}
    with scripted_vault(answers) as odd:
        login = read_login(reader, replace(vault, address=odd.address, insecure=True), HERE, CHECKOUT, PATHS)
    assert set(login.paths.values()) == {()}


def test_a_time_that_no_clock_has(reader: ClusterReader, vault: VaultSettings) -> None:
    """It is passed over, and ends nothing."""
    with answering(200, b'{"initialized": true, "server_time_utc": 1%s}' % (b"0" * 400)) as address:
        seen = read_vault(reader, replace(vault, address=address, insecure=True), HERE, "shop")
    assert seen.health is not None
    assert seen.ahead_seconds == 0


def role(kind: str, **fields: Any) -> dict[str, Any]:
    """A role for checkout."""
    return {
        "role_type": "jwt",
        "user_claim": "sub",
        "bound_audiences": [AUDIENCE],
        "token_policies": ["shop"],
        "token_type": kind,
        **fields,
    }


def test_token_that_may_not_ask(reader: ClusterReader, vault: VaultSettings, vault_server: VaultServer) -> None:
    """A login without the policy default may not ask what it may do: paths are unknown, and the fix says who knows."""
    vault_server.client.write("auth/jwt/role/shop.checkout.bare", role("batch", token_no_default_policy=True))
    pattern = replace(vault.role_pattern, text="{namespace}.{service_account}.bare")
    login = read_login(reader, replace(vault, role_pattern=pattern), HERE, CHECKOUT, PATHS)
    found = [each for each in check_vaults([], [login]) if each.check == "path"]
    assert [each.status for each in found] == [Status.UNKNOWN] * 2
    assert all("VAULT_TOKEN" in each.fix and "omamori policy explain" in each.fix for each in found)


def test_the_operator_asks(reader: ClusterReader, vault: VaultSettings, vault_server: VaultServer) -> None:
    """The operator's token asks about such a login, and is good afterwards; one that may not ask changes nothing."""
    vault_server.client.write("auth/jwt/role/shop.checkout.asked", role("batch", token_no_default_policy=True))
    pattern = replace(vault.role_pattern, text="{namespace}.{service_account}.asked")
    asked = replace(vault, role_pattern=pattern)
    for _ in range(2):
        login = read_login(reader, asked, VaultAccess({}, token=Secret(vault_server.root_token)), CHECKOUT, PATHS)
        found = [each for each in check_vaults([], [login]) if each.check == "path"]
        assert [each.status for each in found] == [Status.OK, Status.FAILED]
    login = read_login(reader, asked, VaultAccess({}, token=Secret("not-one-of-its")), CHECKOUT, PATHS)
    assert [each.status for each in check_vaults([], [login]) if each.check == "path"] == [Status.UNKNOWN] * 2


def test_refused(reader: ClusterReader, vault: VaultSettings) -> None:
    """Another audience, no role, no mount: each has the hint that the Pod would have."""
    pattern = replace(vault.role_pattern, text="{namespace}.{service_account}.none")
    for changed, hint in (
        (replace(vault, audience="other"), "must have the audience"),
        (replace(vault, role_pattern=pattern), "write the role auth/jwt/role/shop.checkout.none"),
        (replace(vault, auth_mount="nowhere"), "is an auth method enabled at auth/nowhere"),
    ):
        failure = read_login(reader, changed, HERE, CHECKOUT, []).failure
        assert isinstance(failure, LoginRefused)
        assert hint in failure.hint


def test_no_account(reader: ClusterReader, vault: VaultSettings) -> None:
    """Without the ServiceAccount no token is asked for."""
    login = read_login(reader, vault, HERE, Account("shop", "nobody"), [])
    assert (login.account.found, login.token.found, login.failure) == (None, None, None)


def test_ways(reader: ClusterReader, vault: VaultSettings) -> None:
    """By another address the certificate is asked for the name that Pods see; a CA comes from where it is said."""
    forwarded = vault.address
    elsewhere = replace(vault, address="https://vault.invalid:8200")
    wrong = read_vault(reader, elsewhere, VaultAccess({"main": forwarded}), "shop")
    assert isinstance(wrong.failure, VaultUnreachable)
    assert "vault.invalid" in str(wrong.failure.fields())
    named = replace(elsewhere, tls_server_name="localhost")
    assert read_vault(reader, named, VaultAccess({"main": forwarded}), "shop").failure is None
    untrusted = replace(vault, ca_pem="")
    assert read_vault(reader, untrusted, HERE, "shop").failure is not None
    assert read_vault(reader, untrusted, VaultAccess({}, vault.ca_pem), "shop").failure is None
    mapped = replace(untrusted, ca_config_map=ObjectKey("vault-ca", "ca.crt"))
    assert read_vault(reader, mapped, HERE, "shop").failure is None
    assert "ConfigMap vault-ca in other" in next(check_vaults([read_vault(reader, mapped, HERE, "other")], [])).message
