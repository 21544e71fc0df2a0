"""What is off by default: monitoring, and the Job that applies access files."""

from __future__ import annotations

import pytest

from tests.support.cluster.rendering import Document, Rendered, Values, kits, merged, render, render_least
from tests.support.version import VERSION

pytestmark = pytest.mark.real

VAULT = {"address": "https://vault.example.com:8200"}
CA = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
ACCESS: Values = {
    "enabled": True,
    "files": {"shop.yaml": "a: 1\n", "mail.yaml": "b: 2\n"},
    "tokenSecret": {"name": "t"},
}


def test_off_by_default() -> None:
    """None of it is there until it is asked for."""
    assert not {"ServiceMonitor", "PrometheusRule", "Job", "ConfigMap"} & render_least().kinds()


def test_service_monitor() -> None:
    """Prometheus asks the webhook's port, by its name, and trusts the CA beside the certificate."""
    monitor = {"enabled": True, "interval": "10s", "labels": {"release": "prometheus"}}
    rendered = render_least({"monitoring": {"serviceMonitor": monitor}})
    made = rendered["ServiceMonitor", "omamori"]
    assert made["metadata"]["labels"]["release"] == "prometheus"
    assert (
        made["spec"]["selector"]["matchLabels"].items() <= rendered["Service", "omamori"]["metadata"]["labels"].items()
    )
    (endpoint,) = made["spec"]["endpoints"]
    assert endpoint == {
        "port": rendered["Service", "omamori"]["spec"]["ports"][0]["name"],
        "scheme": "https",
        "path": "/metrics",
        "interval": "10s",
        "tlsConfig": {
            "serverName": "omamori.omamori.svc",
            "ca": {"secret": {"name": "omamori-tls", "key": "ca.crt"}},
        },
    }


def job(rendered: Rendered) -> Document:
    """Give the Job's Pod."""
    (found,) = [each for (kind, _), each in rendered.documents.items() if kind == "Job"]
    spec: Document = found["spec"]["template"]["spec"]
    return spec


def variables(spec: Document) -> dict[str, str]:
    """Give the variables of its container."""
    return {each["name"]: each["value"] for each in spec["containers"][0]["env"]}


def test_access_files() -> None:
    """The Job applies each file by its name, to the default Vault, with the token of a Secret that is mounted."""
    spec = job(render_least({"accessFiles": ACCESS}))
    (container,) = spec["containers"]
    assert container["image"] == f"registry.example.com/omamori/omamori-tools:{VERSION}"
    assert container["args"] == [
        *("policy", "apply", "--file=/access/mail.yaml", "--file=/access/shop.yaml"),
        "--vault-token-file=/token/token",
    ]
    assert variables(spec) == {"VAULT_ADDR": VAULT["address"], "LOGNAME": "omamori-access"}
    assert {each["name"] for each in spec["volumes"]} == {"access", "token"}
    (token,) = [each["secret"] for each in spec["volumes"] if each["name"] == "token"]
    assert token == {"secretName": "t", "defaultMode": 0o440}


@pytest.mark.parametrize(
    ("vault", "source"),
    [
        ({"ca": CA}, {"name": "omamori-trust", "items": [{"key": "vault-main.crt", "path": "ca.crt"}]}),
        (
            {"caConfigMap": {"name": "company-ca", "key": "root.pem"}},
            {"name": "company-ca", "items": [{"key": "root.pem", "path": "ca.crt"}]},
        ),
    ],
)
def test_access_files_trust(vault: Values, source: Values) -> None:
    """The Job trusts the CA that its Vault's Pods trust, and enters its namespace."""
    values = {"vaults": {"main": {**vault, "namespace": "team"}}, "accessFiles": ACCESS}
    rendered = render_least(values)
    spec = job(rendered)
    assert variables(spec)["VAULT_CACERT"] == "/trust/ca.crt"
    assert variables(spec)["VAULT_NAMESPACE"] == "team"
    (mounted,) = [each["configMap"] for each in spec["volumes"] if each["name"] == "trust"]
    assert mounted == source
    if "ca" in vault:
        assert rendered["ConfigMap", "omamori-trust"]["data"] == {"vault-main.crt": CA}


def test_access_files_of_another_vault() -> None:
    """Another Vault than the default one is named; and what is in no file any more goes only where it is asked for."""
    other = {"vaults": {"other": {"address": "https://other.example.com", "audience": "other"}}, "defaultVault": "main"}
    values = merged(kits()["least"], {**other, "accessFiles": {**ACCESS, "vault": "other", "prune": True}})
    spec = job(render(values))
    assert variables(spec)["VAULT_ADDR"] == "https://other.example.com"
    assert spec["containers"][0]["args"][-1] == "--prune"
