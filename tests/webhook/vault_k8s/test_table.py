"""The table of vault-k8s' annotations: all 74, and of each row what comes of a Pod that has it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.support.webhook.builders import decided
from tests.support.webhook.vault_k8s import DOMAIN, Json, admitted, asking, plan_in, refusals, theirs
from tests.webhook.vault_k8s.rows import HONOURED, REFUSED, WARNED, WRONG, Seen
from webhook.admission.annotations.vault_k8s.annotation import Fate
from webhook.admission.annotations.vault_k8s.table import TABLE
from webhook.admission.decision import Denied

USER = {"securityContext": {"runAsUser": 1500}}


def _raw(name: str, text: str, others: dict[str, str]) -> Json:
    """A Pod with an annotation of a row, `<n>` or `<p>` filled in."""
    parameter = "role" if name == "auth-config-<p>" else "X" if name.startswith("preserve-secret-case") else "x"
    written = name.replace("[-<n>]", "-<n>").replace("<n>", parameter).replace("<p>", parameter)
    raw = asking(
        {f"{DOMAIN}/{each}": value for each, value in {**others, written: text}.items()},
        containers=[
            {"name": "app", "volumeMounts": [{"name": "conf", "mountPath": "/conf"}], **USER},
            {"name": "worker", **USER},
        ],
        initContainers=[{"name": "migrate", **USER}],
        volumes=[{"name": "conf", "configMap": {"name": "conf"}}],
    )
    annotations = raw["metadata"]["annotations"]
    for each in [each for each, value in annotations.items() if value == "-"]:
        del annotations[each]
    return raw


def test_all_of_them() -> None:
    """There are 74, and so many of each kind; the tests below have each."""
    rows = TABLE.rows
    assert len({each.name for each in rows}) == len(rows) == 74
    assert Counter(each.fate for each in rows) == {Fate.HONOURED: 45, Fate.WARNED: 27, Fate.REFUSED: 2}
    assert [each.name for each in rows if each.fate is Fate.HONOURED] == [name for name, *_ in HONOURED]


@pytest.mark.parametrize(("name", "text", "seen", "expected", "others"), HONOURED, ids=[each[0] for each in HONOURED])
def test_honoured(name: str, text: str, seen: Seen, expected: Any, others: dict[str, str]) -> None:
    """It does what it says."""
    new, _ = admitted(_raw(name, text, others))
    assert seen(plan_in(new), new) == expected


@pytest.mark.parametrize("row", [each for each in TABLE.rows if each.fate is Fate.WARNED], ids=lambda row: row.name)
def test_warned(row: Any) -> None:
    """It is accepted, and the author is told what omamori does instead; nothing is said where it asks for that."""
    found = _raw(row.name, WARNED.get(row.name, "x"), {})
    _, warnings = admitted(found)
    annotation = f"{DOMAIN}/{row.name.replace('<p>', 'x')}"
    assert warnings == (f"{annotation}: {row.words}",)
    for harmless in row.harmless:
        text = ",".join(harmless) if isinstance(harmless, tuple) else str(harmless)
        assert admitted(_raw(row.name, text if text != "0.0" else "", {}))[1] == ()


@pytest.mark.parametrize("row", [each for each in TABLE.rows if each.fate is Fate.REFUSED], ids=lambda row: row.name)
def test_refused(row: Any) -> None:
    """It is refused with the reason, unless it asks for what is so anyway."""
    assert refusals(_raw(row.name, REFUSED.get(row.name, "x"), {})) == [f"{DOMAIN}/{row.name}: {row.words}"]
    for harmless in row.harmless:
        assert admitted(_raw(row.name, str(harmless), {}))[1] == ()


@pytest.mark.parametrize(("name", "text"), WRONG.items(), ids=list(WRONG))
def test_wrong_values(name: str, text: str) -> None:
    """What its parser does not take refuses the Pod, and names the annotation."""
    others = {"agent-inject-secret-x": "a/b"}
    if name == "auth-config-role":
        others["role"] = "-"
    decision = decided(_raw(name, text, others), theirs())
    assert isinstance(decision, Denied)
    assert f"{DOMAIN}/{name}" in {each.where for each in decision.problems}


def test_each_parser_has_a_wrong_value() -> None:
    """Every row whose parser takes not any text is among them."""
    found = {TABLE.find(name) for name in WRONG}
    tested = {row.name for row, _ in filter(None, found)}
    any_text = {each.name for each in TABLE.rows if each.parse.__name__ == "parse_any"}
    # the switch, the role and the template's text are tested elsewhere
    assert {each.name for each in TABLE.rows} - any_text - tested == {"agent-inject", "role"}


@pytest.mark.parametrize(
    "name", ["", "-", "agent-inject-secret-", "role-x", "agent-telemetry", "Role", "agent-inject-secret"]
)
def test_no_row(name: str) -> None:
    """What vault-k8s does not know has no row, nor what it passes over."""
    assert TABLE.find(name) is None


def test_longest_prefix() -> None:
    """A template's file is not the template of a secret whose name begins with file."""
    found = TABLE.find("agent-inject-template-file-x")
    assert found is not None
    assert (found[0].name, found[1]) == ("agent-inject-template-file-<n>", "x")
