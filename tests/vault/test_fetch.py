"""From a path to a secret, whatever engine answers; and what is said where there is none."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from tests.support.vault.proxy import Proxy, says_bytes
from tests.support.vault.server import DATABASE, VaultServer
from tests.vault.conftest import Begin
from vault.agent.fetch import Fetched, fetch
from vault.contract.errors import Failure, NoSecret, PathNotFound, PathRefused
from vault.contract.plan import Read

Fetch: TypeAlias = Callable[..., Fetched]
LOOKS_LIKE_V2 = {
    "data": {"password": "inner"},
    "metadata": {"version": 1, "created_time": "", "deletion_time": "", "destroyed": False},
}


@pytest.fixture
def fetch_path(begin: Begin, proxy: Proxy, vault_server: VaultServer) -> Fetch:
    """Fetch a path through the proxy with a service token of the policy `shop`."""
    session = begin(address=proxy.address, role="shop.service")
    session.login()
    proxy.exchanges.clear()
    plan = vault_server.session(role="shop.service")

    def fetch_read(path: str, **fields: Any) -> Fetched:
        return fetch(session, plan, Read(path=path, **fields))

    return fetch_read


@pytest.fixture(scope="module")
def versions(vault_server: VaultServer) -> str:
    """A KV version 2 secret: version 1 destroyed, 2 deleted, 3 and 4 there."""
    path = "secret/data/shop/versions"
    for number in range(1, 5):
        vault_server.client.write(path, {"data": {"number": str(number)}})
    vault_server.client.write("secret/destroy/shop/versions", {"versions": [1]})
    vault_server.client.write("secret/delete/shop/versions", {"versions": [2]})
    return path


def _values(fetched: Fetched) -> dict[str, Any]:
    return fetched.values.reveal()


def _failure(fetch_path: Fetch, kind: type[Failure], path: str, **fields: Any) -> Failure:
    with pytest.raises(kind) as failure:
        fetch_path(path, **fields)
    assert failure.value.path == path
    assert (failure.value.vault, failure.value.role) == ("main", "shop.service")
    return failure.value


@pytest.mark.parametrize("path", ["secret/data/shop/db", "kv1/shop/db"])
def test_a_kv_secret_is_read_in_one_call(fetch_path: Fetch, proxy: Proxy, path: str) -> None:
    """Keys and values come from either version, without a lease, and nothing else is asked."""
    fetched = fetch_path(path)

    assert _values(fetched) == DATABASE
    assert fetched.lease is None
    assert proxy.paths == [path]


@pytest.mark.parametrize(("version", "number"), [(None, "4"), (3, "3"), (4, "4")])
def test_a_version_is_pinned(fetch_path: Fetch, versions: str, version: int | None, number: str) -> None:
    """With a version that one is read, without the current one."""
    assert _values(fetch_path(versions, version=version)) == {"number": number}


@pytest.mark.parametrize(
    ("version", "words"),
    [(1, "version 1 is destroyed"), (2, "version 2 was deleted at 20"), (9, "there is nothing at .* version 9")],
)
def test_a_version_that_is_gone_is_said(fetch_path: Fetch, versions: str, version: int, words: str) -> None:
    """Destroyed, deleted and never written are told apart."""
    failure = _failure(fetch_path, PathNotFound, versions, version=version)

    assert re.search(words, failure.message)
    assert "optional=true" in failure.hint
    assert failure.status == 404


@pytest.mark.parametrize("path", ["kv1/shop/db", "kv1/shop/looks", "kv1/data/looks", "cubbyhole/mine"])
def test_a_version_where_there_are_none_is_refused(fetch_path: Fetch, vault_server: VaultServer, path: str) -> None:
    """A KV version 1 mount, or another engine, would ignore the version and give what is there now."""
    vault_server.client.write("kv1/shop/looks", LOOKS_LIKE_V2)
    vault_server.client.write("kv1/data/looks", LOOKS_LIKE_V2)
    with pytest.raises(NoSecret):
        fetch_path("cubbyhole/mine", data=(("a", "b"),))

    failure = _failure(fetch_path, PathNotFound, path, version=3)

    assert "has no version 3: it is in no KV version 2 mount" in failure.message
    assert "leave the @version out" in failure.hint


def test_a_version_that_was_not_asked_for_is_refused(fetch_path: Fetch, proxy: Proxy) -> None:
    """What drops the query on the way, or answers from a cache, gives nobody another version of a secret."""
    proxy.script.append(says_bytes(200, json.dumps({"data": {**LOOKS_LIKE_V2}}).encode()))

    failure = _failure(fetch_path, NoSecret, "secret/data/shop/db", version=3)

    assert "the answer for version 3 of secret/data/shop/db is version 1" in failure.message


@pytest.mark.parametrize("path", ["kv1/shop/looks", "kv1/shop/two"])
def test_a_version_1_secret_with_the_keys_of_version_2_is_not_mistaken(
    fetch_path: Fetch, vault_server: VaultServer, path: str
) -> None:
    """A secret of two keys `data` and `metadata` is delivered as it is; Vault is asked where it looks just alike."""
    secret = LOOKS_LIKE_V2 if path.endswith("looks") else {"data": {"a": "b"}, "metadata": {"c": "d"}}
    vault_server.client.write(path, secret)

    assert _values(fetch_path(path)) == secret


def test_a_nested_version_2_secret_is_not_opened_twice(fetch_path: Fetch, vault_server: VaultServer) -> None:
    """A version 2 secret that has the keys `data` and `metadata` itself is delivered as it is."""
    vault_server.client.write("secret/data/shop/nested", {"data": LOOKS_LIKE_V2})

    assert _values(fetch_path("secret/data/shop/nested")) == LOOKS_LIKE_V2


def test_a_mount_below_a_folder_is_read(fetch_path: Fetch, vault_server: VaultServer) -> None:
    """Paths with spaces, '#', '?' and letters of any script reach Vault as they are."""
    path = "secret/data/shop/a b#c?d%é/data"
    vault_server.client.write(path, {"data": {"x": "y"}})

    assert _values(fetch_path(path)) == {"x": "y"}


@pytest.mark.parametrize(
    ("path", "kind", "hint"),
    [
        ("secret/data/shop/none", PathNotFound, "write the secret, or undelete its version"),
        ("kv1/none", PathNotFound, "write the secret, or fix the path"),
        ("secret/shop/db", PathNotFound, "write MOUNT/data/NAME instead of secret/shop/db"),
        ("secret/data/mall/db", PathRefused, 'path "secret/data/mall/db" { capabilities = ["read"] }'),
        ("secret/mall/db", PathRefused, "write MOUNT/data/NAME instead of secret/mall/db"),
        ("nomount/data/x", PathRefused, "give a policy of the role shop.service"),
    ],
)
def test_what_is_missing_or_refused_has_a_hint(fetch_path: Fetch, path: str, kind: type[Failure], hint: str) -> None:
    """Absent, without data/, without a policy, without a mount: the hint says what to do."""
    failure = _failure(fetch_path, kind, path)

    assert hint in failure.hint
    assert failure.status in (403, 404)


def test_a_refused_write_names_the_capability(fetch_path: Fetch) -> None:
    """A call that writes needs `update`."""
    failure = _failure(fetch_path, PathRefused, "secret/data/mall/db", data=(("a", "b"),))

    assert 'capabilities = ["update"]' in failure.hint


@pytest.fixture(scope="module")
def engines(vault_server: VaultServer) -> None:
    """A transit key, and a certificate authority that gives leases, and one that does not."""
    write = vault_server.client.write
    write("sys/mounts/transit", {"type": "transit"})
    write("transit/keys/shop", {})
    write("sys/mounts/pki", {"type": "pki"})
    write("pki/root/generate/internal", {"common_name": "shop", "key_type": "ec"})
    for name, leases in {"leased": True, "plain": False}.items():
        options = {"allow_any_name": True, "key_type": "ec", "ttl": "1h", "generate_lease": leases}
        write(f"pki/roles/{name}", options)


@pytest.mark.usefixtures("engines")
def test_a_call_that_writes_gives_its_answer(fetch_path: Fetch, proxy: Proxy) -> None:
    """With data the path is written to, once, and what Vault answers is the secret."""
    values = _values(fetch_path("transit/encrypt/shop", data=(("plaintext", base64.b64encode(b"hi").decode()),)))

    assert values["ciphertext"].startswith("vault:v1:")
    assert [(each.method, each.body) for each in proxy.exchanges] == [("POST", b'{"plaintext": "aGk="}')]


@pytest.mark.usefixtures("engines")
@pytest.mark.parametrize(("role", "has_lease"), [("leased", True), ("plain", False)])
def test_a_lease_is_noticed(fetch_path: Fetch, role: str, has_lease: bool) -> None:
    """An answer with a lease_id has a lease, one without has none."""
    fetched = fetch_path(f"pki/issue/{role}", data=(("common_name", "shop.example"),))

    assert (fetched.lease is not None) is has_lease
    assert "BEGIN CERTIFICATE" in _values(fetched)["certificate"]


def test_an_answer_without_contents_is_no_secret(fetch_path: Fetch) -> None:
    """A write that Vault answers with 204 is done for its effect alone, and gives nothing to a Pod."""
    failure = _failure(fetch_path, NoSecret, "cubbyhole/x", data=(("a", "b"),))

    assert "has no data: it is empty (HTTP 204)" in failure.message


def test_a_vault_namespace_is_entered(vault_server: VaultServer, begin: Begin) -> None:
    """Login and read are in the namespace of the Plan, and not in the root."""
    server = vault_server
    assert server.call("POST", "sys/namespaces/team", {}).is_success
    setup: list[tuple[str, dict[str, Any]]] = [
        ("sys/mounts/secret", {"type": "kv", "options": {"version": "2"}}),
        ("secret/data/shop/db", {"data": {"of": "team"}}),
        ("sys/policies/acl/shop", {"policy": 'path "secret/data/shop/*" { capabilities = ["read"] }'}),
        ("sys/auth/jwt", {"type": "jwt"}),
    ]
    for path, body in setup:
        assert server.call("POST", path, body, namespace="team").is_success, path
    for path in ("auth/jwt/config", "auth/jwt/role/shop.checkout"):
        body = server.client.read(path) or {}
        wanted = {name: value for name, value in body.items() if value not in (None, "", [], {})}
        assert server.call("POST", path, wanted, namespace="team").is_success, path

    plan = server.session(namespace="team")
    session = begin(namespace="team")
    session.login()

    assert _values(fetch(session, plan, Read(path="secret/data/shop/db"))) == {"of": "team"}
