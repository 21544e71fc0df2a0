"""Generated Plans, for properties."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from vault.contract.names import POD_FIELDS
from vault.contract.plan import (
    AUTH_KINDS,
    DECODINGS,
    ENCODINGS,
    ENV_FILE_KINDS,
    FORMATS,
    KEY_STORES,
    MISSING_KEYS,
    MODES,
    ON_CHANGE,
    OWN_AUTH_KINDS,
    SIGNALS,
    VARIABLE_FORMATS,
    AwsLogin,
    Configuration,
    EnvFile,
    Output,
    Plan,
    Read,
    Session,
    Template,
    Variable,
    VariableSet,
)

# what records.text takes: Unicode without a NUL
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12) | st.sampled_from(
    ["$", "$(HOME)", "$$", "${x}", '"', "\\", "é", "\U0001f512"]
)
_ASCII = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=12)
_NUMBERS = st.integers(0, 10**9 - 1)
_TEXT_LISTS = st.lists(TEXTS, max_size=2).map(tuple)

_ONLY_ASCII = ("identity_host", "region", "server_id")
_AWS = st.builds(AwsLogin, **{each: _ASCII if each in _ONLY_ASCII else TEXTS for each in AwsLogin.__slots__})
_SESSIONS = st.builds(
    Session,
    **dict.fromkeys(set(Session.__slots__) - {"auth_kind", "namespace", "insecure", "aws"}, TEXTS),
    aws=st.none() | _AWS,
    auth_kind=st.sampled_from((*AUTH_KINDS, *OWN_AUTH_KINDS)),
    namespace=_ASCII,
    insecure=st.booleans(),
)

_PAIRS = st.lists(st.tuples(TEXTS, TEXTS), max_size=2).map(tuple)
_CONFIGURATIONS = st.builds(
    Configuration,
    files=st.lists(TEXTS, max_size=2).map(tuple),
    volumes=_PAIRS,
    sources=_PAIRS,
    app_role_directory=TEXTS,
    annotation=TEXTS,
)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Any Plan that is right: its indices point to something."""
    sessions = draw(st.lists(_SESSIONS, min_size=1, max_size=3).map(tuple))
    reads = draw(st.lists(_reads(len(sessions)), max_size=4).map(tuple))
    outputs = draw(st.lists(_outputs(len(reads)), max_size=4).map(tuple)) if reads else ()
    env_files = draw(st.lists(_env_files(len(reads)), max_size=2).map(tuple))
    return Plan(
        sessions=sessions,
        reads=reads,
        outputs=outputs,
        env_files=env_files,
        templates=draw(st.lists(_templates(len(sessions)), max_size=2).map(tuple)),
        warnings=draw(st.lists(TEXTS, max_size=2).map(tuple)),
        deadline_seconds=draw(_NUMBERS),
        mode=draw(st.sampled_from(MODES)),
        state_directory=draw(TEXTS),
        first_seconds=draw(_NUMBERS),
        stays=draw(st.booleans()),
        refresh_seconds=draw(_NUMBERS),
        on_change=draw(st.sampled_from(ON_CHANGE)),
        signal=draw(st.sampled_from(("", *SIGNALS))),
        process=draw(TEXTS),
        configurations=draw(st.lists(_CONFIGURATIONS, max_size=1).map(tuple)),
    )


def _reads(sessions: int) -> st.SearchStrategy[Read]:
    pairs = st.lists(st.tuples(TEXTS, TEXTS), max_size=2).map(tuple)
    versions = st.none() | _NUMBERS
    return st.builds(
        Read,
        path=TEXTS,
        session=st.integers(0, sessions - 1),
        version=versions,
        data=pairs,
        allows_short_lease=st.booleans(),
        login=st.booleans(),
        pod_fields=st.lists(st.sampled_from(POD_FIELDS), max_size=2).map(tuple),
    )


def _templates(sessions: int) -> st.SearchStrategy[Template]:
    sources = st.tuples(TEXTS.filter(bool), st.booleans()).map(
        lambda drawn: {"file" if drawn[1] else "text": drawn[0]},
    )
    return st.builds(
        lambda source, **fields: Template(**source, **fields),
        source=sources,
        **dict.fromkeys(("directory", "name", "left", "right", "seen_at", "annotation"), TEXTS),
        mode=st.sampled_from(["0400", "0440"]),
        session=st.integers(0, sessions - 1),
        missing_key=st.sampled_from(MISSING_KEYS),
        allows_short_lease=st.booleans(),
        optional=st.booleans(),
    )


def _outputs(reads: int) -> st.SearchStrategy[Output]:
    fields: dict[str, st.SearchStrategy[Any]] = {
        **dict.fromkeys(("directory", "name", "annotation"), TEXTS),
        "key": st.none() | TEXTS,
        **dict.fromkeys(("pointer", "keys"), _TEXT_LISTS),
        "renames": st.lists(st.tuples(TEXTS, TEXTS), max_size=2).map(tuple),
        **dict.fromkeys(("prefix", "section"), TEXTS),
        "upper": st.booleans(),
        "mode": st.from_regex(r"0[0-7]{3}", fullmatch=True),
        "read": st.integers(0, reads - 1),
        "format": st.sampled_from(FORMATS),
        "decode": st.sampled_from(DECODINGS),
        "optional": st.booleans(),
    }
    passwords: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
        {"password_read": st.integers(0, reads - 1), "password_key": TEXTS, "password_pointer": _TEXT_LISTS}
    )
    return st.builds(Output, **fields).flatmap(
        lambda made: passwords.map(lambda more: made.replace(**more)) if made.format in KEY_STORES else st.just(made)
    )


def _env_files(reads: int) -> st.SearchStrategy[EnvFile]:
    fields: dict[str, st.SearchStrategy[Any]] = {
        **dict.fromkeys(("directory", "name"), TEXTS),
        "mode": st.from_regex(r"0[0-7]{3}", fullmatch=True),
        "kind": st.sampled_from(ENV_FILE_KINDS),
        "variables": st.lists(_variables(reads), max_size=3).map(tuple) if reads else st.just(()),
        "has_check": st.booleans(),
    }
    files = st.builds(EnvFile, **fields)
    if not reads:
        return files
    sets = st.lists(_variable_sets(reads), max_size=2).map(tuple)
    return st.builds(
        lambda file, sets, declared: file.replace(sets=sets, declared=declared) if file.kind == "launcher" else file,
        files,
        sets,
        _TEXT_LISTS,
    )


def _variable_sets(reads: int) -> st.SearchStrategy[VariableSet]:
    fields: dict[str, st.SearchStrategy[Any]] = {
        **dict.fromkeys(("prefix", "annotation"), TEXTS),
        "key": st.none() | TEXTS,
        "read": st.integers(0, reads - 1),
        **dict.fromkeys(("pointer", "keys"), _TEXT_LISTS),
        "renames": _PAIRS,
        **dict.fromkeys(("upper", "optional"), st.booleans()),
    }
    return st.builds(VariableSet, **fields)


def _variables(reads: int) -> st.SearchStrategy[Variable]:
    fields: dict[str, st.SearchStrategy[Any]] = {
        **dict.fromkeys(("name", "annotation"), TEXTS),
        "key": st.none() | TEXTS,
        "read": st.integers(0, reads - 1),
        "format": st.sampled_from(VARIABLE_FORMATS),
        "pointer": _TEXT_LISTS,
        "decode": st.sampled_from(DECODINGS),
        "encode": st.sampled_from(ENCODINGS),
        "optional": st.booleans(),
    }
    return st.builds(Variable, **fields)
