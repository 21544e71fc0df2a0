"""The parts of templates in the agent, by properties: any argument gives a value or a Fault, and no Fault shows it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.canary import Canary
from vault.agent.fetch import Fetched
from vault.agent.render.templates.calls import list_of, read_of
from vault.agent.render.templates.chance import Replay
from vault.agent.render.templates.secret import as_names, as_pems, as_secret
from vault.agent.render.templates.written import Written
from vault.agent.secret import Secret
from vault.contract.kv_paths import data_path, list_path
from vault.contract.plan import Template
from vault.gotemplate.errors import Fault
from vault.gotemplate.limits import Budget, Limits

PIECES = st.sampled_from(
    [b"kv", b"data", b"/", b"//", b"..", b".", b"?version=", b"3", b"%2F", b"%", b"#", b" ", b"\xff"]
)
ARGUMENTS = st.lists(PIECES | st.binary(max_size=4), max_size=6).map(b"".join)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
TEMPLATE = Template(directory="/omamori/x", name="own", mode="0400", text="x", seen_at="/vault/secrets")


@given(st.lists(ARGUMENTS, min_size=1, max_size=4).map(tuple), st.sampled_from(["secret", "pkiCert"]))
def test_any_call_is_a_read_or_a_fault(arguments: tuple[bytes, ...], function: str) -> None:
    """A path that is read is one that Vault can have: no empty segment, no dots, and no slash at its ends."""
    with suppress(Fault):
        read = read_of(function, arguments, 0, allows_short_lease=False)
        assert all(each not in ("", ".", "..") for each in read.path.split("/"))
        assert read.call == read.replace(data=tuple(reversed(read.data))).call
    with suppress(Fault):
        assert list_of(arguments[0], 0).path.endswith("/")


@pytest.mark.parametrize(
    "arguments",
    [("{}//b",), ("{}#a",), ("{}?x={}",), ("{}%",), ("a", "{}"), ("a?version=1", "b={}"), ("{}/../x",)],
)
def test_a_fault_does_not_show_its_argument(arguments: tuple[str, ...]) -> None:
    """A template may put a path together from anything."""
    canary = Canary.plain()
    with pytest.raises(Fault) as refused:
        read_of(
            "secret",
            tuple(each.format(canary.value, canary.value).encode() for each in arguments),
            0,
            allows_short_lease=False,
        )
    assert canary.value not in str(refused.value)


@given(st.dictionaries(st.sampled_from(["keys", "certificate", "private_key", "ca_chain", "issuing_ca", "a"]), JSON))
def test_any_answer_is_a_value_or_a_fault(data: dict[str, Any]) -> None:
    """Whatever an engine gives."""
    fetched = Fetched(values=Secret(data), document=Secret({"data": data, "lease_duration": "x"}))
    for make in (as_names, as_pems, as_secret):
        with suppress(Fault):
            make(fetched)


@given(ARGUMENTS, st.binary(max_size=5), st.lists(st.binary(max_size=5), max_size=3))
def test_what_is_written_is_below_the_directory(path: bytes, mode: bytes, more: list[bytes]) -> None:
    """Or refused: never a name with dots, never a mode beyond 0777."""
    written = Written(TEMPLATE)
    with suppress(Fault):
        written.write(Budget(Limits(), lambda: False), b"/vault/secrets/" + path, b"", b"", mode, *more)
    for file in written.files():
        assert not any(each in ("", ".") or each.startswith("..") for each in file.name.split("/"))
        assert 0 <= file.mode <= 0o777


@given(st.lists(st.none() | st.integers(1, 16), max_size=8))
def test_what_was_drawn_is_drawn_again(draws: list[int | None]) -> None:
    """Until the run has come to its end; then it is drawn anew."""
    counter = iter(range(10**6))
    replay = Replay(lambda count: next(counter).to_bytes(4, "big") * count, lambda: next(counter))

    def run() -> list[object]:
        replay.rewind()
        return [replay.now() if each is None else replay.bytes(each) for each in draws]

    first = run()
    assert run() == first
    replay.forget()
    assert not draws or run() != first


SEGMENTS = st.lists(st.sampled_from(["a", "data", "metadata", "subkeys", "b"]), max_size=4).map("/".join)


@given(SEGMENTS, st.sampled_from(["kv/", "team/kv/", "data/"]))
def test_a_full_path_stays(within: str, mount: str) -> None:
    """Completing a path twice is completing it once."""
    path = f"{mount}{within}".removesuffix("/")
    full = data_path(path, mount)
    assert full.startswith(mount)
    if full.removeprefix(mount) not in ("data", "metadata", "subkeys"):
        assert data_path(full, mount) == full
    assert list_path(list_path(path, mount), mount) == list_path(path, mount)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("function", ["path", "blocks", "name"])
def test_what_is_large_is_refused_or_done_at_once(function: str) -> None:
    """A megabyte that would take minutes if each piece copied the rest: the test's own limit says so."""
    if function == "path":
        with pytest.raises(Fault, match="more than 2048 bytes"):
            read_of("secret", (b"%41" * 350_000,), 0, allows_short_lease=False)
    if function == "blocks":
        tiny = "-----BEGIN A-----\n-----END A-----\n" * 30_000
        with pytest.raises(Fault, match="no certificate"):
            as_pems(Fetched(values=Secret({"certificate": tiny, "issuing_ca": tiny})))
    if function == "name":
        with pytest.raises(Fault, match="more than 4096 bytes"):
            Written(TEMPLATE).write(
                Budget(Limits(), lambda: False), b"/vault/secrets/" + b"a/" * 500_000 + b"a", b"", b"", b"0400", b"x"
            )
