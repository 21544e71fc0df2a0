"""What vault-k8s and vault agent really did: the same bytes and modes in the same files, from Pod to file.

The webhook decides, its patch is applied, and the program runs with the Plan that is in it, against a real server with
the data that vault agent had. Of a KV version 2 secret the time of its creation differs.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.support.vault.server import AUDIENCE, VaultServer, running_vault
from tests.support.webhook.builders import decided, pod
from tests.support.webhook.vault_k8s import DOMAIN, admitted, mounted, plan_in, run_plan, theirs
from webhook.admission.decision import Denied, Unchanged

GOLDEN = json.loads((Path(__file__).parents[2] / "cases/vault-k8s-golden.json").read_text())
CASES: dict[str, dict[str, Any]] = GOLDEN["cases"]
POLICY = """
path "secret/*" { capabilities = ["read"] }
path "kv1/*" { capabilities = ["read"] }
path "transit/decrypt/app" { capabilities = ["update"] }
"""
CONTAINERS = [{"name": name, "securityContext": {"runAsUser": 1500}} for name in ("app", "worker")]
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z")
CIPHERTEXT = re.compile(r"ciphertext=vault:v1:[A-Za-z0-9+/=]+")
TOKEN = re.compile(r"(?:hvs|hvb|s|b)\.[A-Za-z0-9_.-]{20,}")


@pytest.fixture(scope="module")
def golden_vault(tmp_path_factory: pytest.TempPathFactory, authority: trustme.CA) -> Iterator[VaultServer]:
    """A server with the data of the cases."""
    with running_vault(tmp_path_factory.mktemp("golden"), authority) as server:
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


def _data() -> Iterator[tuple[str, Any]]:
    """The data as the file of the cases says it: one path or two, one version or several."""
    found: dict[str, Any] = {path: data for path, data in GOLDEN["vault"].items() if not path.startswith("transit")}
    assert len(found) == 4
    for paths, data in found.items():
        for version in data if isinstance(data, list) else [data]:
            for path in paths.partition(" (")[0].split(" and "):
                yield path, version


def _settings(server: VaultServer) -> Any:
    return theirs(VAULT_MAIN_ADDRESS=server.address, VAULT_MAIN_AUTH_KIND="jwt")


def _pod(case: dict[str, Any], server: VaultServer) -> dict[str, Any]:
    """The Pod of a case. What was untouched as injected really is so; the ciphertext is this server's."""
    annotations = dict(case["annotations"])
    for name, text in annotations.items():
        if CIPHERTEXT.search(text):
            plain = base64.b64encode(b"plain text").decode()
            made = server.call("POST", "transit/encrypt/app", {"plaintext": plain}).json()["data"]["ciphertext"]
            annotations[name] = CIPHERTEXT.sub(f"ciphertext={made}", text)
    injected = annotations.get(f"{DOMAIN}/agent-inject-status") == "injected"
    init = [{"name": "vault-agent-init"}] if injected else []
    return pod(annotations, containers=CONTAINERS, initContainers=init)


def test_there_are_cases() -> None:
    """All of them, of each kind."""
    kinds = [
        ("refused" if not each["allowed"] else "untouched" if "untouched" in each else "ran") for each in CASES.values()
    ]
    assert {kind: kinds.count(kind) for kind in kinds} == {"ran": 40, "refused": 2, "untouched": 2}


@pytest.mark.parametrize("name", CASES)
def test_golden(golden_vault: VaultServer, tmp_path: Path, name: str) -> None:
    """One case, from the Pod to its files."""
    case = CASES[name]
    using = _settings(golden_vault)
    raw = _pod(case, golden_vault)
    if not case["allowed"]:
        assert isinstance(decided(raw, using), Denied)
        return
    if case.get("untouched"):
        assert isinstance(decided(raw, using), Unchanged)
        return
    new, _ = admitted(raw, using)
    for container in ("app", "worker"):
        assert bool(mounted(new, container)) == (container in case["mounted_in"])
    ran = run_plan(plan_in(new), golden_vault, tmp_path)
    assert (ran.finished.code == 0) == (case["exit"] == 0), ran.finished.stderr
    wanted = {path: (_timeless(file["content"]), file["mode"]) for path, file in case["files"].items()}
    for container in case["mounted_in"]:
        found = ran.files(mounted(new, container))
        assert {path: (_timeless(content), mode) for path, (content, mode) in found.items()} == wanted


def _timeless(content: str) -> str:
    return "<token>" if TOKEN.fullmatch(content) else TIME.sub("TIME", content)
