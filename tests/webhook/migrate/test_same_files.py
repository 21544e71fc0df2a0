"""The same files before and after: each Pod through the webhook and the program, against a real server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.vault.server import VaultServer
from tests.support.webhook.builders import decided
from tests.support.webhook.golden import CASES, GOLDEN, settings_for, timeless
from tests.support.webhook.vault_k8s import DOMAIN, admitted, mounted, named, plan_in, run_plan
from tests.webhook.migrate.cases import TABLE, Json, migrated, pod_text, pods_in, text_of
from vault.contract.plan import Plan
from webhook.admission.decision import Patched
from webhook.migrate.vault_k8s.options import Options

# what a sidecar is besides, at its defaults: the files are those of its start
INIT = {"mode": "init", "state_directory": "", "first_seconds": 0, "refresh_seconds": 60}
QUIET = {"on_change": "", "signal": "", "process": ""}
FILES = dict[str, dict[str, tuple[str, str]]]
# these ask for what only vault-k8s' dialect has
STAYS = {"if-empty-values": "by a field", "range-else": "by a field", "k-user": "agent-run-as-user"}
ANOTHER_CIPHERTEXT = "secret-write-transit"
A_KEY_IS_MISSING = "missing-key-default"


def files_of(raw: Json, server: VaultServer, folder: Path) -> tuple[FILES, int]:
    """Give the content and the mode of each container's files, and how the program ended."""
    folder.mkdir()
    new, _ = admitted(raw, settings_for(server))
    plan: Plan = plan_in(new).replace(**INIT, **QUIET)
    ran = run_plan(plan, server, folder)
    found = {}
    for kind in ("initContainers", "containers"):
        for each in new["spec"].get(kind, []):
            files = ran.files(mounted(new, each["name"])) if not each["name"].startswith("omamori-") else {}
            found[each["name"]] = {path: (timeless(content), mode) for path, (content, mode) in files.items()}
    return found, ran.finished.code


def compare(before: str, after: str, server: VaultServer, folder: Path) -> int:
    """Compare all Pods of two texts. Returns how many have files."""
    old, new = pods_in(before), pods_in(after)
    assert len(old) == len(new)
    count = 0
    for number, (one, other) in enumerate(zip(old, new, strict=True)):
        if one == other or not isinstance(decided(one, settings_for(server)), Patched):
            continue
        wanted, code = files_of(one, server, folder / f"old{number}")
        found, new_code = files_of(other, server, folder / f"new{number}")
        assert (found, new_code) == (wanted, code)
        assert code == 0
        assert any(found.values())
        count += 1
    return count


@pytest.mark.parametrize("name", [name for name, case in TABLE.items() if case["moved"]])
def test_manifest(golden_vault: VaultServer, tmp_path: Path, name: str) -> None:
    """Each Pod of a manifest has the same bytes and modes at the same paths in the same containers."""
    assert compare(text_of("before", name), text_of("after", name), golden_vault, tmp_path) == TABLE[name]["pods"]


@pytest.mark.parametrize("keeping", [False, True])
@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.get("exit") == 0 and case["files"]])
def test_golden(golden_vault: VaultServer, tmp_path: Path, name: str, keeping: bool) -> None:
    """What vault-k8s really did comes of the moved annotations as well."""
    case: dict[str, Any] = CASES[name]
    containers = [{"name": each, "image": each} for each in ("app", "worker")]
    security = {"runAsUser": 1500}
    text = pod_text(case["annotations"], containers=containers, securityContext=security)
    outcome = migrated(text, Options(keep_templates=keeping))
    if name in STAYS:
        assert not outcome.moved
        assert STAYS[name] in outcome.stays[0]
        return
    assert outcome.moved, outcome.stays
    (raw,) = pods_in(outcome.text)
    found, code = files_of(raw, golden_vault, tmp_path / "new")
    if name == A_KEY_IS_MISSING:
        assert "a missing key" in " ".join(outcome.notes)
    if name in {A_KEY_IS_MISSING, ANOTHER_CIPHERTEXT}:
        assert code != 0
        return
    assert code == 0
    wanted = {path: (timeless(file["content"]), file["mode"]) for path, file in case["files"].items()}
    for each in ("app", "worker"):
        assert found[each] == (wanted if each in case["mounted_in"] else {})


def test_one_key(golden_vault: VaultServer, tmp_path: Path) -> None:
    """One key as a file has the same bytes for each kind of text, number and boolean, of both versions of KV."""
    odd = next(data for paths, data in GOLDEN["vault"].items() if "shop/odd" in paths)
    keys = [key for key, value in odd.items() if not isinstance(value, dict | list | type(None))]
    assert len(keys) > 10
    annotations = named(agent_inject="true", role="shop", agent_pre_populate_only="true")
    for number, key in enumerate(keys):
        for name, path, data in (("v2", "secret/data/shop/odd", ".Data.data"), ("v1", "kv1/odd", ".Data")):
            text = f'{{{{ with secret "{path}" }}}}{{{{ {data}.{key} }}}}{{{{ end }}}}'
            annotations |= {f"{DOMAIN}/agent-inject-template-{name}-{number}": text}
    decoded = '{{ with secret "secret/data/shop/based" }}{{ .Data.data.k | base64Decode }}{{ end }}'
    annotations |= named(agent_inject_template_decoded=decoded)
    golden_vault.client.write("secret/data/shop/based", {"data": {"k": "ZGVjb2RlZCB0ZXh0Cg=="}})
    before = pod_text(annotations)
    after = migrated(before).text
    assert after.count('"file.omamori.dev/') == 2 * len(keys) + 1
    assert compare(before, after, golden_vault, tmp_path) == 1
