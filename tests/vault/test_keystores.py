"""The formats pkcs12 and jks, by Java's own readers, and what is refused.

One JVM reads all stores of a test: half a second each would be minutes.
"""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509 import load_pem_x509_certificate
from hypothesis import given
from hypothesis import strategies as st

from tests.support.vault.cases import FOLDER
from vault.agent.render.files import render_files
from vault.agent.render.keystore.aes import encrypt_cbc
from vault.agent.render.keystore.entries import entries_of
from vault.contract.errors import KeyMissing, NotRepresentable
from vault.contract.plan import Output

OUTPUT = Output(directory="/d", name="f", mode="0400", format="pkcs12", annotation="a", password_read=0)
STORES = ("pkcs12", "jks")
USUAL = "changeit"  # as Java's documents have it
PASSWORDS = [USUAL, "x", " p w'\"\\$`#%;|&<>~ ", "".join(map(chr, range(0x20, 0x7F)))]
PKCS8, TRADITIONAL = serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL


def _render(values: dict[str, Any], password: str = USUAL, **fields: Any) -> bytes:
    (file,) = render_files(OUTPUT.replace(**fields), values, password)
    contents: bytes = file.contents.reveal()
    return contents


def _pem(key: Any, form: serialization.PrivateFormat) -> str:
    text: bytes = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    return text.decode()


def _keys() -> Iterator[tuple[Any, list[serialization.PrivateFormat]]]:
    for bits in (2048, 4096):
        yield rsa.generate_private_key(65537, bits), [PKCS8, TRADITIONAL]
    for curve in (ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()):
        yield ec.generate_private_key(curve), [PKCS8, TRADITIONAL]
    yield ed25519.Ed25519PrivateKey.generate(), [PKCS8]


@pytest.fixture(scope="module")
def issued() -> dict[str, Any]:
    """What PKI gives: a chain of three."""
    root = trustme.CA()
    leaf = root.create_child_ca().issue_cert("localhost")
    own, *others = (each.bytes().decode() for each in leaf.cert_chain_pems)
    return {
        "private_key": leaf.private_key_pem.bytes().decode(),
        "certificate": own,
        "ca_chain": [*others, root.cert_pem.bytes().decode()],
        "issuing_ca": others[0],
    }


def _digest(pem: str) -> str:
    found = load_pem_x509_certificate(pem.encode()).public_bytes(serialization.Encoding.DER)
    return hashlib.sha256(found).hexdigest()


def _read_by_java(folder: Path, stores: list[tuple[str, bytes, str]]) -> list[list[list[str]]]:
    """Give of each store its entries, each as words."""
    lines = []
    for number, (kind, contents, password) in enumerate(stores):
        file = folder / str(number)
        file.write_bytes(contents)
        lines.append(f"{kind} {file} {password.encode('utf-16-be').hex()}\n")
    (folder / "list").write_text("".join(lines))
    done = subprocess.run(
        ["java", FOLDER / "ReadKeyStores.java", folder / "list"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [[entry.split() for entry in line.split(";") if entry] for line in done.stdout.splitlines()]


@pytest.mark.real
def test_java_reads_every_key(tmp_path: Path, issued: dict[str, Any]) -> None:
    """RSA, elliptic curves and Ed25519, in each form that Vault gives them, with a chain of three, by any password."""
    chain = [issued["certificate"], *issued["ca_chain"]]
    stores, expected = [], []
    for key, forms in _keys():
        der = key.private_bytes(serialization.Encoding.DER, PKCS8, serialization.NoEncryption())
        for form in forms:
            for kind in STORES:
                for password in PASSWORDS:
                    stores.append(
                        (kind, _render({**issued, "private_key": _pem(key, form)}, password, format=kind), password)
                    )
                    expected.append((form, hashlib.sha256(der).hexdigest()))
    found = _read_by_java(tmp_path, stores)
    assert len(found) == len(expected) > 80
    for (store,), (form, digest) in zip(found, expected, strict=True):
        assert store[:2] == ["key", "key"]
        assert store[3:] == list(map(_digest, chain))
        # SEC 1 names the curve within the key as well: another text of the same key
        assert store[2] == digest or form is TRADITIONAL


@pytest.mark.real
@pytest.mark.parametrize("kind", STORES)
def test_java_trusts_what_is_to_be_trusted(tmp_path: Path, kind: str, issued: dict[str, Any]) -> None:
    """Each certificate is an entry of its own: those of a list, of one text, of several in one text."""
    middle, root = issued["ca_chain"]
    cases: list[Any] = [[middle, root], root, middle + root, [f"noise\n{middle}more", middle, root]]
    stores = [(kind, _render({"ca": value}, format=kind, key="ca"), USUAL) for value in cases]
    wanted = [[middle, root], [root], [middle, root], [middle, root]]
    for store, certificates in zip(_read_by_java(tmp_path, stores), wanted, strict=True):
        entries = [[f"ca-{number}", "trusted", _digest(each)] for number, each in enumerate(certificates, 1)]
        assert sorted(store) == entries


@pytest.mark.real
@pytest.mark.parametrize("kind", STORES)
def test_java_talks_by_it(tmp_path: Path, kind: str, issued: dict[str, Any]) -> None:
    """A server and a client of Java, each with its certificate, believe each other; keytool counts the entries."""
    files = tmp_path / "key", tmp_path / "trust"
    files[0].write_bytes(_render(issued, format=kind))
    files[1].write_bytes(_render(issued, format=kind, key="ca_chain"))
    command: list[str | Path] = ["java", FOLDER / "TlsByKeyStores.java", kind, *files, USUAL]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("3 3\n", "")
    for file, entries in zip(files, ("1 entry", "2 entries"), strict=True):
        listing: list[str | Path] = ["keytool", "-list", "-keystore", file, "-storepass", USUAL]
        assert f"contains {entries}" in subprocess.run(listing, capture_output=True, text=True, check=True).stdout


def test_openssl_reads_it(issued: dict[str, Any]) -> None:
    """By way of cryptography: the key, and the certificates; and not by another password."""
    key, certificate, others = pkcs12.load_key_and_certificates(_render(issued), USUAL.encode())
    assert certificate is not None
    assert _pem(key, PKCS8) == _pem(serialization.load_pem_private_key(issued["private_key"].encode(), None), PKCS8)
    found = {each.public_bytes(serialization.Encoding.DER) for each in (certificate, *others)}
    pems = (issued["certificate"], *issued["ca_chain"])
    assert {hashlib.sha256(each).hexdigest() for each in found} == set(map(_digest, pems))
    assert hashlib.sha256(certificate.public_bytes(serialization.Encoding.DER)).hexdigest() == _digest(pems[0])
    with pytest.raises(ValueError, match="password"):
        pkcs12.load_key_and_certificates(_render(issued), b"other")


@pytest.mark.parametrize("kind", STORES)
def test_the_same_secret_gives_the_same_bytes(kind: str, issued: dict[str, Any]) -> None:
    """So that a sidecar publishes nothing for nothing; another password gives others."""
    assert _render(issued, format=kind) == _render(dict(issued), format=kind)
    assert _render(issued, format=kind) != _render(issued, "other", format=kind)


def test_no_digest_of_the_password_lies_open(issued: dict[str, Any]) -> None:
    """What is salt for the whole is the same by any password: it tells nothing of it."""
    contents = _render({"ca": issued["issuing_ca"]}, key="ca"), _render({"ca": issued["issuing_ca"]}, "other", key="ca")
    # all but the last digest, which takes its iterations
    differing = [number for number, (one, other) in enumerate(zip(*contents, strict=True)) if one != other]
    assert 0 < len(differing) <= 32
    assert differing[-1] - differing[0] < 32


def test_a_map_within_a_secret_is_as_a_secret(issued: dict[str, Any]) -> None:
    """Found by a pointer, or by a key whose names are taken."""
    nested = {"tls": {"of": issued}}
    assert _render(nested, key="tls", pointer=("of",)) == _render(issued)
    assert "key=<hidden>" in repr(entries_of(None, issued))


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=16, max_size=16), st.binary(max_size=100))
def test_aes(key: bytes, vector: bytes, plain: bytes) -> None:
    """As OpenSSL encrypts."""
    padder, encryptor = PKCS7(128).padder(), Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
    padded = padder.update(plain) + padder.finalize()
    assert encrypt_cbc(key, vector, plain) == encryptor.update(padded) + encryptor.finalize()


