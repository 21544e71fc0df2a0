"""The property that a policy allows what was granted, and nothing else; for any server."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.support.vault.access import Ground
from tests.support.vault.rights import rights
from tests.support.vault.server import VaultServer
from vault.policy.desired.resources import wanted_entries
from vault.policy.files.model import Access, Operation
from vault.policy.offline.evaluate import judge

_SEGMENT = st.sampled_from(["a", "ab", "b", "a.b", "é"])
_PATTERN_SEGMENT = st.sampled_from(["a", "ab", "b", "+", "a.b", "é"])
_OPERATIONS = st.sets(st.sampled_from(["read", "watch", "list", "create", "update", "patch", "delete"]), min_size=1)


def _path(root: str, segments: list[str], end: str) -> str:
    return "/".join([root, *segments]) + end


PATTERNS = st.builds(
    _path,
    st.sampled_from(["PATH", "META"]),
    st.lists(_PATTERN_SEGMENT, min_size=1, max_size=3),
    st.sampled_from(["", "", "*", "/*"]),
).filter(lambda path: not path.endswith("+*"))  # which Vault refuses
PATHS = st.builds(
    _path, st.sampled_from(["PATH", "META"]), st.lists(_SEGMENT, min_size=1, max_size=4), st.sampled_from(["", "", "/"])
)


@st.composite
def grants(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a grant of some paths, which overlap more often than not."""
    paths = {}
    for pattern in draw(st.lists(PATTERNS, min_size=1, max_size=6, unique=True)):
        operations = draw(_OPERATIONS)
        if pattern.startswith("META"):
            operations -= {"watch"}
        paths[pattern] = sorted(operations) or ["read"]
    account = draw(st.sampled_from(["checkout", "mail"]))
    return {"workload": {"namespace": "shop", "serviceAccount": account}, "paths": paths}


def assert_exact(server: VaultServer, ground: Ground, granted: dict[str, Any], paths: list[str]) -> None:
    """Apply a grant; what its policy allows at the paths is what the files allow, by asking and by doing."""
    access = ground.access([granted])
    outcome = ground.apply(access, prune=True)
    assert outcome.failure is None
    (policy,) = (entry.path.rpartition("/")[2] for entry in wanted_entries(access) if entry.kind == "policy")
    # the patterns themselves are paths, too: siblings of what they match
    beside = {path.rstrip("*") + "x" for path in ground.paths(granted["paths"])}
    asked = sorted({ground.path(path) for path in paths} | beside)
    words_at = {path: allowed(access, path) for path in asked}

    with rights(server, [policy]) as token:
        assert token.capabilities(asked) == words_at
        for path, words in words_at.items():
            name = path.rstrip("/")
            if name == path:
                assert token.may("GET", path) is ("read" in words), path
                assert token.may("DELETE", path) is ("delete" in words), path
            # about LIST the question misleads: a request has a '/' at its end
            assert token.may("LIST", name) is ("list" in allowed(access, f"{name}/")), f"LIST {name}"


def allowed(access: Access, path: str) -> set[str]:
    """What the files allow at a path, to the one grant there is."""
    (grant,) = access.grants
    operations: tuple[Operation, ...] = ("create", "read", "update", "patch", "delete", "list")
    return {each for each in operations if judge(access, grant, each, path).is_allowed}
