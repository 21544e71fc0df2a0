"""The control plane's client: hvac's and requests' errors, each translated into one of ours."""

from __future__ import annotations

import inspect
from pathlib import Path

import hvac.exceptions
import pytest
import requests.exceptions

from tests.vault.support.proxy import CUT, HALF, Proxy, Scripted, running_proxy, says, says_bytes
from tests.vault.support.server import TlsFiles, VaultServer
from vault.client import VaultClient, translate
from vault.errors import Failure, PathNotFound, PathRefused, VaultSealed, VaultUnreachable


def _classes(module: object, base: type[Exception]) -> list[type[Exception]]:
    found = [each for each in vars(module).values() if inspect.isclass(each) and issubclass(each, base)]
    assert len(found) > 10
    return found


@pytest.mark.parametrize("kind", _classes(hvac.exceptions, hvac.exceptions.VaultError), ids=lambda kind: kind.__name__)
def test_every_error_of_hvac_is_one_of_ours(kind: type[hvac.exceptions.VaultError]) -> None:
    """No class of the library, also a later one, comes through; Vault's words and the path are kept."""
    failure = translate(kind("message", errors=["the words"]), "https://vault:8200", "secret/data/a")

    assert type(failure) in (PathRefused, PathNotFound, VaultSealed, VaultUnreachable)
    assert "the words" in failure.message
    assert failure.path == "secret/data/a"
    assert failure.hint


@pytest.mark.parametrize(
    "kind", _classes(requests.exceptions, requests.RequestException), ids=lambda kind: kind.__name__
)
def test_every_error_of_requests_is_no_answer(kind: type[requests.RequestException]) -> None:
    """Whatever goes wrong on the way, Vault is unreachable; the text of the error is not shown."""
    # as many arguments as the class wants: the one of JSON has a document and a place, too
    rest = ("", 0) if issubclass(kind, requests.JSONDecodeError) else ()
    error = kind("https://vault/?token=s3cr3t", *rest)
    failure = translate(error, "https://vault:8200", "a")

    assert type(failure) is VaultUnreachable
    assert "s3cr3t" not in str(failure.fields())
    assert failure.hint


STATUSES = {
    400: PathRefused,
    401: PathRefused,
    403: PathRefused,
    405: PathRefused,
    429: VaultUnreachable,
    500: VaultUnreachable,
    501: VaultSealed,
    502: VaultUnreachable,
    503: VaultSealed,
}


@pytest.fixture
def client(vault_server: VaultServer, proxy: Proxy) -> VaultClient:
    """A client of the proxy."""
    return VaultClient(proxy.address, vault_server.root_token, vault_server.ca_file)


@pytest.mark.parametrize(("status", "kind"), STATUSES.items())
@pytest.mark.parametrize("call", ["read", "write"])
def test_a_status_is_sorted_by_whose_fault_it_is(
    client: VaultClient, proxy: Proxy, status: int, kind: type[Failure], call: str
) -> None:
    """Sealed, not now, refused: the same for reads and writes, with Vault's words."""
    proxy.script.append(says(status, ["the words"]))

    with pytest.raises(kind, match="the words"):
        client.read("secret/data/a") if call == "read" else client.write("secret/data/a", {"password": "s3cr3t"})


def test_what_the_storage_does_not_take(client: VaultClient, proxy: Proxy) -> None:
    """A write above what DynamoDB takes as one item is refused for good, with the reason, though Vault says 500."""
    words = "1 error occurred:\n\t* ValidationException: Item size has exceeded the maximum allowed size"
    proxy.script.append(says(500, [words]))

    with pytest.raises(PathRefused, match="more than Vault's storage takes as one entry") as refused:
        client.write("secret/data/a", {"data": {"a": "x" * 401 * 1024}})
    assert "400 KB" in refused.value.hint


@pytest.mark.parametrize(
    "scripted",
    [
        CUT,
        HALF,
        says_bytes(200, b"<html>"),
        says_bytes(200, b"[]"),
        says_bytes(200, b'{"data":null}'),
        Scripted(b"x\r\n\r\n", 0.9),
    ],
)
def test_what_is_no_answer_of_vault_is_unreachable(client: VaultClient, proxy: Proxy, scripted: Scripted) -> None:
    """A line that is cut, a page of a proxy, JSON without data."""
    proxy.script.append(scripted)

    with pytest.raises(VaultUnreachable):
        client.read("secret/data/shop/db")


def test_nothing_at_a_path_is_none(client: VaultClient) -> None:
    """Reading what is not there is no error."""
    assert client.read("kv1/none") is None


def test_what_is_written_is_read(client: VaultClient) -> None:
    """A write and a read of the same path."""
    client.write("kv1/client", {"a": "b"})

    assert client.read("kv1/client") == {"a": "b"}


def test_what_is_deleted_is_gone(client: VaultClient, proxy: Proxy) -> None:
    """Deleting it again is no error; a refusal is."""
    client.write("kv1/deleted", {"a": "b"})
    client.delete("kv1/deleted")
    client.delete("kv1/deleted")

    assert client.read("kv1/deleted") is None
    proxy.script.append(says(403, ["the words"]))
    with pytest.raises(PathRefused, match="the words"):
        client.delete("kv1/deleted")


def test_an_auth_method_is_enabled_once(client: VaultClient) -> None:
    """Enabling it again changes nothing."""
    client.enable_auth("jwt", "jwt-twice")
    client.enable_auth("jwt", "jwt-twice")

    assert "jwt-twice/" in (client.read("sys/auth") or {})


def test_no_trust_and_nobody_there(vault_server: VaultServer, loopback_tls: TlsFiles) -> None:
    """Without the CA the certificate is not trusted; a closed port does not answer."""
    with pytest.raises(VaultUnreachable, match="is not trusted"):
        VaultClient(vault_server.address, "t").read("a")
    with running_proxy(loopback_tls) as gone:
        address = gone.address
    with pytest.raises(VaultUnreachable, match="does not answer: ConnectionError"):
        VaultClient(address, "t").read("a")
    with pytest.raises(VaultUnreachable):
        VaultClient(vault_server.address, "t", Path("/nowhere/ca.pem")).read("a")
