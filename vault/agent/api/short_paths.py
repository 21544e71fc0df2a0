"""The paths of templates, by the rules of Consul-Template: `data/` of a KV version 2 mount may be left out.

    secret "secret/shop/db"     is a read of secret/data/shop/db
    secrets "secret/shop"       is a list of secret/metadata/shop/

What begins with data/, metadata/ or subkeys/ behind the mount is an API path already. Vault is asked for the mount,
once for each; where it does not say, the path is taken as it is.
"""

from __future__ import annotations

from vault.agent.api.mounts import Mount, ask_mount

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.agent.api.session import Session

_OF_THE_API = ("data", "metadata", "subkeys")


def full_path(session: Session, path: str) -> tuple[str, bool]:
    """Return the API path, and whether it is in a KV version 2 mount. Raises what `Session.call` raises."""
    mount = _mount_of(session, path)
    if mount.kv_version != 2 or not mount.path:  # noqa: PLR2004
        return path, False
    lists = path.endswith("/")
    within = path.removeprefix(mount.path).removesuffix("/")
    first = within.partition("/")[0]
    if lists:
        within = within if first == "metadata" else f"metadata/{within}"
        return f"{mount.path}{within.removesuffix('/')}/", True
    is_full = first in _OF_THE_API and first != within
    return f"{mount.path}{within}" if is_full else f"{mount.path}data/{within}".removesuffix("/"), True


def _mount_of(session: Session, path: str) -> Mount:
    """Return the mount of a path. No mount is within another, so that its beginning is enough to know it again."""
    for mount in session.mounts:
        if path.startswith(mount.path):
            return mount
    mount = ask_mount(session, path.removesuffix("/"))
    if mount.path:
        session.mounts.append(mount)
    return mount
