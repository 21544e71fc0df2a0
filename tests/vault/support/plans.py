"""Generated Plans, for properties."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from vault.contract import AUTH_KINDS, DECODINGS, FORMATS, Output, Plan, Read, Session

# what records.text takes: Unicode without a NUL
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12) | st.sampled_from(
    ["$", "$(HOME)", "$$", "${x}", '"', "\\", "é", "\U0001f512"]
)
_ASCII = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=12)
_NUMBERS = st.integers(0, 10**9 - 1)

_SESSIONS = st.builds(
    Session,
    **dict.fromkeys(set(Session.__slots__) - {"auth_kind", "namespace", "insecure"}, TEXTS),
    auth_kind=st.sampled_from(AUTH_KINDS),
    namespace=_ASCII,
    insecure=st.booleans(),
)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Any Plan that is right: its indices point to something."""
    sessions = draw(st.lists(_SESSIONS, min_size=1, max_size=3).map(tuple))
    reads = draw(st.lists(_reads(len(sessions)), max_size=4).map(tuple))
    outputs = draw(st.lists(_outputs(len(reads)), max_size=4).map(tuple)) if reads else ()
    warnings = draw(st.lists(TEXTS, max_size=2).map(tuple))
    return Plan(sessions=sessions, reads=reads, outputs=outputs, warnings=warnings, deadline_seconds=draw(_NUMBERS))


def _reads(sessions: int) -> st.SearchStrategy[Read]:
    pairs = st.lists(st.tuples(TEXTS, TEXTS), max_size=2).map(tuple)
    versions = st.none() | _NUMBERS
    return st.builds(Read, path=TEXTS, session=st.integers(0, sessions - 1), version=versions, data=pairs)


def _outputs(reads: int) -> st.SearchStrategy[Output]:
    fields: dict[str, st.SearchStrategy[Any]] = {
        **dict.fromkeys(("directory", "name", "annotation"), TEXTS),
        "key": st.none() | TEXTS,
        "mode": st.from_regex(r"0[0-7]{3}", fullmatch=True),
        "read": st.integers(0, reads - 1),
        "format": st.sampled_from(FORMATS),
        "decode": st.sampled_from(DECODINGS),
        "optional": st.booleans(),
    }
    return st.builds(Output, **fields)
