"""Find rules of policies that give more than they say, or nothing at all.

Whoever may write a policy of its own can give itself everything in Vault, as root can. Whoever reviews a rule that
names a path of sys/ with sudo sees what it gives; by a wildcard, or by the right to write policies, that is not said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from vault.policy.files.model import Mount
from vault.policy.files.paths import find_mount, kv2_problem, shape_problem

_KV2 = 2
_POLICIES = ("sys/policies/acl", "sys/policy")
_WRITES = {"create", "update", "patch"}


def power_of(path: str, capabilities: Iterable[str]) -> str:
    """Return what a rule gives without saying so, or ""."""
    given = set(capabilities)
    if "deny" in given:
        return ""
    if given & _WRITES and any(_names_policy(path, folder) for folder in _POLICIES):
        return "may write policies, and so give itself everything in Vault, as root"
    if "sudo" in given and _reaches(path, "sys") and not path.removeprefix("/").startswith("sys/"):
        return "has sudo on sys/ by its wildcard; name the paths"
    return ""


def never_matches(path: str, mounts: Mapping[str, Mount]) -> str:
    """Return why a rule of a raw policy matches no call, or another one than it seems, or ""."""
    path = path.removeprefix("/")  # as Vault does
    if "{{" in path:
        return ""
    mount = find_mount(path, mounts)
    problem = shape_problem(path)
    return problem or (kv2_problem(path, mount) if mount is not None and mount.version == _KV2 else "")


def _names_policy(path: str, folder: str) -> bool:
    """Whether a pattern matches a policy in a folder of them; a policy's name has no '/'."""
    return _reaches(path, folder) and path.removeprefix("/").count("/") <= folder.count("/") + 1


def _reaches(pattern: str, folder: str) -> bool:
    """Whether a pattern matches anything in a folder."""
    is_prefix = pattern.endswith("*")
    given = pattern.removeprefix("/").removesuffix("*").split("/")
    wanted = folder.split("/")
    for number, segment in enumerate(wanted):
        if is_prefix and number == len(given) - 1:
            return segment.startswith(given[number])
        if number >= len(given) or given[number] not in {"+", segment}:
            return False
    return len(given) > len(wanted)
