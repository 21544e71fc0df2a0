"""Vault's certificate is not to be trusted; then Vault gets a good one, while the program still tries."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from tests.realparts.requests import status_of
from tests.support.cluster.place import DB
from tests.support.vault.running import failed, plan_of, running, succeeded
from tests.support.vault.server import DATABASE
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.realparts import vault
    from tests.support.vault.server import VaultServer

pytestmark = pytest.mark.real

DAY = dt.timedelta(days=1)
NOW = dt.datetime.now(dt.UTC)


@pytest.fixture
def show_certificate(node: vault.VaultServer) -> Iterator[Callable[[trustme.LeafCert | None], None]]:
    """Let the real Vault show another certificate, None: its own again, as it does at the end."""
    files = (node.pair.certificate, node.pair.key)
    own = [each.read_bytes() for each in files]

    def change(leaf: trustme.LeafCert | None) -> None:
        issued = own if leaf is None else [leaf.cert_chain_pems[0].bytes(), leaf.private_key_pem.bytes()]
        for file, content in zip(files, issued, strict=True):
            file.write_bytes(content)
        node.reload()
        health = f"{node.address}/v1/sys/health"
        trusted = leaf is None
        wait_until(
            lambda: (status_of(health, trusted=node.ca_pem) is not None) is trusted,
            20,
            f"Vault shows a certificate that is {'good' if trusted else 'wrong'}",
            log=node.log,
        )

    yield change
    change(None)


WRONG: dict[str, tuple[bool, dict[str, Any], str]] = {
    # whether Vault's own authority signs it; what differs from a good one; OpenSSL's words
    "not trusted": (False, {}, "unable to get local issuer certificate"),
    "expired": (True, {"not_before": NOW - 2 * DAY, "not_after": NOW - DAY}, "certificate has expired"),
    "not yet valid": (True, {"not_before": NOW + DAY, "not_after": NOW + 2 * DAY}, "certificate is not yet valid"),
    "another name": (True, {"names": ["vault.example"]}, "IP address mismatch"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_until_the_deadline_then_corrected(
    server: VaultServer,
    node: vault.VaultServer,
    show_certificate: Callable[[trustme.LeafCert | None], None],
    directory: Path,
    tmp_path: Path,
    name: str,
) -> None:
    """A wrong certificate is exit 10 with OpenSSL's words and what to fix; a good one in time and the files are there.

    Vault sees no request over a connection that is not trusted.
    """
    by_own, fields, words = WRONG[name]
    authority = node.authority.root if by_own else trustme.CA()
    host = node.address.removeprefix("https://").partition(":")[0]
    names = fields.get("names", [host])
    dates = {name: value for name, value in fields.items() if name != "names"}
    plan = plan_of(server.session(), directory, DB, seconds=3)
    before = node.audit_log.stat().st_size
    show_certificate(authority.issue_cert(*names, **dates))

    with running(plan, tmp_path / "first") as program:
        said = failed(program, directory, 10, "vault-unreachable")
    assert said["message"].startswith(f"the certificate of {host}:8200 is not trusted: {words}")
    assert f"must have signed it, and it must name '{host}' and be in date by this node's clock" in said["hint"]
    assert node.audit_log.stat().st_size == before

    with running(plan.replace(deadline_seconds=60), tmp_path / "second") as program:
        program.wait_for_tries(2, cause=said["message"])
        show_certificate(None)
        succeeded(program, directory, {"0": DATABASE})