def test_aes_of_the_standard() -> None:
    """FIPS 197, C.3: the first block of a chain whose vector is zero."""
    plain = bytes.fromhex("00112233445566778899aabbccddeeff")
    assert encrypt_cbc(bytes(range(32)), bytes(16), plain)[:16].hex() == "8ea2b7ca516745bfeafc49904b496089"


@pytest.mark.parametrize(
    ("values", "fields", "words"),
    [
        ({"certificate": "c"}, {}, "no 'private_key'"),
        ({"private_key": "k"}, {}, "no 'certificate'"),
        ({"private_key": "k", "certificate": "c"}, {}, "has no certificate in PEM"),
        ({"a": "no PEM"}, {"key": "a"}, "has no certificate in PEM to trust"),
        ({"a": [1]}, {"key": "a"}, "has no text in PEM"),
        ({"a": {"b": "c"}}, {"key": "a"}, "has no text in PEM"),
        ({"a": "-----BEGIN CERTIFICATE-----\nAAAA"}, {"key": "a"}, "not whole PEM"),
        ({"a": "-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----"}, {"key": "a"}, "not whole PEM"),
    ],
)
@pytest.mark.parametrize("kind", STORES)
def test_refused(values: dict[str, Any], fields: dict[str, Any], words: str, kind: str) -> None:
    """What is no key and no certificate is named by its key, and never by its value."""
    with pytest.raises((KeyMissing, NotRepresentable), match=words):
        _render(values, format=kind, **fields)


@pytest.mark.parametrize(
    "text",
    [
        "no PEM",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n" * 2,
        "-----BEGIN EC PRIVATE KEY-----\nMAMCAQE=\n-----END EC PRIVATE KEY-----",
        "-----BEGIN EC PRIVATE KEY-----\nMIID\n-----END EC PRIVATE KEY-----",
        5,
    ],
)
def test_a_key_that_is_none(text: Any, issued: dict[str, Any]) -> None:
    """One with a password of its own, two of them, one that is cut off."""
    with pytest.raises(NotRepresentable, match="the key 'private_key'"):
        _render({**issued, "private_key": text})


def test_passwords_that_java_does_not_take(issued: dict[str, Any]) -> None:
    """PKCS #12 has printable ASCII alone; none has an empty one."""
    for password in ("p\u00e4ss", "a\tb", "\u20ac"):
        with pytest.raises(NotRepresentable, match="not printable ASCII"):
            _render(issued, password)
        assert _render(issued, password, format="jks")
    with pytest.raises(NotRepresentable, match="not valid Unicode"):
        _render(issued, "p\ud800", format="jks")
    for kind in STORES:
        with pytest.raises(NotRepresentable, match="is empty"):
            _render(issued, "", format=kind)
