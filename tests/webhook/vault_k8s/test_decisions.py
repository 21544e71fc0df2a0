"""Whether a Pod asks at all, in the order in which vault-k8s decides; and the two dialects on one Pod."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.webhook.builders import decided, pod, reasons
from tests.support.webhook.builders import settings as plain_settings
from tests.support.webhook.strategies import annotation_values, json_values
from tests.support.webhook.vault_k8s import DOMAIN, admitted, asking, named, refusals, theirs
from webhook.admission.annotations.vault_k8s.go_values import FALSE_WORDS, TRUE_WORDS
from webhook.admission.annotations.vault_k8s.table import TABLE
from webhook.admission.cache import Cache
from webhook.admission.decision import Denied, Patched, Unchanged, decide
from webhook.admission.rawjson import MalformedReview
from webhook.admission.review import AdmissionRequest

AGENT = {"name": "vault-agent", "image": "hashicorp/vault:1"}


def _is_untouched(raw: dict[str, Any]) -> bool:
    decision = decided(raw, theirs())
    return isinstance(decision, Unchanged) and decision.reason == "not-annotated" and not decision.warnings


def test_off_by_default() -> None:
    """Without the setting, nothing of it is looked at: whoever has both tools gets each secret once."""
    assert isinstance(decided(asking(), plain_settings()), Unchanged)
    assert isinstance(decided(asking(named(agent_inject="maybe")), plain_settings()), Unchanged)
    assert isinstance(decided(asking(), theirs()), Patched)


@pytest.mark.parametrize(
    ("lists", "served"),
    [
        ({"DIALECT_VAULTK8S_SERVED": "shop,mail"}, {"shop", "mail"}),
        ({"DIALECT_VAULTK8S_LEFT": "shop"}, {"mail", "other"}),
        ({"DIALECT_VAULTK8S_SERVED": "shop", "DIALECT_VAULTK8S_LEFT": "other"}, {"shop"}),
    ],
)
def test_two_injectors(lists: dict[str, str], served: set[str]) -> None:
    """Where the other one serves, it is as if the dialect were off; our own annotations are served everywhere."""
    using = theirs(**lists)
    ours = pod({"file.omamori.dev/mail": "secret/data/shop/mail#password"})
    for namespace in ("shop", "mail", "other"):
        assert isinstance(decided(asking(), using, namespace=namespace), Patched) == (namespace in served)
        assert isinstance(decided(ours, using, namespace=namespace), Patched)
        # what says how, and asks for nothing of ours
        both = decided(asking({"omamori.dev/containers": "app"}), using, namespace=namespace)
        assert isinstance(both, Unchanged) == (namespace not in served)


@pytest.mark.parametrize("word", FALSE_WORDS)
def test_not_asked(word: str) -> None:
    """What is false asks for nothing, whatever else is there."""
    assert _is_untouched(asking(named(agent_inject=word, agent_limits_cpu="many")))


def test_without_the_switch() -> None:
    """Nor does a Pod without the annotation."""
    assert _is_untouched(pod(named(role="shop", agent_inject_secret_db="secret/data/shop/db")))


@pytest.mark.parametrize("word", TRUE_WORDS)
def test_asked(word: str) -> None:
    """What is true asks."""
    admitted(asking(named(agent_inject=word)))


@pytest.mark.parametrize("word", ["tRuE", "yes", "maybe", " true"])
def test_unparseable(word: str) -> None:
    """What is neither is refused."""
    assert refusals(asking(named(agent_inject=word))) == [f"{DOMAIN}/agent-inject: is {word!r}; write true or false"]


@pytest.mark.parametrize("where", ["containers", "initContainers"])
@pytest.mark.parametrize("name", ["vault-agent", "vault-agent-init"])
def test_injected_by_vault_k8s(where: str, name: str) -> None:
    """A Pod that vault-k8s has injected, and that says so, is left alone."""
    spec = {where: [{"name": "app"}, {**AGENT, "name": name}]}
    if where == "initContainers":
        spec["containers"] = [{"name": "app2"}]
    assert _is_untouched(asking(named(agent_inject_status="injected"), **spec))


@pytest.mark.parametrize("status", ["injected", "update"])
def test_a_copied_annotation(status: str) -> None:
    """The annotation without the containers does not count: the Pod would be left without its secrets."""
    admitted(asking(named(agent_inject_status=status)))


def test_updated() -> None:
    """Another word than injected asks again, as vault-k8s has it, though its containers are there."""
    admitted(asking(named(agent_inject_status="update"), containers=[{"name": "app"}, AGENT]))


@pytest.mark.parametrize("phase", ["Running", "Succeeded", "Failed", "Unknown"])
def test_phase(phase: str) -> None:
    """A Pod that is past its beginning is left alone."""
    assert _is_untouched({**asking(), "status": {"phase": phase}})
    admitted({**asking(), "status": {"phase": "Pending"}})


@pytest.mark.parametrize("namespace", ["kube-system", "kube-public"])
def test_system_namespaces(namespace: str) -> None:
    """There, who asks is refused, and not passed over, whatever the settings allow."""
    using = theirs(DENIED_NAMESPACES="")
    decision = decided(asking(), using, namespace=namespace)
    assert isinstance(decision, Denied)
    assert decision.reason == "namespace"
    assert isinstance(decided(asking(), using, namespace="kube-node-lease"), Patched)
    assert isinstance(decided(asking(named(agent_inject="0")), using, namespace=namespace), Unchanged)


@pytest.mark.parametrize("role", [None, "", "not a role", "a/b"])
def test_role(role: str | None) -> None:
    """A role has to be named, and to be one."""
    raw = asking()
    del raw["metadata"]["annotations"][f"{DOMAIN}/role"]
    if role is not None:
        raw["metadata"]["annotations"][f"{DOMAIN}/role"] = role
    assert any(each.startswith(f"{DOMAIN}/role: ") for each in refusals(raw))


def test_all_problems_at_once() -> None:
    """Each wrong annotation is named, in one refusal."""
    wrong = named(agent_init_first="maybe", agent_limits_cpu="many", agent_inject_perms_db="rw", tls_skip_verify="true")
    places = {each.partition(": ")[0].removeprefix(f"{DOMAIN}/") for each in refusals(asking(wrong))}
    assert places == {"agent-init-first", "agent-limits-cpu", "agent-inject-perms-db", "tls-skip-verify"}


def test_both_dialects() -> None:
    """Our annotations and theirs on one Pod are refused, unless one of both does not ask."""
    ours = {"file.omamori.dev/mail": "secret/data/shop/mail#password"}
    (problem,) = refusals(asking(ours))
    assert problem.startswith(f"{DOMAIN}/agent-inject: the Pod asks by annotations of omamori.dev and of {DOMAIN}")
    admitted(asking({**ours, "omamori.dev/inject": "false"}))
    admitted(asking({**ours, **named(agent_inject="false")}))
    assert reasons(asking(ours), {"DIALECT_VAULTK8S": "true"}) == ["annotation"]


def test_nothing_to_inject() -> None:
    """Neither an init container nor a sidecar, or no secret: accepted, and said."""
    for raw in (
        asking(named(agent_pre_populate="false", agent_pre_populate_only="true")),
        pod(named(agent_inject="true", role="shop")),
    ):
        decision = decided(raw, theirs())
        assert isinstance(decision, Unchanged)
        assert (decision.reason, len(decision.warnings)) == ("nothing-asked", 1)


def test_unknown_annotations_are_passed_over() -> None:
    """vault-k8s passes over what it does not know, and what has no name of a secret; here the author is told."""
    more = named(agent_injekt="x", agent_inject_secret="a/b", agent_inject_perms="0400", agent_inject_perms_none="0400")
    _, warnings = admitted(asking(more))
    assert [each.partition(": ")[0].removeprefix(f"{DOMAIN}/") for each in warnings] == [
        "agent-injekt",
        "agent-inject-secret",
        "agent-inject-perms",
        "agent-inject-perms-none",
    ]


def test_too_many_annotations() -> None:
    """The bounds of our own annotations hold for theirs."""
    for more in (
        {f"{DOMAIN}/agent-inject-secret-{number}": "a/b" for number in range(501)},
        {f"{DOMAIN}/agent-inject-template-a": "x" * (256 * 1024)},
        {f"{DOMAIN}/agent-inject-template-a": "x" * (130 * 1024)},
    ):
        assert refusals(asking(more))


def test_the_cache_gives_the_same() -> None:
    """A second Pod gets the answer of the first, and another Pod of the same annotations its own."""
    cache = Cache()
    annotations = asking(named(agent_inject_containers="app,worker"))["metadata"]["annotations"]

    def answer(*names: str, cache: Cache | None) -> Any:
        raw = pod(annotations, containers=[{"name": name} for name in names])
        return decide(AdmissionRequest("u", "shop", "", "CREATE", "", is_dry_run=False, pod=raw), theirs_once, cache)

    theirs_once = theirs()
    for names in (("app",), ("app", "worker"), ("app",), ("other", "worker")):
        assert answer(*names, cache=cache) == answer(*names, cache=None)


NAMES = st.sampled_from(
    [each.exact or f"{each.prefix}db" for each in TABLE.rows]
    + ["agent-inject-secret-DB", "agent-inject-template-file-x"]
)
VALUES = annotation_values() | st.sampled_from(
    [
        "true",
        "false",
        "",
        "app",
        "/x",
        "0400",
        "{{ . }}",
        "pkill -HUP app",
        "https://vault.example.com:8200",
        "64Mi",
        "1",
    ]
)


@given(
    annotations=st.dictionaries(NAMES, VALUES, max_size=8),
    spec=st.dictionaries(
        st.sampled_from(["initContainers", "securityContext", "volumes", "shareProcessNamespace"]),
        json_values(),
        max_size=2,
    ),
)
@settings(max_examples=300)
def test_any_annotations(annotations: dict[str, str], spec: dict[str, Any]) -> None:
    """Any annotations give a decision; what is injected is injected once."""
    raw = asking({f"{DOMAIN}/{name}": text for name, text in annotations.items()}, **spec)
    try:
        decision = decided(raw, theirs())
    except MalformedReview:
        return
    if isinstance(decision, Patched):
        admitted(raw)
