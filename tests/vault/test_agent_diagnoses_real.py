"""The right reason, on a real server: what it says itself of tokens, versions and engines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.vault.server import VaultServer
from tests.support.vault.sidecar import write_role
from vault.agent.init import run
from vault.contract.plan import Output, Plan, Read
from vault.contract.wire import to_environment


def _run(server: VaultServer, tmp_path: Path, role: str, *paths: str) -> int:
    (tmp_path / "files").mkdir(exist_ok=True)
    outputs = [
        Output(directory=str(tmp_path / "files"), name=f"{at}", mode="0444", read=at, format="json")
        for at, _ in enumerate(paths)
    ]
    plan = Plan(
        sessions=(server.session(role=role),),
        reads=tuple(Read(path=path, version=1 if "@" in path else None) for path in paths),
        outputs=tuple(outputs),
        deadline_seconds=30,
    )
    reads = tuple(read.replace(path=read.path.removesuffix("@1")) for read in plan.reads)
    return run(to_environment(plan.replace(reads=reads)))


def test_a_token_of_few_uses_is_named_on_a_real_server(
    vault_server: VaultServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A role with token_num_uses=1 and two paths: the token has ended, and no policy is missing."""
    role = write_role(vault_server, "shop.uses", "service", "10m")
    vault_server.client.write(f"auth/jwt/role/{role}", {**_role(vault_server, role), "token_num_uses": 1})

    assert _run(vault_server, tmp_path, role, "secret/data/shop/db", "kv1/shop/db") == 13
    assert "token_num_uses of the role auth/jwt/role/shop.uses" in capsys.readouterr().err


def _role(server: VaultServer, role: str) -> dict[str, Any]:
    found = server.client.read(f"auth/jwt/role/{role}") or {}
    return {name: value for name, value in found.items() if value not in (None, "", [], {})}


def test_a_destroyed_version_does_not_come_back(
    vault_server: VaultServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The hint does not speak of undeleting what is destroyed."""
    write = vault_server.client.write
    write("secret/data/shop/destroyed", {"data": {"a": "b"}})
    write("secret/destroy/shop/destroyed", {"versions": [1]})

    assert _run(vault_server, tmp_path, "shop.checkout", "secret/data/shop/destroyed@1") == 14
    said = capsys.readouterr().err
    assert "a destroyed version cannot be restored: name another one" in said
    assert "undelete" not in said


def test_engines_of_a_real_server_refuse_in_their_own_name(
    vault_server: VaultServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name that a PKI role does not allow, a transit key that is not there, a read of a path that is written to."""
    write = vault_server.client.write
    write("sys/mounts/right-pki", {"type": "pki"})
    write("right-pki/root/generate/internal", {"common_name": "x", "key_type": "ec"})
    write("right-pki/roles/shop", {"allowed_domains": ["shop.example"], "key_type": "ec"})
    write("sys/mounts/right-transit", {"type": "transit"})
    write("sys/policies/acl/right", {"policy": 'path "right-*" { capabilities = ["read", "update"] }'})
    role = write_role(vault_server, "shop.right", "batch", "10m", "0", "right")
    (tmp_path / "files").mkdir()
    for path, data in (
        ("right-pki/issue/shop", (("common_name", "evil.example.org"),)),
        ("right-transit/decrypt/none", (("ciphertext", "vault:v1:AAAA"),)),
        ("right-pki/issue/shop", ()),
    ):
        output = Output(directory=str(tmp_path / "files"), name="out", mode="0444", format="json")
        plan = Plan(sessions=(vault_server.session(role=role),), reads=(Read(path=path, data=data),), outputs=(output,))
        assert run(to_environment(plan.replace(deadline_seconds=30))) == 13
        said = capsys.readouterr().err
        assert '"request-refused"' in said, said
        assert "policy of the role" not in said
