"""What vault-k8s and vault agent really did: the same bytes and modes in the same files, from Pod to file.

The webhook decides, its patch is applied, and the program runs with the Plan that is in it, against a real server with
the data that vault agent had. Of a KV version 2 secret the time of its creation differs.
"""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.vault.server import VaultServer
from tests.support.webhook.builders import decided, pod
from tests.support.webhook.golden import CASES, settings_for, timeless
from tests.support.webhook.vault_k8s import DOMAIN, admitted, mounted, plan_in, run_plan
from webhook.admission.decision import Denied, Unchanged

CONTAINERS = [{"name": name, "securityContext": {"runAsUser": 1500}} for name in ("app", "worker")]
CIPHERTEXT = re.compile(r"ciphertext=vault:v1:[A-Za-z0-9+/=]+")


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
    using = settings_for(golden_vault)
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
    wanted = {path: (timeless(file["content"]), file["mode"]) for path, file in case["files"].items()}
    for container in case["mounted_in"]:
        found = ran.files(mounted(new, container))
        assert {path: (timeless(content), mode) for path, (content, mode) in found.items()} == wanted
