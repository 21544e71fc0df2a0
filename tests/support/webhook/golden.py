"""What vault-k8s and vault agent really did (tests/cases/vault-k8s-golden.json), a server with their data, and we.

The webhook decides, its patch is applied, and the program runs with the Plan that is in it, against a real server with
the data that vault agent had. Of a KV version 2 secret the time of its creation differs.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import trustme

from tests.support.vault.server import AUDIENCE, VaultServer, running_vault
from tests.support.webhook.builders import decided, pod
from tests.support.webhook.vault_k8s import DOMAIN, admitted, mounted, plan_in, run_plan, theirs
from webhook.admission.decision import Denied, Unchanged
from webhook.config.settings import Settings

GOLDEN = json.loads((Path(__file__).parents[2] / "cases/vault-k8s-golden.json").read_text())
CASES: dict[str, dict[str, Any]] = GOLDEN["cases"]
POLICY = """
path "secret/*" { capabilities = ["read"] }
path "kv1/*" { capabilities = ["read"] }
path "transit/decrypt/app" { capabilities = ["update"] }
"""
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z")
TOKEN = re.compile(r"(?:hvs|hvb|s|b)\.[A-Za-z0-9_.-]{20,}")
CONTAINERS = [{"name": name, "securityContext": {"runAsUser": 1500}} for name in ("app", "worker")]
CIPHERTEXT = re.compile(r"ciphertext=vault:v1:[A-Za-z0-9+/=]+")


@contextmanager
def golden_server(folder: Path, authority: trustme.CA) -> Iterator[VaultServer]:
    """Run a server with the data of the cases."""
    with running_vault(folder, authority) as server:
        server.client.write("sys/mounts/transit", {"type": "transit"})
        add_golden_data(server)
        yield server


def add_golden_data(server: VaultServer) -> None:
    """Add the data of the cases, their role and policy; `transit/` must be there."""
    write = server.client.write
    server.call("DELETE", "secret/metadata/shop/db")  # so that its versions begin anew
    write("transit/keys/app", {})
    write("sys/policies/acl/golden", {"policy": POLICY})
    role = {"role_type": "jwt", "user_claim": "sub", "bound_audiences": [AUDIENCE], "token_policies": ["golden"]}
    write("auth/jwt/role/shop", role)
    for path, data in _data():
        write(path, {"data": data} if "/data/" in path else data)


def check_case(name: str, server: VaultServer, folder: Path) -> None:
    """Compare one case, from the Pod to its files, with what vault-k8s and vault agent did."""
    case = CASES[name]
    using = settings_for(server)
    raw = _pod(case, server)
    if not case["allowed"]:
        assert isinstance(decided(raw, using), Denied)
        return
    if case.get("untouched"):
        assert isinstance(decided(raw, using), Unchanged)
        return
    new, _ = admitted(raw, using)
    for container in ("app", "worker"):
        assert bool(mounted(new, container)) == (container in case["mounted_in"])
    ran = run_plan(plan_in(new), server, folder)
    assert (ran.finished.code == 0) == (case["exit"] == 0), ran.finished.stderr
    wanted = {path: (timeless(file["content"]), file["mode"]) for path, file in case["files"].items()}
    for container in case["mounted_in"]:
        found = ran.files(mounted(new, container))
        assert {path: (timeless(content), mode) for path, (content, mode) in found.items()} == wanted


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


def settings_for(server: VaultServer) -> Settings:
    """Give settings with the dialect turned on, of which this server is the Vault."""
    return theirs(VAULT_MAIN_ADDRESS=server.address, VAULT_MAIN_AUTH_KIND="jwt")


def timeless(content: str) -> str:
    """Give what a file has with all that differs from run to run left out."""
    return "<token>" if TOKEN.fullmatch(content) else TIME.sub("TIME", content)


def _data() -> Iterator[tuple[str, Any]]:
    """The data as the file of the cases says it: one path or two, one version or several."""
    found: dict[str, Any] = {path: data for path, data in GOLDEN["vault"].items() if not path.startswith("transit")}
    assert len(found) == 4
    for paths, data in found.items():
        for version in data if isinstance(data, list) else [data]:
            for path in paths.partition(" (")[0].split(" and "):
                yield path, version
