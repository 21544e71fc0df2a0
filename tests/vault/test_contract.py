"""The Plan on the wire: what is written comes back, and what was not written so is refused by name."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.vault.cases import FOLDER, read_cases
from tests.support.vault.plans import plans
from vault.contract.errors import PlanInvalid
from vault.contract.plan import Output, Plan, Read, Session, Template
from vault.contract.wire import PART_BYTES, from_environment, from_json, to_environment, to_json

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
)
SESSION = Session(vault="main", address="https://vault:8200", role="shop.checkout", token_file="/var/run/token")
GOLDEN = Plan(
    sessions=(
        SESSION,
        SESSION.replace(vault="eu", auth_kind="jwt", auth_mount="jwt/eu", namespace="team", ca_pem="PEM"),
    ),
    reads=(
        Read(path="secret/data/shop/db", version=3),
        Read(path="pki/issue/shop", session=1, data=(("common_name", "shop.example"), ("ttl", "1h"))),
    ),
    outputs=(
        Output(directory="/volumes/0", name="db.env", mode="0444", format="env", annotation="file.omamori.dev/db.env"),
        Output(directory="/volumes/0", name="cost", mode="0400", key="price in $", decode="base64", optional=True),
        Output(directory="/volumes/1", name="tls", mode="0440", read=1, format="map"),
    ),
    warnings=("the image of checkout runs as an unknown user",),
    deadline_seconds=120,
)
WITH_TEMPLATES = GOLDEN.replace(
    templates=(
        Template(directory="/volumes/0", name="app.conf", mode="0400", text='[[ secret "kv/shop" ]]'),
        Template(directory="/volumes/1", name="proxy.conf", mode="0440", file="/templates/proxy.conf", session=1),
    )
)


@given(plans())
def test_a_plan_comes_back_from_its_json(plan: Plan) -> None:
    """Reading gives the Plan that was written; the text is ASCII without a `$`, which the kubelet would expand."""
    text = to_json(plan)

    assert from_json(text) == plan
    assert text.isascii()
    assert "$" not in text


@given(plans())
def test_equal_plans_give_equal_bytes(plan: Plan) -> None:
    """A Plan that is equal, also one read back, is written the same; otherwise every call would patch the Pod anew."""
    assert to_json(from_json(to_json(plan))) == to_json(plan)
    assert hash(from_json(to_json(plan))) == hash(plan)


def test_the_wire_format_is_the_golden_file() -> None:
    """A Plan with every kind of field is written as the golden file has it: agent images of older Pods read this."""
    golden = (FOLDER / "plan-v1.json").read_text()

    assert to_json(GOLDEN) + "\n" == golden
    assert from_json(golden) == GOLDEN


@pytest.mark.parametrize("count", [1, 2, 2.5, 4])
def test_a_long_plan_is_cut_into_parts(count: float) -> None:
    """Each part is of at most 100 KiB, and the parts in any order of the environment give the Plan."""
    plan = GOLDEN.replace(warnings=("w" * int(PART_BYTES * (count - 0.5)),))
    environment = to_environment(plan)

    assert all(len(part) <= PART_BYTES for part in environment.values())
    assert len(environment) == int(count + 0.5)
    assert from_environment({**dict(reversed(environment.items())), "PATH": "/bin"}) == plan


@pytest.mark.parametrize("lost", ["OMAMORI_PLAN", "OMAMORI_PLAN_2", "OMAMORI_PLAN_3"])
def test_a_lost_part_is_a_wrong_plan(lost: str) -> None:
    """A first, middle or last part that is not there is noticed."""
    environment = to_environment(GOLDEN.replace(warnings=("w" * 2 * PART_BYTES,)))
    assert list(environment) == ["OMAMORI_PLAN", "OMAMORI_PLAN_2", "OMAMORI_PLAN_3"]
    del environment[lost]

    with pytest.raises(PlanInvalid) as refused:
        from_environment(environment)

    assert refused.value.hint


@given(st.text() | ANY_JSON.map(json.dumps) | st.binary().map(lambda some: some.decode("latin-1")))
@example("[" * 100_000)
@example('{"plan":1,"deadline_seconds":' + "9" * 5000 + "}")
def test_any_text_gives_a_plan_or_plan_invalid(text: str) -> None:
    """No text makes the reader fail in any other way."""
    with suppress(PlanInvalid):
        from_json(text)


@given(st.data())
def test_any_json_in_any_field_gives_a_plan_or_plan_invalid(data: st.DataObject) -> None:
    """A right Plan with any JSON in the place of a field is read or refused."""
    document = json.loads(to_json(WITH_TEMPLATES))
    place: Any = document
    while True:
        step = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if not isinstance(place[step], dict | list) or not place[step] or data.draw(st.booleans()):
            break
        place = place[step]
    place[step] = data.draw(ANY_JSON)

    with suppress(PlanInvalid):
        from_json(json.dumps(document))


@pytest.mark.parametrize("case", read_cases("wrong-plans.json", 20), ids=lambda case: case["change"])
def test_what_is_wrong_is_named(case: dict[str, Any]) -> None:
    """The golden Plan with one change is refused, and the message names the field."""
    document = json.loads(to_json(WITH_TEMPLATES))
    *way, last = (int(each) if each.isdigit() else each for each in case["change"].split("."))
    place: Any = document
    for step in way:
        place = place[step]
    if "to" in case:
        place[last] = case["to"]
    else:
        del place[last]

    with pytest.raises(PlanInvalid) as refused:
        from_json(json.dumps(document))

    assert case["named"] in refused.value.message
