"""`$(NAME)` in a container whose variables have names that only a secret knows: what is refused, and what is not."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.support.webhook.builders import decided, patched, pod, reasons
from webhook.admission.decision import Denied, Patched

DB = "envfrom.omamori.dev/db"
EXEC = {"omamori.dev/env-delivery": "exec"}
ASKED = {DB: "secret/data/shop/db", **EXEC}


def app(name: str = "app", **fields: Any) -> dict[str, Any]:
    """A container that states its command."""
    return {"name": name, "image": "app:1", "command": ["/bin/app"], **fields}


IN_PROBE = {"exec": {"command": ["check", "$(A)"]}}


def item(name: str, value: str) -> dict[str, Any]:
    """An item of `env`."""
    return {"name": name, "value": value}


@pytest.mark.parametrize(
    ("options", "container", "places"),
    [
        # where it stands
        ("", {"command": ["/app", "$(A)"]}, ["command"]),
        ("", {"args": ["--x=$(A)", "$(A)"]}, ["args"]),
        ("", {"env": [item("URL", "x://$(A)@db")]}, ["variable URL"]),
        ("", {"volumeMounts": [{"name": "v", "mountPath": "/v", "subPathExpr": "$(A)"}]}, ["subPathExpr"]),
        ("", {"args": ["$(A) $(B)"], "env": [item("URL", "$(A)")]}, ["variable URL", "args", "args"]),
        # no reference, or one that the kubelet does not replace
        ("", {"args": ["$$(A)"]}, []),
        ("", {"args": ["$$$(A)"]}, ["args"]),
        ("", {"args": ["$$$$(A)"]}, []),
        ("", {"args": ["$(A", "$A ${A}"]}, []),
        ("", {"args": ["$()", "$(a b)", "$(1A)", "$(é)", "$(date +%s)"]}, []),
        ("", {"livenessProbe": IN_PROBE, "lifecycle": {"preStop": IN_PROBE}}, []),
        # what the container declares, before
        ("", {"env": [item("A", "1"), item("URL", "$(A)")], "args": ["$(A)"]}, []),
        ("", {"env": [item("URL", "$(A)"), item("A", "1")], "args": ["$(A)"]}, ["variable URL"]),
        ("", {"env": [item("A", "$(A)")]}, ["variable A"]),
        ("", {"env": [item("A", "1"), item("A", "$(A)")]}, []),
        ("", {"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "x"}}}, item("B", "$(A)")]}, []),
        # what its own envFrom may give
        ("", {"args": ["$(A)"], "envFrom": [{"configMapRef": {"name": "x"}}]}, []),
        ("", {"args": ["$(A)"], "envFrom": []}, ["args"]),
        # what services give
        *[
            ("", {"args": [f"$({name})"]}, [])
            for name in (
                *("KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT", "KUBERNETES_SERVICE_PORT_HTTPS"),
                *("MY_DB_PORT", "DB_PORT_80_TCP", "DB_PORT_80_TCP_ADDR", "DB_PORT_53_UDP_PROTO", "X_PORT_1_SCTP_PORT"),
            )
        ],
        *[
            ("", {"args": [f"$({name})"]}, ["args"])
            for name in (
                *("SERVICE_HOST", "PORT", "DB_HOST", "db_SERVICE_HOST", "DB_SERVICE_HOSTS", "DB_PORT_80"),
                *("DB_PORT_80_TCP_HOST", "DB_PORT_x_TCP", "_PORT", "DB_PORT_80_HTTP"),
            )
        ],
        # which names there may be
        ("prefix=DB_", {"args": ["$(A) $(DB_A)"]}, ["args"]),
        ("prefix=DB_", {"args": ["$(A) $(db_A)"]}, []),
        ("upper=true", {"args": ["$(a) $(hostname)"]}, []),
        ("upper=true", {"args": ["$(A)"]}, ["args"]),
        ("keys=a,b", {"args": ["$(c) $(A)"]}, []),
        ("keys=a,b", {"args": ["$(b)"]}, ["args"]),
        ("keys=a,b rename=b:C", {"args": ["$(b)"]}, []),
        ("keys=a,b rename=b:C", {"args": ["$(C)"]}, ["args"]),
        ("rename=b:C prefix=X_", {"args": ["$(b) $(X_b)"]}, []),
        ("rename=b:C prefix=X_", {"args": ["$(C)", "$(X_c)"]}, ["args", "args"]),
        ("containers=b", {"args": ["$(A)"]}, []),
    ],
)
def test_references_to_what_a_set_may_give(options: str, container: dict[str, Any], places: list[str]) -> None:
    """`$(NAME)` is refused where the kubelet would replace it and nothing but the set could give the name."""
    raw = pod({DB: f"kv/a {options}", **EXEC}, containers=[app(**container), app("b")])
    decision = decided(raw)
    if not places:
        assert isinstance(decision, Patched), decision
        return
    assert isinstance(decision, Denied)
    assert [(each.reason, each.where) for each in decision.problems] == [("reference", DB)] * len(places)
    for place, problem in zip(places, decision.problems, strict=True):
        assert problem.what.startswith(f"{place} of container app has $(")
        assert "$$(" in problem.what


def test_a_reference_names_the_annotation_that_may_give_it() -> None:
    """Of several, the first that may; and one that is asked for by its name is told once."""
    annotations = {
        DB: "kv/a prefix=DB_",
        "envfrom.omamori.dev/mail": "kv/b prefix=MAIL_",
        "env.omamori.dev/MAIL_X": "kv/c#x",
        **EXEC,
    }
    decision = decided(pod(annotations, containers=[app(args=["$(MAIL_A) $(DB_A) $(OTHER) $(MAIL_X)"])]))
    assert isinstance(decision, Denied)
    assert [each.where for each in decision.problems] == ["env.omamori.dev/MAIL_X", "envfrom.omamori.dev/mail", DB]


def test_a_copied_pod_is_judged_as_its_author_wrote_it() -> None:
    """The mount by which a kubelet is checked has a reference of ours; ours are nobody's declarations."""
    annotations = {"env.omamori.dev/A": "kv/a#k"}
    copied = patched(pod(annotations, containers=[app(args=["$(A)"])]))
    assert "subPathExpr" in str(copied["spec"])

    raw = {**copied, "metadata": {"annotations": ASKED}}
    assert reasons(raw) == ["reference"]
    raw["spec"]["containers"][0]["args"] = ["$$(A)"]
    assert "subPathExpr" not in str(patched(raw)["spec"])


@pytest.mark.parametrize("part", ["_SERVICE_PORT", "_PORT_1", "_PORT_80_TCP_PORT", "_"])
def test_a_long_name_takes_no_long_time(part: str) -> None:
    """What looks for the variables of services takes time that grows with a name, and not with its square."""
    name = "A" + part * (400_000 // len(part)) + "a"
    raw = pod({DB: "kv/a", **EXEC}, containers=[app(args=[f"$({name})"])])
    started = time.process_time()
    assert isinstance(decided(raw), Patched)
    assert time.process_time() - started < 1
