"""Rule: what a person can do about a refusal; one line for each, with the names that Vault's operator knows."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault import contract
    from vault.injector.answers import Answer


def login_hint(plan: contract.Session, answer: Answer) -> str:
    """What to do about a login that is refused."""
    mount = f"auth/{plan.auth_mount}"
    role = f"{mount}/role/{plan.role}"
    clocks = "the token is dated by the API server's clock: compare it with Vault's"
    known = {
        "invalid role name": f"write the role {role}",
        "could not be found": f"write the role {role}",
        "audience": f"the role {role} must have the audience that omamori's settings give this Vault (_AUDIENCE)",
        "not yet valid": clocks,
        "is expired": clocks,
        "not authorized": f"bind this ServiceAccount and its namespace in {role}",
    }
    for words, hint in known.items():
        if words in answer.words:
            return hint
    if answer.status == 404:  # noqa: PLR2004
        return f"enable the auth method at {mount}, or set this Vault's _AUTH_MOUNT in omamori's settings"
    if answer.words == "permission denied":
        return (
            f"is an auth method enabled at {mount}? Vault says the same where it cannot reach the API server to review "
            "the token, or may not (its kubernetes_host and CA, the reviewer's right system:auth-delegator); "
            f"else compare {role} with the Pod's namespace, ServiceAccount and audience"
        )
    return f"compare {role} with the Pod's namespace, ServiceAccount and audience"


def refused_hint(plan: contract.Session, path: str, kv_version: int, *, writes: bool) -> str:
    """What to do about a path that is refused. `kv_version` is the mount's, 0: unknown or no KV."""
    if kv_version == 2 and "data" not in path.split("/")[1:]:  # noqa: PLR2004
        return f"this is KV version 2: write MOUNT/data/NAME instead of {path}"
    capability = "update" if writes else "read"
    return f'give a policy of the role {plan.role}: path "{path}" {{ capabilities = ["{capability}"] }}'


def absent_hint(path: str, kv_version: int) -> str:
    """What to do about a path that holds nothing."""
    if kv_version == 2:  # noqa: PLR2004
        if "data" not in path.split("/")[1:]:
            return f"this is KV version 2: write MOUNT/data/NAME instead of {path}"
        return "write the secret, or undelete its version; optional=true lets the Pod start without it"
    return "write the secret, or mend the path (a KV version 2 path has data/ after its mount)"
