"""The table of vault agent's options: of each row what comes of a Pod whose configuration has it."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from tests.support.vault.configurations import changed, configured, problems, usual
from tests.vault.configuration.rows import ASKING, HONOURED, WRONG, Seen
from vault.agent.configuration import values
from vault.agent.configuration.options import HONOURED as IS_HONOURED
from vault.agent.configuration.options import REFUSED, WARNED, Option
from vault.agent.configuration.table import BLOCKS, OPTIONS, ROWS


def _check_place(finding: str, document: dict[str, Any], row: Option) -> None:
    """A finding has the words of its row behind the option, and the number of a line that has it."""
    place, _, words = finding.partition(": ")
    assert words == f"{row.name}: {row.words}"
    line = json.dumps(document, indent=1).split("\n")[int(place.removeprefix("config.hcl line ")) - 1]
    assert f'"{row.name.rpartition(".")[2]}"' in line


def test_all_of_them() -> None:
    """There are so many of each kind; the tests below have each, and each is in a block that there is."""
    assert len(OPTIONS) == len(ROWS) == 90
    assert Counter(each.fate for each in ROWS) == {IS_HONOURED: 24, WARNED: 52, REFUSED: 14}
    assert [each.name for each in ROWS if each.fate == IS_HONOURED] == [name for name, *_ in HONOURED]
    for name in (*OPTIONS, *BLOCKS):
        assert name.rpartition(".")[0] in {"", *BLOCKS}
        assert name not in OPTIONS or name not in BLOCKS


@pytest.mark.parametrize(("name", "value", "seen", "expected", "others"), HONOURED, ids=[each[0] for each in HONOURED])
def test_honoured(name: str, value: Any, seen: Seen, expected: Any, others: dict[str, Any]) -> None:
    """It does what it says, and nothing is said of it."""
    document = usual()
    for other, text in others.items():
        changed(other, text, document)
    plan, warnings = configured(changed(name, value, document))
    assert seen(plan) == expected
    assert warnings == ()
    assert plan.configurations == ()


@pytest.mark.parametrize("row", [each for each in ROWS if each.fate == WARNED], ids=lambda row: row.name)
def test_warned(row: Option) -> None:
    """It is accepted, and the log says what omamori does instead; nothing where it asks for that, or for nothing."""
    document = changed(row.name, ASKING.get(row.name, "x"))
    plan, warnings = configured(document)
    (warning,) = warnings
    _check_place(warning, document, row)
    usually = configured(usual())[0]
    assert [each.replace(annotation="") for each in plan.templates] == [
        each.replace(annotation="") for each in usually.templates
    ]
    for harmless in (*row.harmless, *([""] if row.parse is values.parse_anything else [])):
        assert harmless is None or configured(changed(row.name, harmless))[1] == ()


@pytest.mark.parametrize("row", [each for each in ROWS if each.fate == REFUSED], ids=lambda row: row.name)
def test_refused(row: Option) -> None:
    """It is refused with the reason, and its place; not where it asks for what is so anyway."""
    document = changed(row.name, ASKING.get(row.name, "x"))
    (problem,) = problems(document)
    _check_place(problem, document, row)
    for harmless in row.harmless:
        assert configured(changed(row.name, list(harmless) if harmless == () else harmless))[1] == ()


@pytest.mark.parametrize("name", WRONG)
def test_wrong_values(name: str) -> None:
    """What its parser does not take, or what cannot be here, is refused, and names the option."""
    for value in WRONG[name]:
        document = usual()
        if "_id_file_path" in name:
            changed("auto_auth.method.type", "approle", document)
            if "secret" in name:
                changed("auto_auth.method.config.role_id_file_path", "/vault/custom/role-id", document)
        if name == "template.source":
            changed("template.contents", None, document)
        found = problems(changed(name, {} if value is type(None) else value, document))
        assert any(f": {name}: " in each or "template: has to have" in each for each in found), (value, found)


def test_each_parser_has_a_wrong_value() -> None:
    """Every parser that takes not any value has one that it refuses."""
    parsers = {row.parse for row in ROWS} - {values.parse_anything}
    assert {OPTIONS[name].parse for name in WRONG} == parsers


@pytest.mark.parametrize(
    "name", ["nope", "auto_auth.nope", "auto_auth.sink.config.nope", "template.nope", "vault.retry.nope"]
)
def test_no_row(name: str) -> None:
    """An option that the table does not have is refused by its name: nothing is passed over in silence."""
    (problem,) = problems(changed(name, 1))
    assert problem.endswith(f": {name}: omamori knows no such option of vault agent; take it out")
