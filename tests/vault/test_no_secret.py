"""An answer without keys and values is never an empty secret: an error that says what came, for every format."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest

from tests.support.vault.once import plan_of, run_once
from tests.support.vault.scripted import Said, kv2, scripted_vault
from tests.support.vault.server import VaultServer
from tests.support.vault.sidecar import sidecar, sidecar_plan
from vault.agent.api.no_secret import instead_of_raw
from vault.contract.plan import Output, Plan, Read

PATH = "secret/data/shop/db"
METADATA = {"version": 1, "created_time": "2026-01-01T00:00:00Z", "deletion_time": "", "destroyed": False}
DER = ssl.PEM_cert_to_DER_cert("-----BEGIN CERTIFICATE-----\nMIIBAA==\n-----END CERTIFICATE-----\n")

BODIES: dict[str, tuple[Said, str]] = {
    "data null, wrapped": (Said(body={"data": None, "wrap_info": {"token": "hvs.w", "ttl": 60}}), "is wrapped"),
    "wrapped alone": (Said(body={"wrap_info": {"token": "hvs.w"}}), "(a control group?)"),
    "auth alone": (Said(body={"auth": {"client_token": "s.y"}, "data": None}), "has `auth` and no data"),
    "data null": (Said(body={"data": None}), "has no data"),
    "data null with the rest": (Said(body={"request_id": "r", "lease_id": "", "data": None, "auth": None}), "no data"),
    "no data": (Said(body={"sealed": False, "version": "1.21.0"}), "has no data"),
    "another service": (Said(body={"status": "ok", "items": [1]}), "has no data"),
    "an empty object": (Said(body={}), "has no data"),
    "data a list": (Said(body={"data": ["a"]}), "its `data` is not an object"),
    "data a text": (Said(body={"data": "a"}), "its `data` is not an object"),
    "data a number": (Said(body={"data": 1}), "its `data` is not an object"),
    "a list": (Said(body=b'[{"data": {"a": "b"}}]'), "a JSON list"),
    "a text": (Said(body=b'"a"'), "a JSON string"),
    "a number": (Said(body=b"1"), "a JSON number"),
    "null": (Said(body=b"null"), "a JSON null"),
    "true": (Said(body=b"true"), "a JSON true or false"),
    "nothing": (Said(body=b""), "it is empty (HTTP 200)"),
    "204": (Said(204), "it is empty (HTTP 204)"),
    "a version without data": (Said(body={"data": {"data": None, "metadata": METADATA}}), "has no data"),
    "a version of a list": (Said(body={"data": {"data": [], "metadata": METADATA}}), "has no data"),
    "PEM": (Said(body=b"-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n"), "answers with PEM"),
    "DER": (Said(body=DER, headers={"Content-Type": "application/pkix-cert"}), "answers with DER"),
    "a key": (Said(body=b"ssh-ed25519 AAAA"), "answers with a public key"),
    "metrics": (Said(body=b"# HELP a\na 1\n", headers={"Content-Type": "text/plain"}), "answers with metrics"),
}
KINDS = ("json", "yaml", "env", "dotenv", "properties", "map", "pem-bundle", "variable")


@pytest.mark.parametrize("case", BODIES.values(), ids=BODIES)
def test_no_body_without_data_is_a_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], case: tuple[Said, str]
) -> None:
    """At once, once, exit 14, no file; whatever is optional, and whatever format."""
    said, words = case
    with scripted_vault({PATH: said}) as vault:
        for kind in KINDS:
            for optional in (False, True):
                vault.calls.clear()
                ran = run_once(vault, tmp_path, capsys, plan_of(vault, tmp_path, PATH, kind, optional=optional))

                assert (ran.code, ran.last["reason"]) == (14, "no-secret")
                assert words in ran.last["message"]
                assert ran.files == {}
                assert vault.calls[PATH] == 1


EMPTY = {"json": b"{}\n", "yaml": b"{}\n", "env": b"", "dotenv": b"", "properties": b"", "variable": b"A='{}'\n"}


@pytest.mark.parametrize("kind", EMPTY)
def test_an_empty_secret_is_one(tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    """A secret of no keys stays what it is."""
    with scripted_vault({PATH: kv2({})}) as vault:
        ran = run_once(vault, tmp_path, capsys, plan_of(vault, tmp_path, PATH, kind))

        assert ran.code == 0
        assert list(ran.files.values()) == [EMPTY[kind]]


@pytest.mark.parametrize("case", ["data null", "auth alone", "204", "another service", "PEM", "wrapped alone"])
def test_a_sidecar_keeps_what_it_has(tmp_path: Path, case: str) -> None:
    """The file stays, and the status says what came instead."""
    said, words = BODIES[case]
    (tmp_path / "files").mkdir()
    with (
        scripted_vault({"kv/db": Said(body={"data": {"a": "b"}, "lease_duration": 100})}) as vault,
        sidecar(sidecar_plan(vault.session(tmp_path), tmp_path / "files", "kv/db")) as running,
    ):
        vault.table["kv/db"] = said
        line = running.wait_for_line("not up to date")
        assert (line["reason"], line["files_stay"]) == ("no-secret", True)
        assert words in line["cause"]
        assert running.json() == {"a": "b"}
        running.wait(lambda: running.status()["reads"][0]["error"], "the status says so")
        assert running.status()["reads"][0]["error"]["reason"] == "no-secret"


RAW = {
    "pki/ca": "pki/cert/ca#certificate, or pki/cert/ca_chain#certificate format=pem-bundle",
    "pki/ca/pem": "pki/cert/ca#certificate, or pki/cert/ca_chain#certificate format=pem-bundle",
    "pki/ca_chain": "pki/cert/ca_chain#certificate format=pem-bundle, or pki/cert/ca#certificate",
    "pki/crl": "pki/cert/crl#certificate",
    "team/pki/crl/pem": "team/pki/cert/crl#certificate",
    "pki/cert/17-aa/raw": "pki/cert/17-aa#certificate",
    "pki/cert/17-aa/raw/pem": "pki/cert/17-aa#certificate",
    "pki/issuer/root/pem": "pki/issuer/root/json#certificate",
    "pki/issuer/root/der": "pki/issuer/root/json#certificate",
    "pki/issuer/root/crl/pem": "pki/issuer/root/crl#crl",
    "ssh/public_key": "ssh/config/ca#public_key",
    "sys/metrics": "",
    "pki/cert/ca": "",
    "ca": "",
}


@pytest.mark.parametrize(("path", "instead"), RAW.items())
def test_what_is_not_json_is_to_be_had_elsewhere(path: str, instead: str) -> None:
    """The same in JSON, under the mount that the path has, as it is written into an annotation."""
    assert instead_of_raw(path) == instead


@pytest.fixture(scope="module")
def authorities(vault_server: VaultServer) -> VaultServer:
    """A PKI with a root, a CRL and a certificate, and an SSH authority."""
    write = vault_server.client.write
    write("sys/mounts/raw-pki", {"type": "pki"})
    write("raw-pki/root/generate/internal", {"common_name": "raw", "key_type": "ec", "issuer_name": "root"})
    write("sys/mounts/raw-ssh", {"type": "ssh"})
    write("raw-ssh/config/ca", {"generate_signing_key": True})
    write("sys/policies/acl/raw", {"policy": 'path "raw-*" { capabilities = ["read"] }'})
    return vault_server


@pytest.mark.parametrize(
    "path",
    [
        *("raw-pki/ca", "raw-pki/ca/pem", "raw-pki/ca_chain", "raw-pki/crl", "raw-pki/crl/pem"),
        *("raw-pki/cert/ca/raw", "raw-pki/cert/ca/raw/pem", "raw-pki/issuer/root/pem", "raw-pki/issuer/root/der"),
        *("raw-pki/issuer/root/crl/pem", "raw-ssh/public_key"),
    ],
)
def test_each_such_path_of_a_real_server_has_another_that_works(
    authorities: VaultServer, tmp_path: Path, capsys: pytest.CaptureFixture[str], path: str
) -> None:
    """At once, with each path that the message names, which gives the same."""
    from tests.support.vault.sidecar import write_role  # noqa: PLC0415 - of this test alone
    from vault.agent.init import run  # noqa: PLC0415 - the same
    from vault.contract.wire import to_environment  # noqa: PLC0415 - the same

    session = authorities.session(role=write_role(authorities, "shop.raw", "batch", "10m", "0", "raw"))
    (tmp_path / "files").mkdir()

    def plan(read: str, **output: Any) -> Plan:
        made = Output(directory=str(tmp_path / "files"), name="out", mode="0444", **output)
        return Plan(sessions=(session,), reads=(Read(path=read),), outputs=(made,), deadline_seconds=30)

    assert run(to_environment(plan(path, format="json"))) == 14
    said = capsys.readouterr().err
    instead = instead_of_raw(path)
    assert instead in said
    for each in instead.split(", or "):
        reference, _, options = each.partition(" ")
        read, _, key = reference.partition("#")
        given = {"format": options.removeprefix("format=")} if options else {}
        assert run(to_environment(plan(read, key=key, **given))) == 0, capsys.readouterr().err
        assert (tmp_path / "files/out").stat().st_size > 60
