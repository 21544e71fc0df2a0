"""The API paths of templates: the rule is in vault/contract/kv_paths.py, the mount is asked of Vault, once for each.

Where Vault does not say, a path is taken as it is. (`omamori policy suggest` takes the mounts of an access file.)
"""

from __future__ import annotations

from vault.agent.api.mounts import Mount, ask_mount
from vault.contract.kv_paths import data_path, list_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.agent.api.session import Session


def full_path(session: Session, path: str) -> tuple[str, bool]:
    """Return the API path, and whether it is in a KV version 2 mount. Raises what `Session.call` raises."""
    mount = _mount_of(session, path)
    if mount.kv_version != 2 or not mount.path:  # noqa: PLR2004
        return path, False
    if path.endswith("/"):
        return f"{list_path(path.removesuffix('/'), mount.path)}/", True
    return data_path(path, mount.path), True


def _mount_of(session: Session, path: str) -> Mount:
    """Return the mount of a path. No mount is within another, so that its beginning is enough to know it again."""
    for mount in session.mounts:
        if f"{path}/".startswith(mount.path):
            return mount
    mount = ask_mount(session, path.removesuffix("/"))
    if mount.path:
        session.mounts.append(mount)
    return mount
