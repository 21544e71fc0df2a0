"""What the webhook writes into an environment variable comes through the kubelet's expansion as it was."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.realparts.kubeexpand import expand
from tests.support.vault.plans import plans
from tests.support.webhook.builders import decided, pod
from vault.contract.values import Value
from vault.contract.wire import from_environment, to_environment
from webhook.admission.decision import Patched
from webhook.admission.pod.references import references_in

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

DOLLARS = st.lists(
    st.sampled_from(["$", "$$", "$(", "$(HOME)", "$$(HOME)", "$(X", ")", "(", "a"]), min_size=1, max_size=6
)


@settings(max_examples=200)
@given(plans())
def test_any_plan(plan: Value) -> None:
    """The kubelet's own code gives the variables of any Plan back, and the Plan is read from them."""
    variables = to_environment(plan)  # type: ignore[arg-type]
    assert expand(list(variables.values())) == list(variables.values())
    assert from_environment(variables) == plan


@settings(max_examples=200)
@given(DOLLARS.map("".join))
def test_any_path(text: str) -> None:
    """A path, a name and a directory that are full of dollars are in the Plan as their author wrote them."""
    decision = decided(pod({"file.omamori.dev/x": f'secret/data/{text}#k as="{text}" dir="/srv/{text}"'}))
    assert isinstance(decision, Patched)
    (ours,) = next(each["value"] for each in decision.operations if each["path"] == "/spec/initContainers")
    variables = {each["name"]: expand([each["value"]])[0] for each in ours["env"]}
    plan = from_environment(variables)
    assert plan.reads[0].path == f"secret/data/{text}"
    assert plan.outputs[0].name == text


@settings(max_examples=300)
@given(DOLLARS.map("".join))
def test_any_reference(text: str) -> None:
    """The references that are found in a text are those that the kubelet's own code replaces, no more and no less."""
    assert list(references_in(text)).count("HOME") == expand([text])[0].count("/home/expanded")


def test_expansion_is_real() -> None:
    """The same code does replace what is not written as the Plan is: the tests above would see it."""
    assert expand(["$(HOME)", "$$"]) == ["/home/expanded", "$"]
