"""What `omamori doctor` makes of what it sees: each fault, what may not be seen, and Vaults."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.webhook.seen import ANOTHER, AUTHORITY, TABLE, judged, seen_with, served, unwell
from vault.contract.errors import LoginRefused, PathRefused, VaultUnreachable
from webhook.doctor.chain import parse_chain
from webhook.doctor.checks.all import check_vaults
from webhook.doctor.dry_run import is_unserved, trial_pod
from webhook.doctor.installed_settings import read_configured, with_trust
from webhook.doctor.snapshot import LoginProbe, Lookup, VaultProbe

CASES = {case["name"]: case for case in TABLE["cases"]}


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    """Each fault of the table is found, with a fix, and nothing else is blamed."""
    assert len(CASES) > 60
    assert unwell(judged(seen_with(CASES[name]["changes"]))) == CASES[name]["expected"]


# what each look is needed for
NEEDED = {
    "version": {"api-server"},
    "deployment": {"settings", "replicas", "disruption-budget", "release", "env-files", "vault"},
    "budgets": {"disruption-budget"},
    "configuration": {"webhook-configuration", "ca-bundle"},
    "service": {"service"},
    "endpoints": {"service"},
    "serving": {"ca-bundle", "certificate"},
    "controller": {"controller"},
    "lease": {"controller"},
    "nodes": {"env-files"},
    "policy": {"backstop-policy"},
    "binding": {"backstop-binding"},
    "unserved": {"unserved-pods"},
}


@pytest.mark.parametrize("name", NEEDED)
def test_may_not_be_seen(name: str) -> None:
    """What may not be seen is unknown, in the API server's words, and nothing else suffers."""
    findings = judged(seen_with({name: {"refusal": "User a cannot get it (403)"}}))
    assert unwell(findings) == dict.fromkeys(NEEDED[name], "unknown")
    assert any("User a cannot get it (403)" in each.message for each in findings)


def test_settings_of_files() -> None:
    """A CA that the webhook reads from a file is found in the ConfigMap that brings the file."""
    seen = seen_with({})
    assert seen.deployment.found is not None
    configured = read_configured(seen.deployment.found)
    settings = with_trust(configured, seen.trust)
    assert settings is not None
    assert {name: vault.ca_pem for name, vault in settings.vaults.items()} == {"main": "a CA", "eu-west": ""}
    assert configured.serving is not None
    assert (configured.serving.kind, configured.serving.name) == ("Secret", "omamori-tls")


def test_chain() -> None:
    """A chain leads to its authority alone, and text that is no certificate is none."""
    chain = parse_chain(served("*.example.com").encode())
    assert chain is not None
    assert chain.leads_to(AUTHORITY.certificate.encode())
    assert not chain.leads_to(ANOTHER.certificate.encode())
    assert not chain.leads_to(b"")
    assert [chain.serves(host) for host in ("a.example.com", "a.b.example.com", "example.com")] == [True, False, False]
    assert parse_chain(b"-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n") is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"status": {"phase": "Succeeded"}}, False),
        ({"annotations": {"omamori.dev/mode": "init"}}, False),
        ({"annotations": {"file.omamori.dev/x": "secret/data/x", "omamori.dev/inject": "false"}}, False),
        ({"annotations": {"file.omamori.dev/x": "secret/data/x", "kubernetes.io/config.mirror": "x"}}, False),
        ({"annotations": {"File.omamori.dev/x": "secret/data/x"}}, True),
        ({"annotations": {}}, False),
        ({"init": TABLE["good"]["trial"]["spec"]["initContainers"]}, False),
    ],
)
def test_unserved(changes: dict[str, Any], expected: bool) -> None:
    """A Pod is without its secrets if it asks, is not over, and was not injected; the trial's own is such a Pod."""
    pod = trial_pod("main")
    pod["metadata"]["annotations"] = changes.get("annotations", pod["metadata"]["annotations"])
    pod["spec"]["initContainers"] = changes.get("init", [])
    assert is_unserved({**pod, "status": changes.get("status", {})}) is expected


HEALTH = {"initialized": True, "sealed": False, "version": "1.21.0"}
VAULT = VaultProbe("main", "https://vault:8200", HEALTH)
LOGIN = LoginProbe(
    subject="shop/checkout",
    vault="main",
    role="shop.checkout",
    account=Lookup("ServiceAccount", {}),
    token=Lookup("token", {}),
    policies=("default", "shop"),
    paths={"secret/data/a": ("read",)},
)
REFUSED = LoginRefused("Vault does not accept it: invalid role name", hint="write the role")
GONE = VaultUnreachable("no answer", hint="is it up?")


@pytest.mark.parametrize(
    ("vault", "login", "expected"),
    [
        (VAULT, LOGIN, {}),
        (replace(VAULT, failure=GONE, health=None), LOGIN, {"vault": "failed"}),
        (replace(VAULT, health={**HEALTH, "sealed": True}), LOGIN, {"vault": "failed"}),
        (replace(VAULT, health={**HEALTH, "initialized": False}), LOGIN, {"vault": "failed"}),
        (replace(VAULT, health={}), LOGIN, {"vault": "failed"}),
        (replace(VAULT, trust=Lookup("ConfigMap eu-ca")), LOGIN, {"vault": "failed"}),
        (replace(VAULT, trust=Lookup("ConfigMap eu-ca", refusal="403")), LOGIN, {"vault": "unknown"}),
        (replace(VAULT, ahead_seconds=31.0), LOGIN, {"vault-clock": "warning"}),
        (replace(VAULT, ahead_seconds=-31.0), LOGIN, {"vault-clock": "warning"}),
        (VAULT, replace(LOGIN, failure=REFUSED), {"login": "failed"}),
        (VAULT, replace(LOGIN, failure=GONE), {"login": "unknown"}),
        (VAULT, replace(LOGIN, token=Lookup("token", refusal="403")), {"login": "unknown"}),
        (VAULT, replace(LOGIN, account=Lookup("ServiceAccount")), {"service-account": "failed", "login": "unknown"}),
        (VAULT, replace(LOGIN, policies=("default",)), {"role-policies": "warning"}),
        (VAULT, replace(LOGIN, paths={"secret/data/a": ("deny",)}), {"path": "failed"}),
        (VAULT, replace(LOGIN, paths={"pki/issue/web": ("update",)}), {}),
        (VAULT, replace(LOGIN, paths_failure=PathRefused("permission denied")), {"path": "unknown"}),
        (VAULT, replace(LOGIN, paths_failure=GONE), {"path": "unknown"}),
    ],
)
def test_vault(vault: VaultProbe, login: LoginProbe, expected: dict[str, str]) -> None:
    """Each trouble with Vault, with a login and with a path is found, with its fix; what hangs on it is unknown."""
    assert unwell(list(check_vaults([vault], [login]))) == expected
