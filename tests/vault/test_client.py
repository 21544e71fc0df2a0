"""The control plane's client: hvac's and requests' errors, each translated into one of ours."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path

import pytest
import requests.exceptions

from tests.support.canary import Canary
from tests.support.vault.proxy import CUT, HALF, Proxy, Scripted, running_proxy, says, says_bytes
from tests.support.vault.server import TlsFiles, VaultServer
from vault.client import VaultClient, translate
from vault.contract.errors import Failure, PathNotFound, PathRefused, VaultSealed, VaultUnreachable
from vault.responses import VaultResponse, failure_of


def _classes(module: object, base: type[Exception]) -> list[type[Exception]]:
    found = [each for each in vars(module).values() if inspect.isclass(each) and issubclass(each, base)]
    assert len(found) > 10
    return found


@pytest.mark.parametrize(
    "kind", _classes(requests.exceptions, requests.RequestException), ids=lambda kind: kind.__name__
)
def test_every_error_of_requests_is_no_answer(kind: type[requests.RequestException]) -> None:
    """Whatever goes wrong on the way, Vault is unreachable; neither the error's text nor its class is shown."""
    # as many arguments as the class wants: the one of JSON has a document and a place, too
    rest = ("", 0) if issubclass(kind, requests.JSONDecodeError) else ()
    error = kind("https://vault/?token=s3cr3t", *rest)
    failure = translate(error, "https://vault:8200", "a")

    assert type(failure) is VaultUnreachable
    assert "s3cr3t" not in str(failure.fields())
    assert kind.__name__ not in str(failure.fields())
    assert failure.hint


@pytest.mark.parametrize("status", [*range(400, 432), *range(471, 474), *range(500, 506), 599])
@pytest.mark.parametrize("body", [b'{"errors":["the words"]}', b"<html>words</html>", b'{"message": "words"}', b""])
def test_every_status_is_a_failure_of_ours(status: int, body: bytes) -> None:
    """Vault's own words are kept; what others say is not, and is never taken for a refusal, a seal or an absence."""
    answer = VaultResponse.of("https://vault:8200", "", "secret/data/a", status, body)
    failure = failure_of(answer, is_token_known=True)

    assert type(failure) in (PathRefused, PathNotFound, VaultSealed, VaultUnreachable)
    assert (failure.path, failure.status) == ("secret/data/a", status)
    assert failure.hint
    assert ("the words" in failure.message) is answer.is_own
    if not answer.is_own:
        assert type(failure) is VaultUnreachable
        assert not answer.is_absent


@pytest.mark.parametrize(
    ("body", "is_absent"),
    [
        (b'{"errors":[]}', True),
        (b'{"errors":["no handler for route \\"x/y\\". route entry not found."]}', True),
        (b'{"errors":["1 error occurred:\\n\\t* unsupported path\\n\\n"]}', True),
        (b'{"request_id":"1","data":{"data":null,"metadata":{"deletion_time":"x","version":1}}}', True),
        (b'{"errors":["namespace not found"]}', False),
        (b'{"errors":["no Route matched with those values"]}', False),
        (b'{"errors":[{"code":404}]}', False),
        (b'{"errors":null}', False),
        (b'{"message":"no Route matched with those values"}', False),
        (b'{"data":{}}', False),
        (b"404 page not found\n", False),
        (b"<html>", False),
        (b"[]", False),
        (b"", False),
        (b"[" * 100_000, False),
    ],
)
def test_only_vaults_own_404_is_absence(body: bytes, is_absent: bool) -> None:
    """What a gateway, a web server or a wrong namespace answers is no sign that there is nothing."""
    assert VaultResponse.of("https://vault", "", "a", 404, body).is_absent is is_absent


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

    with pytest.raises(PathRefused, match="is larger than one entry of Vault's storage may be") as refused:
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


@pytest.mark.parametrize("call", [lambda client: client.list("sys/policies/acl"), lambda client: client.now()])
def test_a_field_of_another_kind_is_no_answer_of_vault(
    client: VaultClient, proxy: Proxy, call: Callable[[VaultClient], object]
) -> None:
    """Names that are no list, and a time that no clock has, raise a Failure, and nothing else."""
    proxy.script.append(says_bytes(200, b'{"data": {"keys": 5}, "server_time_utc": 1%s}' % (b"0" * 400)))

    with pytest.raises(VaultUnreachable):
        call(client)


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
    with pytest.raises(VaultUnreachable, match="does not answer: the connection is refused"):
        VaultClient(address, "t").read("a")
    with pytest.raises(VaultUnreachable, match=r"the CA file /nowhere/ca.pem .*No such file"):
        VaultClient(vault_server.address, "t", Path("/nowhere/ca.pem"))


@pytest.mark.parametrize(
    "path", ["kv1/a#b", "kv1/a?version=1", "kv1/a%20b", "kv1/a b", "kv1/é", "kv1/a%2Fb", "kv1/a&b"]
)
def test_any_path_is_the_one_that_is_named(client: VaultClient, path: str) -> None:
    """Signs that mean something in a URL are letters of a path."""
    client.write(path, {"at": path})

    assert client.read(path) == {"at": path}
    assert path.removeprefix("kv1/").partition("/")[0] in client.list("kv1")


@pytest.mark.parametrize("path", ["kv1/../sys/mounts", "kv1/./a", ".."])
def test_no_path_leads_elsewhere(client: VaultClient, proxy: Proxy, path: str) -> None:
    """Dots, which a library would follow, are refused before anything is sent."""
    with pytest.raises(PathRefused, match="segment"):
        client.read(path)
    assert proxy.exchanges == []


def test_an_ended_token_is_told_from_one_without_rights(vault_server: VaultServer) -> None:
    """Vault says "permission denied" to both; the token's look at itself tells them apart."""
    made = vault_server.client.write("auth/token/create", {"policies": ["shop"], "no_default_policy": True})
    known = VaultClient(vault_server.address, made["auth"]["client_token"], vault_server.ca_file)
    unknown = VaultClient(vault_server.address, Canary.plain().value, vault_server.ca_file)

    with pytest.raises(PathRefused, match="Vault refuses sys/mounts: 1 error occurred"):
        known.read("sys/mounts")
    with pytest.raises(PathRefused, match="does not know the token, or it has expired"):
        unknown.read("sys/mounts")
