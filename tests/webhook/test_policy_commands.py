"""`omamori policy`: what a person and a pipeline see of it: output, exit codes, refusals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.vault.access import Ground
from tests.webhook.policy_calls import Call, written
from webhook.cli import main


def test_plan_apply_plan(ground: Ground, call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """2 and a difference, then 0 and what was written, then 0 and nothing."""
    file = written(tmp_path, ground)

    assert call("plan", "-f", file) == 2
    shown = capsys.readouterr().out
    assert f"+ create auth/{ground.auth}/role/shop.checkout  ({file}:7:3)" in shown
    assert '    +  capabilities = ["read"]' in shown
    assert "\x1b" not in shown
    assert shown.endswith("4 to create\n")
    assert call("apply", "-f", file) == 0
    assert capsys.readouterr().out.endswith("done: 4 written\n")
    assert call("plan", "-f", file, "-o", "json") == 0
    assert json.loads(capsys.readouterr().out)["changes"] == []
    assert call("apply", "-f", file) == 0
    assert capsys.readouterr().out.endswith("Vault matches the files.\n")


def test_a_grant_that_is_gone(ground: Ground, call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Plan and drift end with 2, the metrics count it, and --prune deletes it."""
    more = f"- workload: {{namespace: shop, serviceAccount: mail}}\n  paths: {{{ground.mount}/data/shop/mail: read}}\n"
    call("apply", "-f", written(tmp_path, ground, more))
    file = written(tmp_path, ground)
    capsys.readouterr()

    assert call("plan", "-f", file) == 2
    assert capsys.readouterr().out.endswith("2 to delete by apply --prune\n")
    assert call("drift", "-f", file) == 2
    metrics = capsys.readouterr().out
    assert f'omamori_policy_drift_changes{{owner="{ground.owner}",action="delete"}} 2\n' in metrics
    assert f'omamori_policy_drift_changes{{owner="{ground.owner}",action="update"}} 0\n' in metrics
    assert call("apply", "-f", file, "--prune") == 0
    assert call("drift", "-f", file, "--metrics-file", tmp_path / "drift.prom") == 0
    assert 'action="delete"} 0\n' in (tmp_path / "drift.prom").read_text()


OFFLINE = [
    ("shop/checkout", "read", "can", True),
    ("shop/checkout", "watch", "can", True),
    ("shop/checkout", "update", "cannot", True),
    ("shop/checkout", "update", "can", False),
    ("shop/checkout", "read", "cannot", False),
    ("shop/nobody", "read", "cannot", True),
    ("shop/nobody", "read", "can", False),
]


@pytest.mark.parametrize(("who", "operation", "word", "holds"), OFFLINE)
def test_assertions(
    ground: Ground,
    call: Call,
    tmp_path: Path,
    who: str,
    operation: str,
    word: str,
    holds: bool,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Without a Vault; 2 and the line of the assertion that does not hold."""
    file = tmp_path / "test.yaml"
    file.write_text(
        f"accessTestVersion: 1\ntests:\n- serviceAccount: {who}\n"
        f"  {word}:\n    {ground.mount}/data/shop/db: {operation}\n"
    )

    assert call("test", "-f", written(tmp_path, ground), file, asks=False) == (0 if holds else 2)
    assert (f"{file}:5:5: {who} {word} {operation}" in capsys.readouterr().out) is not holds


def test_explain(ground: Ground, call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Which role, which rule, which line; what no rule is for; who has no grant."""
    file = written(tmp_path, ground)

    path = f"{ground.mount}/data/shop/db"
    assert call("explain", "-f", file, "--service-account", "shop/checkout", path, asks=False) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"auth/{ground.auth}/role/shop.checkout, policy omamori.{ground.auth}.shop.checkout ({file}:7:3)",
        f'    {path} matches the rule path "{path}" ({file}:9:5)',
        "    allowed: read, watch",
    ]
    call("explain", "-f", file, "--service-account", "shop/checkout", f"{path}2", asks=False)
    assert f"no rule matches {path}2: everything is denied" in capsys.readouterr().out
    call("explain", "-f", file, "--service-account", "shop/other", path, asks=False)
    assert "shop/other has no grant in these files: it cannot log in" in capsys.readouterr().out


def test_render(ground: Ground, call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Policies; resources of Terraform, whose strings are no templates; the RBAC of labels."""
    more = "- workload: {namespaceLabels: {team: shop}, serviceAccount: m}\n  role: m\n  rawPolicy: '# ${a} %{b}'\n"
    file = written(tmp_path, ground, more)

    assert call("render", "-f", file, asks=False) == 0
    assert f"# --- omamori.{ground.auth}.shop.checkout\n# omamori: owner" in capsys.readouterr().out
    assert call("render", "-f", file, "-o", "terraform-json", asks=False) == 0
    resources = json.loads(capsys.readouterr().out)["resource"]
    name = f"omamori__{ground.auth}__m"
    assert "# $${a} %%{b}" in resources["vault_policy"][name]["policy"]
    role = resources["vault_kubernetes_auth_backend_role"][name]
    assert (role["backend"], role["role_name"], role["depends_on"]) == (ground.auth, "m", [f"vault_policy.{name}"])
    assert call("render", "-f", file, "-o", "rbac", asks=False) == 1
    assert "--reviewer NAMESPACE/NAME" in capsys.readouterr().err
    assert call("render", "-f", file, "-o", "rbac", "--reviewer", "vault/vault", asks=False) == 0
    assert [each["kind"] for each in json.loads(capsys.readouterr().out)["items"]] == [
        "ClusterRole",
        "ClusterRoleBinding",
    ]


def test_import(ground: Ground, call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was applied is imported, and needs no change."""
    call("apply", "-f", written(tmp_path, ground))
    capsys.readouterr()

    assert call("import", "--auth-mount", ground.auth, "--owner", ground.owner) == 0
    imported = tmp_path / "imported.yaml"
    imported.write_text(capsys.readouterr().out)
    assert call("plan", "-f", imported) == 0


def test_refusals(ground: Ground, call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Wrong files, a wrong call, no Vault: 1, and what to do; never 2, which is drift."""
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("accessVersion: 2\nx: 1\n")

    assert call("plan", "-f", wrong) == 1
    told = [line.removeprefix(f"omamori policy plan: {wrong}:") for line in capsys.readouterr().err.splitlines()]
    assert told == [
        "1:1: accessVersion is not 1, the only version of access files that there is",
        "2:1: x is not known; there are: accessVersion, owner, lock, include, mounts, auth, grants",
    ]
    assert call("drift", asks=False) == 1
    assert capsys.readouterr().err == "omamori policy drift: --file is missing\n"
    assert call("apply", "-f", wrong, "--plan", wrong) == 1
    assert "the plan's file is not one" in capsys.readouterr().err
    words = ["policy", "plan", "-f", str(written(tmp_path, ground)), "--vault-token-file", str(tmp_path / "token")]
    assert main([*words, "--vault-address", "https://127.0.0.1:9"]) == 1
    assert "does not answer" in capsys.readouterr().err
    assert main([*words[:-2], "--vault-address", "https://127.0.0.1:9", "--vault-token-file", "/nowhere"]) == 1
    assert "there is no token: /nowhere" in capsys.readouterr().err
