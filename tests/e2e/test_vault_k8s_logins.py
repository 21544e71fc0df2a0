"""Pods of the Vault Agent Injector that log in by what is in their Secrets: AppRole, wrapped too, and a certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import trustme

from tests.e2e.engines import NAMESPACE
from tests.realparts.requests import ask
from tests.support.canary import Canary
from tests.support.cluster.installation import account
from tests.support.cluster.manifests import container, pod

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.cluster.installation import Installation

pytestmark = [pytest.mark.real, pytest.mark.timeout(600), pytest.mark.usefixtures("engines")]

IT = Canary.plain()
PATH = "secret/data/shop/logins"
TEMPLATE = f'{{{{- with secret "{PATH}" -}}}}it={{{{ .Data.data.it }}}}{{{{- end }}}}'
STAYING = ["/bin/sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done"]
POLICY = f'path "{PATH}" {{ capabilities = ["read"] }}'
TOKEN = {"token_policies": ["logins"], "token_ttl": "10m"}
ROLE = "auth/logins-approle/role/logins"
MADE_BY = f"{ROLE}/secret-id"
APP_ROLE = {
    "auth-type": "approle",
    "auth-path": "auth/logins-approle",
    "auth-config-role-id-file-path": "/vault/custom/role-id",
    "auth-config-secret-id-file-path": "/vault/custom/secret-id",
}
ASKED: dict[str, dict[str, str]] = {
    "vk8s-approle": {**APP_ROLE, "agent-extra-secret": "vk8s-approle"},
    "vk8s-approle-init": {**APP_ROLE, "agent-extra-secret": "vk8s-approle", "agent-pre-populate-only": "true"},
    "vk8s-wrapped": {
        **APP_ROLE,
        "agent-extra-secret": "vk8s-wrapped",
        "auth-config-secret-id-response-wrapping-path": MADE_BY,
    },
    "vk8s-cert": {
        "auth-type": "cert",
        "auth-path": "auth/logins-cert",
        "auth-config-name": "logins",
        "tls-secret": "vk8s-cert",
        "client-cert": "/vault/tls/tls.crt",
        "client-key": "/vault/tls/tls.key",
    },
}


def annotated(asked: Mapping[str, str]) -> dict[str, str]:
    """Give the annotations with their domain, the switch, the secret and its template; there is no role."""
    given = {"agent-inject": "true", "agent-inject-secret-it": PATH, "agent-inject-template-it": TEMPLATE, **asked}
    return {f"vault.hashicorp.com/{each}": value for each, value in given.items()}


def secret(name: str, contents: dict[str, str]) -> dict[str, Any]:
    """Make a Secret."""
    metadata = {"name": name, "namespace": NAMESPACE}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": contents}


@pytest.fixture(scope="module")
def pods(installation: Installation) -> Installation:
    """The Pods of this file with their Secrets, applied."""
    admin = installation.vault.admin
    admin.write(PATH, {"data": {"it": IT.value}})
    admin.write("sys/policies/acl/logins", policy=POLICY)
    for kind in ("approle", "cert"):
        admin.write(f"sys/auth/logins-{kind}", type=kind)
    admin.write(ROLE, TOKEN)
    role_id = admin.read(f"{ROLE}/role-id")["data"]["role_id"]
    secret_id = admin.write(MADE_BY)["data"]["secret_id"]
    headers = {"X-Vault-Token": admin.token or "", "X-Vault-Wrap-TTL": "10m"}
    wrapped = ask("POST", f"{admin.address}/v1/{MADE_BY}", trusted=admin.trusted, headers=headers, body={}).json()
    clients = trustme.CA()
    admin.write("auth/logins-cert/certs/logins", TOKEN, certificate=clients.cert_pem.bytes().decode())
    leaf = clients.issue_cert("vk8s-cert.invalid", common_name="vk8s-cert")
    chain = b"".join(each.bytes() for each in leaf.cert_chain_pems).decode()
    secrets = (
        secret("vk8s-approle", {"role-id": role_id, "secret-id": secret_id}),
        secret("vk8s-wrapped", {"role-id": role_id, "secret-id": wrapped["wrap_info"]["token"]}),
        secret("vk8s-cert", {"tls.crt": chain, "tls.key": leaf.private_key_pem.bytes().decode()}),
    )
    spec = {"containers": [container(command=STAYING)]}
    wanted = [pod(NAMESPACE, name, annotated(asked), spec) for name, asked in ASKED.items()]
    # of their ServiceAccounts Vault knows nothing
    installation.nodes.apply(*(account(NAMESPACE, name) for name in ASKED), *secrets, *wanted)
    return installation


@pytest.mark.parametrize("name", ASKED)
def test_it_runs(pods: Installation, name: str) -> None:
    """It has its file, and the Secret of its login is in no container but omamori's."""
    found = pods.wait_for_phase(NAMESPACE, name, "Running")
    assert pods.nodes.kubectl("exec", name, "-n", NAMESPACE, "-c", "app", "--", "cat", "/vault/secrets/it") == (
        f"it={IT.value}"
    )
    mounts = {
        each["name"]: {mount["mountPath"] for mount in each["volumeMounts"]}
        for each in (*found["spec"]["initContainers"], *found["spec"]["containers"])
    }
    place = "/vault/tls" if name == "vk8s-cert" else "/vault/custom"
    ours = "omamori-init" if name == "vk8s-approle-init" else "omamori-sidecar"
    assert [each for each, places in mounts.items() if place in places] == [ours]


def test_a_wrapped_secret_id_is_used_once(pods: Installation) -> None:
    """A second Pod with the same Secret fails, and says that the secret id may have been taken."""
    pods.wait_for_phase(NAMESPACE, "vk8s-wrapped", "Running")
    asked = {**ASKED["vk8s-wrapped"], "agent-pre-populate-only": "true"}
    second = pod(NAMESPACE, "vk8s-wrapped-again", annotated(asked), {"containers": [container(command=STAYING)]})
    pods.nodes.apply(account(NAMESPACE, "vk8s-wrapped-again"), second)
    failed = pods.wait_for_phase(NAMESPACE, "vk8s-wrapped-again", "Failed")
    (status,) = failed["status"]["initContainerStatuses"]
    assert status["state"]["terminated"]["exitCode"] == 12
    assert "somebody has taken the secret id" in status["state"]["terminated"]["message"]
