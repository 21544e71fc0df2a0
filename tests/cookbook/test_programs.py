"""Recipes whose readers are other people's programs: libpq, Redis, nginx, Java's, Spring's, podman."""

from __future__ import annotations

import socket
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cookbook.conftest import Deliver
from tests.cookbook.recipes import prepare, read_recipes
from tests.cookbook.test_files import AWKWARD, kafka_values
from tests.realparts.parts import part
from tests.realparts.postgresql import postgresql
from tests.realparts.sandbox import sandbox
from tests.support.vault.cases import FOLDER
from tests.support.vault.server import VaultServer
from tests.support.vault.sidecar import sidecar
from tests.support.waiting import wait_until
from webhook.demo.webhook_side import free_port

pytestmark = pytest.mark.real


def _java(program: str, *arguments: str | Path, jars: Path | None = None) -> str:
    path = [] if jars is None else ["-cp", f"{jars}/*"]
    done = subprocess.run(["java", *path, FOLDER / program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _read_by_spring(file: Path) -> dict[str, str]:
    """Give what Spring Boot's own loader makes of a file, which it takes by its name's end."""
    told = _java("ReadSpring.java", file, jars=part("springboot") / "lib")
    words = (line.split() for line in told.splitlines())
    return {name: bytes.fromhex(text).decode() for name, text in words}


def test_spring_properties(cook: Deliver) -> None:
    """The two keys that are named, under Spring's names."""
    found = cook("Spring Boot reads application.properties", AWKWARD)
    assert _read_by_spring(found.files["/vault/secrets/application.properties"]) == {
        "spring.datasource.username": "checkout",
        "spring.datasource.password": AWKWARD,
    }


def test_spring_yaml(cook: Deliver) -> None:
    """The secret, nested as it is."""
    found = cook("Spring Boot reads application.yaml", AWKWARD)
    assert _read_by_spring(found.files["/vault/secrets/application.yaml"]) == {
        "pool.size": "10",
        "spring.datasource.username": "checkout",
        "spring.datasource.password": AWKWARD,
    }


def test_kafka_properties(cook: Deliver) -> None:
    """java.util.Properties reads settings and secrets."""
    values = kafka_values()
    found = cook("A Kafka client reads client.properties and a trust store", values=values)
    told = _read_by_spring(found.files["/vault/secrets/client.properties"])
    assert told == {
        "security.protocol": "SASL_SSL",
        "ssl.truststore.location": "/vault/secrets/trust.jks",
        "ssl.truststore.password": values["truststore_password"],
        "sasl.jaas.config": values["sasl"],
    }


def test_psql(cook: Deliver) -> None:
    """The client logs in to a server by the file alone, with a password that has colons and backslashes."""
    found = cook("PostgreSQL reads .pgpass", AWKWARD)
    file = found.files["/home/app/.pgpass"].resolve()
    with sandbox() as box, postgresql(box) as server:
        quoted = AWKWARD.replace("'", "''")
        server.query(f"create role checkout login password '{quoted}'")
        # the recipe's own host and port, at the address of this run
        address = f"host=db.shop.svc hostaddr={server.address} port=5432 user=checkout dbname=postgres"
        if server.port != 5432:
            contents = file.read_text().replace(":5432:", f":{server.port}:")
            file.write_text(contents)
            address = address.replace("port=5432", f"port={server.port}")
        told = box.run(
            ["psql", "-X", "-A", "-t", "--no-password", "-c", "select current_user", address],
            env={"PGPASSFILE": str(file)},
        )
    assert told.stdout.strip() == "checkout"


def test_podman(cook: Deliver) -> None:
    """The program's own reader knows the user of the registry."""
    found = cook("Docker, podman and skopeo read config.json", AWKWARD)
    file = found.files["/home/app/.docker/config.json"]
    told = subprocess.run(
        ["podman", "login", "--authfile", file, "--get-login", "registry.example.com"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "robot"


@contextmanager
def _running(*command: str | Path) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(10)


def _listens(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def test_redis(cook: Deliver) -> None:
    """Redis takes the password whose hash is in the file, and no other one."""
    found = cook("Redis reads its users", AWKWARD)
    port = free_port()
    file = found.files["/vault/secrets/users.acl"]
    with _running("redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--aclfile", file):
        wait_until(lambda: _listens(port), 20, "Redis listens")

        def told(password: str) -> str:
            command = ["redis-cli", "-p", str(port), "--user", "shop", "--pass", password, "--no-auth-warning", "ping"]
            return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()

        assert told(AWKWARD) == "PONG"
        assert "NOAUTH" in told("another") or "WRONGPASS" in told("another")


_NGINX = """\
pid {folder}/nginx.pid;
error_log {folder}/error.log;
daemon off;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
  }}
}}
"""


def _served(port: int, authority: str) -> tuple[int, bytes]:
    """Shake hands with a server by the authority alone: how many certificates it sends, and its own."""
    context = ssl.create_default_context(cadata=authority)
    with (
        socket.create_connection(("127.0.0.1", port)) as plain,
        context.wrap_socket(plain, server_hostname="shop.example.com") as secured,
    ):
        chain: list[Any] = secured._sslobj.get_unverified_chain()  # type: ignore[attr-defined]
        own = secured.getpeercert(binary_form=True)
    assert own is not None
    return len(chain), own


def test_nginx(kitchen: VaultServer, tmp_path: Path) -> None:
    """Nginx serves certificate and chain, and after the signal the next ones."""
    volumes = tmp_path / "volumes"
    volumes.mkdir()
    recipe = read_recipes()["nginx reads a certificate with its chain"]
    delivered = prepare(recipe, kitchen, volumes)
    assert (delivered.plan.on_change, delivered.plan.signal, delivered.plan.process) == ("signal", "HUP", "nginx")
    authority = str(kitchen.client.read("pki/cert/ca")["certificate"])  # type: ignore[index]
    port = free_port()
    configuration = tmp_path / "nginx.conf"
    files = {"certificate": "/vault/secrets/tls.crt", "key": "/vault/secrets/tls.key"}
    named: Mapping[str, Any] = {name: delivered.files[place] for name, place in files.items()}
    configuration.write_text(_NGINX.format(folder=tmp_path, port=port, **named))
    with sidecar(delivered.plan) as running:
        with _running("nginx", "-e", tmp_path / "error.log", "-c", configuration):
            wait_until(lambda: _listens(port), 20, "nginx listens")
            count, first = _served(port, authority)
            assert count == 2
            wait_until(lambda: _served(port, authority)[1] != first, 60, "nginx serves another certificate")
        running.stop()


def test_java_key_stores(cook: Deliver) -> None:
    """Keytool lists the key with its chain, and what is to be trusted; handshakes are in tests/e2e/test_key_stores."""
    found = cook("Java reads a key store and a trust store", "change it \\'$")
    password = found.files["/vault/secrets/store-password"].resolve()
    for name, entries in (("key.p12", "PrivateKeyEntry"), ("trust.p12", "trustedCertEntry")):
        told = subprocess.run(
            ["keytool", "-list", "-keystore", found.files[f"/vault/secrets/{name}"], "-storepass:file", password],
            capture_output=True,
            text=True,
            check=True,
        )
        assert entries in told.stdout
        assert "contains 1 entry" in told.stdout


def test_ssh(cook: Deliver, tmp_path: Path) -> None:
    """OpenSSH takes the key, whose mode it checks, and finds the host."""
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    public = key.with_suffix(".pub").read_text().split()[:2]
    values = {"key": key.read_text(), "known_hosts": f"git.example.com {' '.join(public)}\n"}
    found = cook("SSH reads a key and known hosts", values=values)
    own, hosts = found.files["/home/app/.ssh/id_ed25519"], found.files["/home/app/.ssh/known_hosts"]
    told = subprocess.run(["ssh-keygen", "-y", "-f", own.resolve()], capture_output=True, text=True, check=True)
    assert told.stdout.split()[:2] == public
    subprocess.run(["ssh-keygen", "-F", "git.example.com", "-f", hosts], check=True, capture_output=True)
