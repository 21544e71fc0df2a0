"""What commands say of a Pod with an agent configuration: that its reads cannot be known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.webhook.builders import pod
from tests.support.webhook.vault_k8s import admitted, asking, named, theirs
from tests.webhook.seen import judged, seen_with
from tests.webhook.suggested import SECRET, Suggest, granted, written
from vault.report import Status, is_well
from webhook.demo.asked import template_paths
from webhook.demo.stop import DemoStopped
from webhook.doctor.dry_run import has_agent_configuration, is_unserved

CONFIGURED = named(agent_inject="true", agent_configmap="conf")


@pytest.mark.usefixtures("no_settings")
def test_suggest(suggest: Suggest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`policy suggest` grants nothing for it, and says why; what others need is suggested."""
    monkeypatch.setenv("OMAMORI_VAULTS", "main")
    monkeypatch.setenv("OMAMORI_VAULT_MAIN_ADDRESS", "https://vault.example.com:8200")
    monkeypatch.setenv("OMAMORI_DIALECT_VAULTK8S", "true")
    file = written(tmp_path, {"annotations": SECRET}, {"annotations": CONFIGURED, "account": "other"})
    code, out, told = suggest(file)
    assert code == 0
    assert [role for role, *_ in granted(out)] == ["shop.checkout"]
    what = (
        "skipped: what it reads, and by which role, is in the ConfigMap conf, which is unknown here; grant it by hand"
    )
    assert any(line.startswith("warning: ") and line.endswith(what) for line in told), told


def test_doctor() -> None:
    """`doctor` notes such Pods that run, which is no problem."""
    findings = judged(seen_with({"configured/items": [{"metadata": {"namespace": "shop", "name": "p"}}]}))
    (note,) = [each for each in findings if each.check == "agent-configurations"]
    assert (note.status, is_well([note])) == (Status.NOTE, True)
    assert "what they read, by which role, is not known: shop/p" in note.message
    assert not [each for each in judged(seen_with({})) if each.check == "agent-configurations"]
    refused = judged(seen_with({"configured": {"refusal": "User a cannot list it (403)"}}))
    assert not [each for each in refused if each.check == "agent-configurations"]


@pytest.mark.parametrize(
    ("annotations", "status", "expected"),
    [
        (CONFIGURED, {"phase": "Running"}, True),
        (CONFIGURED, {"phase": "Succeeded"}, False),
        (asking()["metadata"]["annotations"], {}, False),
    ],
)
def test_which_pods_doctor_notes(annotations: dict[str, str], status: dict[str, Any], expected: bool) -> None:
    """Those that were injected with a ConfigMap, and are not over."""
    new, _ = admitted(pod(annotations))
    assert has_agent_configuration({**new, "status": status}) is expected
    untouched = pod(CONFIGURED)
    assert not has_agent_configuration(untouched)
    assert is_unserved(untouched, theirs())


def test_demo() -> None:
    """The demo has no ConfigMap, and says so."""
    from webhook.admission.annotations.vault_k8s.parse import parse_annotations  # noqa: PLC0415

    spec = parse_annotations(pod(CONFIGURED), "shop")
    assert spec is not None
    with pytest.raises(DemoStopped, match="agent-configmap names a ConfigMap, and the demo has none"):
        template_paths(spec)
