"""Vault's certificate comes from another authority: who was given both beforehand notices nothing."""

from __future__ import annotations

import contextlib
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.realparts.certificates import Authority
from tests.support.vault.sidecar import Sidecar, sidecar, sidecar_plan, write_role

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.realparts import vault
    from tests.support.vault.server import VaultServer
    from vault.contract.plan import Session

pytestmark = pytest.mark.real

PATH = "secret/data/shop/authority"
UNTRUSTED = "retrying; the files stay as they are"


@contextlib.contextmanager
def served_by(node: vault.VaultServer, authority: Authority) -> Iterator[None]:
    """Start Vault again with a certificate of another authority, and as it was in the end; the tests trust both."""
    was = {file: file.read_bytes() for file in (node.ca_pem, node.pair.certificate, node.pair.key)}
    pair = authority.issue("vault", *node.address.removeprefix("https://").rpartition(":")[:1], "localhost")
    node.ca_pem.write_bytes(was[node.ca_pem] + authority.certificate.read_bytes())
    node.stop()
    shutil.copy(pair.certificate, node.pair.certificate)
    shutil.copy(pair.key, node.pair.key)
    node.start()
    try:
        yield
    finally:
        node.stop()
        for file, contents in was.items():
            file.write_bytes(contents)
        node.start()


@pytest.fixture
def tomorrow(tmp_path: Path) -> Authority:
    """The next authority."""
    return Authority(tmp_path / "tomorrow", "Vault of tomorrow")


def _sidecar(session: Session, folder: Path) -> contextlib.AbstractContextManager[Sidecar]:
    (folder / "files").mkdir(parents=True)
    return sidecar(sidecar_plan(session, folder / "files", PATH))


def test_overlapping_bundles(server: VaultServer, node: vault.VaultServer, tomorrow: Authority, tmp_path: Path) -> None:
    """With both authorities in Plan or ConfigMap a sidecar gets what is new; with the old alone it keeps its files."""
    server.client.write(PATH, {"data": {"a": "1"}})
    both = node.ca_pem.read_text() + tomorrow.certificate.read_text()
    config_map = tmp_path / "ca.crt"
    config_map.write_text(both)
    with (
        _sidecar(server.session(), tmp_path / "old") as old,
        _sidecar(server.session(ca_pem=both), tmp_path / "plan") as by_plan,
        _sidecar(server.session(ca_pem="", ca_file=str(config_map)), tmp_path / "map") as by_config_map,
    ):
        with served_by(node, tomorrow):
            node.admin.write(PATH, data={"a": "2"})
            by_plan.wait(lambda: by_plan.json() == {"a": "2"}, "the new version is there")
            by_config_map.wait(lambda: by_config_map.json() == {"a": "2"}, "the new version is there")
            old.wait_for_line(UNTRUSTED, reason="vault-unreachable")
            assert old.json() == {"a": "1"}
        old.wait(lambda: old.json() == {"a": "2"}, "what it trusts is back")


def test_a_config_map_is_read_at_each_login(
    server: VaultServer, node: vault.VaultServer, tomorrow: Authority, tmp_path: Path
) -> None:
    """The ConfigMap gets the new authority while a sidecar runs, which trusts it from its next login on."""
    server.client.write(PATH, {"data": {"a": "1"}})
    config_map = tmp_path / "ca.crt"
    config_map.write_text(node.ca_pem.read_text())
    role = write_role(server, "shop.authority", "batch", "4s")
    session = server.session(ca_pem="", ca_file=str(config_map), role=role)
    with _sidecar(session, tmp_path / "map") as running:
        config_map.write_text(node.ca_pem.read_text() + tomorrow.certificate.read_text())
        ends = running.status()["logins"][0]["token_ends"]
        running.wait(lambda: running.status()["logins"][0]["token_ends"] > ends, "it has logged in again")
        with served_by(node, tomorrow):
            node.admin.write(PATH, data={"a": "2"})
            running.wait(lambda: running.json() == {"a": "2"}, "the new version is there")
