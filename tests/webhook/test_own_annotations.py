"""Our own grammar: the table of cases, and what holds for any text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.webhook.builders import pod
from tests.support.webhook.strategies import annotation_values, pods
from webhook.admission.annotations import parsers
from webhook.admission.annotations.grammar import ValueInvalid, parse_value
from webhook.admission.annotations.parse import INJECT, POD_WIDE, parse_annotations
from webhook.admission.annotations.pod_annotations import InjectionSpec
from webhook.admission.annotations.secrets import ENV_FROM_OPTIONS, FILE_OPTIONS, VARIABLE_OPTIONS
from webhook.admission.annotations.templates import TEMPLATE_OPTIONS
from webhook.admission.annotations.values import Position
from webhook.admission.problems import Rejected
from webhook.config.directories import parse_directory, parse_name
from webhook.config.row import Row

CASES = json.loads((Path(__file__).parents[1] / "cases/own-annotations.json").read_text())


def cases(kind: str) -> list[Any]:
    """Give the cases of a kind, of which there are some."""
    assert CASES[kind]
    return [pytest.param(case, id=case["why"]) for case in CASES[kind]]


@pytest.mark.parametrize("case", cases("accepted"))
def test_accepted(case: dict[str, Any]) -> None:
    """What the grammar allows becomes the InjectionSpec that the table says."""
    spec = parse_annotations(pod(case["annotations"]))

    assert spec is not None
    for found, expected in (
        *zip(spec.files, case["files"], strict=True),
        *zip(spec.variables, case.get("variables", []), strict=True),
        *zip(spec.variable_sets, case.get("variable_sets", []), strict=True),
        *zip(spec.templates, case.get("templates", []), strict=True),
    ):
        assert json.loads(json.dumps({name: _plain(getattr(found, name)) for name in expected})) == expected
    for name, value in case.get("spec", {}).items():
        assert json.loads(json.dumps(getattr(spec, name))) == value


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | tuple | bool) else str(value)


@pytest.mark.parametrize("case", cases("none"))
def test_nothing_asked(case: dict[str, Any]) -> None:
    """A Pod that does not speak our grammar gives None."""
    assert parse_annotations(pod(case["annotations"])) is None


@pytest.mark.parametrize("case", cases("refused"))
def test_refused(case: dict[str, Any]) -> None:
    """What is wrong is refused, with the annotation's name and what to write."""
    with pytest.raises(Rejected) as caught:
        parse_annotations(pod({"file.omamori.dev/good": "kv/good", **case["annotations"]}))

    (problem,) = caught.value.problems
    assert problem.where == case["where"]
    assert case["says"] in problem.what


def test_every_problem_is_listed() -> None:
    """All problems come at once: those of one value, and those of all annotations."""
    annotations = {
        "file.omamori.dev/a": "kv/a mode=9 optional=1 nothing=2",
        "file.omamori.dev/b": "//",
        "omamori.dev/role": "",
    }
    with pytest.raises(Rejected) as caught:
        parse_annotations(pod(annotations))

    assert [problem.where for problem in caught.value.problems] == [
        *["file.omamori.dev/a"] * 3,
        "file.omamori.dev/b",
        "omamori.dev/role",
    ]


def test_nothing_but_pod_wide_annotations() -> None:
    """A role alone asks for nothing, and the author is told."""
    spec = parse_annotations(pod({"omamori.dev/role": "r"}))

    assert spec is not None
    assert not spec.files
    assert "nothing is injected" in spec.warnings[0]


@given(pods())
def test_any_annotations(raw: dict[str, Any]) -> None:
    """Any annotations give an InjectionSpec, None, or problems; nothing else."""
    try:
        spec = parse_annotations(raw)
    except Rejected as rejected:
        assert rejected.problems
    else:
        assert spec is None or isinstance(spec, InjectionSpec)


@given(annotation_values())
def test_any_value(text: str) -> None:
    """Any text gives a reference and options, or our error."""
    try:
        value = parse_value(text)
    except ValueInvalid:
        return
    assert value.reference
    assert all(name for name, _ in value.options)


@pytest.mark.parametrize(
    "parse",
    [
        *(parsers.parse_boolean, parsers.parse_format, parsers.parse_encoding, parsers.parse_names, parsers.parse_mode),
        *(parse_name, parse_directory, parsers.parse_position, parsers.parse_user, parsers.parse_role),
        *(parsers.parse_resources, parsers.parse_vault, parsers.parse_delimiters),
    ],
)
@given(text=st.text(max_size=12) | st.text("0123456789.:/-=mMi", max_size=12) | st.sampled_from(["²", "٣", "/\ud800"]))
def test_any_option(parse: Any, text: str) -> None:
    """Each parser of an option gives a value for any text, or a ValueError with words."""
    try:
        parse(text)
    except ValueError as error:
        assert type(error) is ValueError or "quantity" in str(error)
        assert str(error)


def test_positions() -> None:
    """The four forms of a position."""
    assert parsers.parse_position("first") == Position("first")
    assert parsers.parse_position("last") == Position("last")
    assert parsers.parse_position("before:a") == Position("before", "a")
    assert parsers.parse_position("after:istio-proxy") == Position("after", "istio-proxy")


@pytest.mark.parametrize("value", ['"\\ud800"', '"\\u0000"', '"a\\udfffb"'])
def test_data_that_no_plan_can_carry(value: str) -> None:
    """Half of a surrogate pair and a NUL in a field of a call are refused here, and not by the program in the Pod."""
    with pytest.raises(Rejected) as caught:
        parse_annotations(pod({"file.omamori.dev/a": f"pki/issue/x#c data.a={value}"}))
    assert "data.a=" in caught.value.problems[0].what


@pytest.mark.parametrize(
    "row",
    [
        *POD_WIDE.values(),
        *FILE_OPTIONS.values(),
        *VARIABLE_OPTIONS.values(),
        *ENV_FROM_OPTIONS.values(),
        *TEMPLATE_OPTIONS.values(),
        INJECT,
    ],
)
def test_example_of_a_row(row: Row) -> None:
    """The example that the page shows is taken, and is another value than the default."""
    assert row.parse(row.example) != row.default
    assert row.meaning
