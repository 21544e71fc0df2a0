"""What the commands know of the dialect: `doctor` and `policy suggest`, by the settings of the webhook."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.webhook.vault_k8s import DOMAIN, admitted, asking, named, theirs
from tests.webhook.suggested import Suggest
from webhook.doctor.dry_run import is_unserved

SETTINGS = """OMAMORI_VAULTS=main
OMAMORI_VAULT_MAIN_ADDRESS=https://vault.example.com:8200
OMAMORI_DIALECT_VAULTK8S=true
"""
MANIFEST = f"""apiVersion: v1
kind: Pod
metadata:
  name: app
  namespace: shop
  annotations:
    {DOMAIN}/agent-inject: "true"
    {DOMAIN}/role: shop
    {DOMAIN}/agent-inject-secret-db: secret/data/shop/db
spec:
  serviceAccountName: checkout
  containers:
    - name: app
"""


def test_unserved() -> None:
    """A Pod that runs without what it asked for is found, unless vault-k8s or we have injected it."""
    running = {**asking(), "status": {"phase": "Running"}}
    assert not is_unserved(running)
    assert is_unserved(running, theirs())
    assert is_unserved(asking(named(agent_inject="maybe")), theirs())
    assert not is_unserved(asking(named(agent_inject="f")), theirs())
    assert not is_unserved(asking(containers=[{"name": "app"}, {"name": "vault-agent"}]), theirs())
    assert not is_unserved(admitted(asking())[0], theirs())
    elsewhere = {**asking(), "metadata": {**asking()["metadata"], "namespace": "other"}}
    assert is_unserved(elsewhere, theirs(DIALECT_VAULTK8S_LEFT="shop"))
    assert not is_unserved(elsewhere, theirs(DIALECT_VAULTK8S_LEFT="other"))


@pytest.mark.usefixtures("no_settings")
def test_suggest(suggest: Suggest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the webhook's settings, it finds what these Pods read, by their role; without the dialect nothing."""
    manifest = tmp_path / "pod.yaml"
    manifest.write_text(MANIFEST)
    for line in SETTINGS.splitlines():
        monkeypatch.setenv(*line.split("="))
    code, out, _ = suggest(manifest)
    assert code == 0
    assert "role: shop" in out
    assert "secret/data/shop/db" in out
    monkeypatch.setenv("OMAMORI_DIALECT_VAULTK8S_LEFT", "shop")
    assert "secret/data" not in suggest(manifest)[1]
    monkeypatch.delenv("OMAMORI_DIALECT_VAULTK8S_LEFT")
    assert "secret/data" in suggest(manifest)[1]
    monkeypatch.delenv("OMAMORI_DIALECT_VAULTK8S")
    assert "secret/data" not in suggest(manifest)[1]


@pytest.mark.usefixtures("no_settings")
def test_suggest_without_settings(suggest: Suggest, tmp_path: Path) -> None:
    """Before anything is installed it knows the dialect, for those who are about to move."""
    manifest = tmp_path / "pod.yaml"
    manifest.write_text(MANIFEST)
    code, out, _ = suggest(manifest)
    assert (code, "secret/data/shop/db" in out) == (0, True)


@pytest.mark.usefixtures("no_settings")
@pytest.mark.parametrize(
    ("annotation", "says"),
    [
        ("auth-path: auth/k8s-prod", "it logs in at auth/k8s-prod, and the roles of this file are for"),
        ("namespace: team", "it logs in at auth/kubernetes of the namespace team, and the roles of this file are for"),
    ],
)
def test_suggest_of_another_login(suggest: Suggest, tmp_path: Path, annotation: str, says: str) -> None:
    """A role that is elsewhere in Vault is not put into this file, and the line says where it is."""
    manifest = tmp_path / "pod.yaml"
    manifest.write_text(MANIFEST.replace("spec:", f"    {DOMAIN}/{annotation}\nspec:"))
    code, out, lines = suggest(manifest)
    assert "secret/data" not in out
    assert any(says in line for line in lines), (code, lines)
