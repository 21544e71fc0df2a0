"""Webhook and agent of different releases: a Plan is read as it was meant, or refused with what is missing.

Webhook and agent are updated one after the other, and a Pod keeps its Plan for as long as it lives. The Plans in
tests/cases are those of version 1 and are not changed: a field that is new has a default, and they lack it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.vault.cases import FOLDER
from tests.support.vault.program import one_file, run_program
from tests.support.vault.server import VaultServer
from vault.contract.errors import PlanInvalid
from vault.contract.plan import EnvFile, Output, Plan, Read, Session, Template, Variable, VariableSet
from vault.contract.values import Value
from vault.contract.wire import from_environment, from_json, to_json

FULL = "plan-v1-full.json"
LEAST = "plan-v1-least.json"
RECORDS: dict[str, type[Value]] = {
    "sessions": Session,
    "reads": Read,
    "outputs": Output,
    "env_files": EnvFile,
    "templates": Template,
}


def _document(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((FOLDER / name).read_text())
    return document


def _plain(value: object) -> Any:
    """Give a value as JSON has it, with every field."""
    if isinstance(value, Value):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, tuple) else value


def _is_in(written: Any, read: Any) -> bool:
    """Whether everything that is written is read; what is not written may be there."""
    if isinstance(written, dict):
        return all(_is_in(each, read[name]) for name, each in written.items())
    if isinstance(written, list):
        return len(written) == len(read) and all(map(_is_in, written, read))
    return bool(written == read)


def test_a_plan_with_every_field_is_read() -> None:
    """The golden Plan of version 1 has each field that there is, and each is read as it stands there."""
    document = _document(FULL)
    plan = from_json(json.dumps(document))

    del document["plan"]
    assert set(document) == set(Plan.__slots__)
    inner = {
        place: [each for file in document["env_files"] for each in file.get(place, [])]
        for place in ("variables", "sets")
    }
    kinds: dict[str, type[Value]] = {**RECORDS, "variables": Variable, "sets": VariableSet}
    for place, kind in kinds.items():
        named = [set(each) for each in inner.get(place) or document[place]]
        assert set.union(*named) == set(kind.__slots__), place
    assert _is_in(document, _plain(plan))


def test_a_plan_of_an_older_webhook_is_read() -> None:
    """A Plan without a single optional field, as a webhook writes that does not know them, means the defaults."""
    plan = from_json((FOLDER / LEAST).read_text())

    session = Session(vault="main", address="https://vault:8200", role="shop.checkout", token_file="/var/run/token")
    output = Output(directory="/volumes/0", name="db.env", mode="0444")
    assert plan == Plan(sessions=(session,), reads=(Read(path="secret/data/shop/db"),), outputs=(output,))
    assert json.loads(to_json(plan)) == _document(LEAST)


@pytest.mark.parametrize("name", ["plan-v1.json", FULL, LEAST])
def test_what_is_written_now_is_what_the_older_agent_reads(name: str) -> None:
    """A Plan of version 1 is written with no field that its golden file lacks, but for defaults that it spells out."""
    document = _document(name)
    written = json.loads(to_json(from_json(json.dumps(document))))

    assert written["plan"] == document["plan"]
    assert _is_in(written, document)


FUTURE: list[tuple[list[str | int], str]] = [
    ([], "a field refresh"),
    (["sessions", 0], "a field sessions[0].refresh"),
    (["reads", 0], "a field reads[0].refresh"),
    (["outputs", 1], "a field outputs[1].refresh"),
    (["env_files", 0], "a field env_files[0].refresh"),
    (["env_files", 0, "variables", 1], "a field env_files[0].variables[1].refresh"),
    (["env_files", 0, "sets", 0], "a field env_files[0].sets[0].refresh"),
]


@pytest.mark.parametrize(("place", "words"), FUTURE)
def test_a_field_of_the_future_is_refused_by_name(place: list[str | int], words: str) -> None:
    """A field that this program does not know is named, and the hint says to update the agent image."""
    document = _document(FULL)
    inner: Any = document
    for step in place:
        inner = inner[step]
    inner["refresh"] = "1m"

    with pytest.raises(PlanInvalid) as refused:
        from_json(json.dumps(document))

    assert words in refused.value.message
    assert "OMAMORI_AGENT_IMAGE" in refused.value.hint


@pytest.mark.parametrize(
    ("field", "value"), [("format", "template"), ("decode", "base85"), ("auth_kind", "ldap"), ("mode", "inherit")]
)
def test_a_value_of_the_future_is_refused_with_the_same_hint(field: str, value: str) -> None:
    """A format, decoding or login that this program does not know is a matter of releases, too."""
    document = _document(FULL)
    document["sessions" if field == "auth_kind" else "outputs"][0][field] = value

    with pytest.raises(PlanInvalid) as refused:
        from_json(json.dumps(document))

    assert field in refused.value.message
    assert "OMAMORI_AGENT_IMAGE" in refused.value.hint


def test_the_version_of_the_future_is_refused() -> None:
    """A Plan of another version is refused by its number, with the same hint."""
    with pytest.raises(PlanInvalid, match="version 2") as refused:
        from_environment({"OMAMORI_PLAN": json.dumps({**_document(LEAST), "plan": 2})})

    assert "OMAMORI_AGENT_IMAGE" in refused.value.hint


def test_the_program_says_what_is_missing(vault_server: VaultServer, directory: Path) -> None:
    """The program ends with 2 before it asks Vault for anything, and its last words have the field and the hint."""
    document = json.loads(to_json(one_file(vault_server.session(), directory, "secret/data/shop/db")))
    document["outputs"][0]["refresh"] = "1m"

    finished = run_program({"OMAMORI_PLAN": json.dumps(document)})

    assert (finished.code, finished.last["reason"]) == (2, "plan-invalid")
    assert "outputs[0].refresh" in finished.last["message"]
    assert "OMAMORI_AGENT_IMAGE" in finished.last["hint"]
    assert list(directory.iterdir()) == []


def test_the_program_reads_the_plan_of_an_older_webhook(vault_server: VaultServer, directory: Path) -> None:
    """Without optional fields the program does what they default to."""
    document = json.loads(to_json(one_file(vault_server.session(), directory, "secret/data/shop/db", key="username")))
    assert set(document["outputs"][0]) == {"directory", "name", "mode", "key", "annotation"}
    del document["outputs"][0]["annotation"]
    del document["deadline_seconds"]

    assert run_program({"OMAMORI_PLAN": json.dumps(document)}).code == 0
    assert (directory / "out").read_bytes() == b"shop"
