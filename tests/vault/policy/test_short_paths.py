"""Paths of templates in an access file: what is granted is what the agent asks for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from vault.agent.api.mounts import Mount as AgentMount
from vault.agent.api.short_paths import full_path
from vault.places import Place
from vault.policy.authoring.short_paths import ShortPaths
from vault.policy.files.model import Mount

MOUNTS = {
    path: Mount(path, "kv", version, has_leases=False, place=Place("test"))
    for path, version in (("secret", 2), ("team/kv", 2), ("plain", 1))
}
_AS_ASKED = [AgentMount(kind="kv", path=f"{path}/", kv_version=each.version or 0) for path, each in MOUNTS.items()]
SESSION: Any = SimpleNamespace(mounts=_AS_ASKED)

NAMES = st.sampled_from(["data", "metadata", "subkeys", "a", "data2", "b c"])
REST = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
PATHS = st.builds("{}/{}".format, st.sampled_from(sorted(MOUNTS)), REST)


@given(PATHS)
def test_reads_and_writes(path: str) -> None:
    """A path of a read or a write is expanded as the agent does it."""
    short = ShortPaths(reads=frozenset({path}), writes=frozenset({path}), watched=frozenset({path}))
    found = short.expanded(MOUNTS)

    asked, _ = full_path(SESSION, path)
    assert found.reads == found.writes == found.watched == {asked}


@given(PATHS | st.sampled_from(sorted(MOUNTS)))
def test_lists(path: str) -> None:
    """A path of a list, too; a policy may have it without the slash at its end, but for the top of a mount."""
    (granted,) = ShortPaths(lists=frozenset({path})).expanded(MOUNTS).lists

    asked, _ = full_path(SESSION, f"{path}/")
    assert granted.removesuffix("/") == asked.removesuffix("/")
    assert granted.endswith("/") == (asked in {"plain/", "secret/metadata/", "team/kv/metadata/"})


def test_what_may_be_meant_otherwise() -> None:
    """Of a guessed mount of KV version 1 it is said; of one that a Vault told, and of other engines, it is not."""
    short = ShortPaths(reads=frozenset({"plain/a", "secret/a", "pki/issue/a"}), lists=frozenset({"plain"}))

    notes = list(short.notes({**MOUNTS, "pki": Mount("pki", "pki", None, has_leases=False, place=Place("test"))}))
    assert [note.partition(";")[0] for note in notes] == ["a template names plain", "a template names plain/a"]
    assert not list(short.notes({}))
