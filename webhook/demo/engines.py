"""Set up, in a Vault that is the demo's own, the secrets engines that a Pod asks for; KV version 2 at secret/ is there.

What an engine is, is guessed from the path, as `omamori policy suggest` does without a Vault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from vault.client import VaultClient
from vault.policy.authoring.infer_mounts import guess_mount
from webhook.demo.stop import DemoStopped

_ISSUER = "omamori demo"
_SECONDS = "10m"


def is_stored(path: str) -> bool:
    """Whether a path is of KV: somebody has written what is there."""
    return guess_mount(path).kind == "kv"


def set_up_engines(client: VaultClient, paths: Iterable[str]) -> Iterator[str]:
    """Set up what is missing, and yield a note for each. Raises DemoStopped for an engine that the demo cannot have."""
    there = {name.strip("/") for name in client.read_there("sys/mounts") if name.endswith("/")}
    for path in paths:
        mount = guess_mount(path)
        if mount.path not in there:
            if mount.kind != "kv" and mount.kind not in _ENGINES:
                raise DemoStopped(
                    f"{path} looks like one of the engine {mount.kind}, which the demo cannot set up",
                    hint="it has KV, pki, ssh, totp; give a Vault that has it with --vault-address",
                )
            options = {"options": {"version": str(mount.version)}} if mount.kind == "kv" else {}
            client.write(f"sys/mounts/{mount.path}", {"type": mount.kind, **options})
            there.add(mount.path)
            if mount.kind == "pki":
                client.write(f"{mount.path}/root/generate/internal", {"common_name": _ISSUER, "ttl": "24h"})
            yield f"engine {mount.kind} at {mount.path}/"
        if mount.kind in _ENGINES:
            _ENGINES[mount.kind](client, mount.path, path.rpartition("/")[2])


def _pki(client: VaultClient, mount: str, role: str) -> None:
    fields = {"allow_any_name": True, "enforce_hostnames": False, "allow_ip_sans": True, "ttl": _SECONDS}
    client.write(f"{mount}/roles/{role}", fields)


def _ssh(client: VaultClient, mount: str, role: str) -> None:
    client.write(f"{mount}/roles/{role}", {"key_type": "otp", "default_user": "demo", "cidr_list": "0.0.0.0/0"})


def _totp(client: VaultClient, mount: str, key: str) -> None:
    client.write(f"{mount}/keys/{key}", {"generate": True, "issuer": _ISSUER, "account_name": key})


_ENGINES: dict[str, Callable[[VaultClient, str, str], None]] = {"pki": _pki, "ssh": _ssh, "totp": _totp}
