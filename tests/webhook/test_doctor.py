"""What `omamori doctor` makes of what it sees: each fault, what may not be seen, Vaults, and how it is told."""

from __future__ import annotations

import base64
import copy
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from vault.errors import LoginRefused, PathRefused, VaultUnreachable
from webhook.certificates.authority import issue, make_authority
from webhook.certificates.chain import parse_chain
from webhook.commands import main
from webhook.doctor.checking import check_cluster, check_vaults, is_well
from webhook.doctor.configured import read_configured, with_trust
from webhook.doctor.finding import Finding, Status
from webhook.doctor.report import render_json, render_text
from webhook.doctor.seen import Look, Place, Seen, Trial
from webhook.doctor.trial import is_unserved, trial_pod
from webhook.doctor.vaults import LoginSeen, VaultSeen

TABLE: dict[str, Any] = json.loads((Path(__file__).parents[1] / "cases/doctor.json").read_text())
CASES = {case["name"]: case for case in TABLE["cases"]}
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
PLACE = Place("omamori", "omamori")
HOST = "omamori.omamori.svc"
DAY = timedelta(days=1)
AUTHORITY = make_authority(NOW - 30 * DAY, 365 * DAY)
ANOTHER = make_authority(NOW - 30 * DAY, 365 * DAY)


def served(host: str = HOST, *, made: timedelta = DAY, life: timedelta = 30 * DAY) -> str:
    """A certificate in PEM, made some time ago for some time."""
    return issue(AUTHORITY, (host,), NOW - made, life).certificate


# what stands in the table for what cannot be written there
STANDINS = {
    "(the authority)": AUTHORITY.certificate,
    "(another authority)": ANOTHER.certificate,
    "(the certificate)": served(),
    "(of another name)": served("omamori.other.svc"),
    "(ended)": served(made=31 * DAY),
    "(ending)": served(made=24 * DAY),
    "(short)": served(made=timedelta(minutes=10), life=timedelta(hours=2)),
}


def filled(value: Any) -> Any:
    """Put in what stands for something."""
    if isinstance(value, dict):
        return {name: filled(each) for name, each in value.items()}
    if isinstance(value, list):
        return [filled(each) for each in value]
    return base64.b64encode(STANDINS[value].encode()).decode() if value in STANDINS else value


def seen_with(changes: dict[str, Any]) -> Seen:
    """What was seen, with some members changed."""
    objects = copy.deepcopy(TABLE["good"])
    for place, value in changes.items():
        *steps, last = place.split("/")
        at = objects
        for step in steps:
            at = at[int(step)] if isinstance(at, list) else at[step]
        at[int(last) if isinstance(at, list) else last] = value
    looks = {name: look(name, filled(each)) for name, each in objects.items()}
    trial = looks.pop("trial")
    return Seen(place=PLACE, now=NOW, trial=Trial("shop", trial), **looks)


def look(name: str, found: Any) -> Look:
    """A look at an object, or one that was refused."""
    refusal = "" if found is None else found.get("refusal", "")
    return Look(name, None if refusal else found, refusal)


def judged(seen: Seen) -> list[Finding]:
    """What is said of it."""
    configured = read_configured(seen.deployment.found) if seen.deployment.found else None
    settings = with_trust(configured, seen.trust) if configured else None
    return list(check_cluster(seen, configured, settings))


def unwell(findings: list[Finding]) -> dict[str, str]:
    """The checks that are not well, and how they are."""
    for each in findings:
        assert each.message
        assert bool(each.fix) is (each.status is not Status.OK), each
    return {each.check: str(each.status) for each in findings if each.status is not Status.OK}


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
VAULT = VaultSeen("main", "https://vault:8200", HEALTH)
LOGIN = LoginSeen(
    subject="shop/checkout",
    vault="main",
    role="shop.checkout",
    account=Look("ServiceAccount", {}),
    token=Look("token", {}),
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
        (replace(VAULT, trust=Look("ConfigMap eu-ca")), LOGIN, {"vault": "failed"}),
        (replace(VAULT, trust=Look("ConfigMap eu-ca", refusal="403")), LOGIN, {"vault": "unknown"}),
        (replace(VAULT, ahead_seconds=31.0), LOGIN, {"vault-clock": "warning"}),
        (replace(VAULT, ahead_seconds=-31.0), LOGIN, {"vault-clock": "warning"}),
        (VAULT, replace(LOGIN, failure=REFUSED), {"login": "failed"}),
        (VAULT, replace(LOGIN, failure=GONE), {"login": "unknown"}),
        (VAULT, replace(LOGIN, token=Look("token", refusal="403")), {"login": "unknown"}),
        (VAULT, replace(LOGIN, account=Look("ServiceAccount")), {"service-account": "failed", "login": "unknown"}),
        (VAULT, replace(LOGIN, policies=("default",)), {"role-policies": "warning"}),
        (VAULT, replace(LOGIN, paths={"secret/data/a": ("deny",)}), {"path": "failed"}),
        (VAULT, replace(LOGIN, paths={"pki/issue/web": ("update",)}), {}),
        (VAULT, replace(LOGIN, paths_failure=PathRefused("permission denied")), {"path": "unknown"}),
        (VAULT, replace(LOGIN, paths_failure=GONE), {"path": "unknown"}),
    ],
)
def test_vault(vault: VaultSeen, login: LoginSeen, expected: dict[str, str]) -> None:
    """Each trouble with Vault, with a login and with a path is found, with its fix; what hangs on it is unknown."""
    assert unwell(list(check_vaults([vault], [login]))) == expected


def test_text() -> None:
    """For people: a line for each check, the fix on a line of its own below it, and a count."""
    findings = judged(seen_with({"binding": None}))
    lines = render_text(PLACE, findings, ["--path"]).splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("!! backstop-binding"))
    assert lines[at] == "!! backstop-binding       there is no binding"
    assert lines[at + 1].startswith(" " * 26 + "fix: apply the chart again")
    assert lines[-2:] == [f"{PLACE}: 14 ok, 1 failed", "not asked for: --path"]
    assert max(map(len, lines)) <= 110


def test_json() -> None:
    """For programs: the version of the shape, and each check with all its fields."""
    findings = judged(seen_with({"binding": None}))
    document = json.loads(render_json(PLACE, findings, []))
    assert document["doctorVersion"] == 1
    assert len(document["checks"]) == len(findings)
    assert {frozenset(each) for each in document["checks"]} == {
        frozenset(["id", "subject", "status", "message", "fix"])
    }
    assert [each["id"] for each in document["checks"] if each["status"] != "ok"] == ["backstop-binding"]
    assert not is_well(findings)
    assert is_well(judged(seen_with({})))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--service-account", "checkout"], "write NAMESPACE/NAME"),
        (["--path", "secret/data/a"], "who should be able to read it?"),
        (["--vault-address", "https://vault"], "write NAME=https://HOST:PORT"),
        (["--vault-ca-file", "there-is-none"], "--vault-ca-file there-is-none: No such file"),
        (["--kubeconfig", "there-is-none"], "no cluster is set up"),
    ],
)
def test_wrong_call(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A call that cannot be ends with 1, and says what to write."""
    assert main(["doctor", *words]) == 1
    assert told in capsys.readouterr().err


def test_unknown_flag(capsys: pytest.CaptureFixture[str]) -> None:
    """So does a flag that there is not: 2 says that there is something to do."""
    for command in (["doctor"], ["policy", "plan"], ["storage", "check"]):
        with pytest.raises(SystemExit) as ended:
            main([*command, "--no-such-flag"])
        assert ended.value.code == 1
    assert "unrecognized arguments" in capsys.readouterr().err
