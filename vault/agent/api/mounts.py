"""Look up mounts with sys/internal/ui/mounts/PATH, which any token with access to the path may call."""

from __future__ import annotations

from vault.agent.api.session import Request
from vault.contract.errors import VaultUnreachable
from vault.contract.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.agent.api.session import Session
    from vault.contract.errors import Failure

_ONLY_READ = ("kv", "generic", "cubbyhole")


class Mount(Value):
    """A mount: its engine, for KV its version, and its path with a slash behind; empty: Vault does not say."""

    kind: str = ""
    kv_version: int = 0
    path: str = ""

    def within(self, path: str) -> list[str]:
        """Return the segments of a path behind the mount's own."""
        return path.removeprefix(self.path or f"{path.partition('/')[0]}/").split("/")

    @property
    def is_only_read(self) -> bool:
        """Whether a read of it leaves nothing behind."""
        return self.kind in _ONLY_READ


def ask_mount(session: Session, path: str) -> Mount:
    """Ask for the mount that a path is in. Raises what `Session.call` raises."""
    answer = session.call(Request(kind="read", path=f"sys/internal/ui/mounts/{path}"))
    data = answer.data if answer.status == 200 else None  # noqa: PLR2004
    if data is None:
        return Mount()
    kind, place, options = data.get("type"), data.get("path"), data.get("options")
    if not isinstance(kind, str):
        return Mount()
    version = 0
    if kind == "kv":
        version = 2 if isinstance(options, dict) and options.get("version") == "2" else 1
    is_place = isinstance(place, str) and place.endswith("/") and f"{path}/".startswith(place)
    return Mount(kind=kind, kv_version=version, path=str(place) if is_place else "")


def as_a_read(session: Session, request: Request, trouble: Failure) -> Request:
    """Return a repeatable call if its mount only stores data; otherwise raise the error of the call."""
    try:
        mount = ask_mount(session, request.path)
    except VaultUnreachable:
        raise trouble from None
    if not mount.is_only_read:
        raise trouble
    return request.replace(kind="read")
