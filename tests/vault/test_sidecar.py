"""A sidecar and what changes in Vault: new versions, deletions, refusals; and how the application is told."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.support.vault.proxy import Proxy
from tests.support.vault.server import VaultServer
from tests.support.vault.sidecar import shown_status, sidecar, sidecar_plan, write_role
from vault.contract.names import RESTART_EXIT_CODE
from vault.contract.plan import Output, Read

DB = "secret/data/shop/db"
Write: TypeAlias = Callable[[Any], None]


@pytest.fixture
def path(request: pytest.FixtureRequest) -> str:
    """The path of a KV version 2 secret of the test's own."""
    return f"secret/data/shop/{request.node.name.partition('[')[0]}"


@pytest.fixture
def write(vault_server: VaultServer, path: str) -> Write:
    """Write a new version of that secret; the first is written."""

    def write_version(password: Any) -> None:
        vault_server.client.write(path, {"data": {"password": password}})

    write_version("one")
    return write_version


def test_a_new_version_is_published(
    vault_server: VaultServer, proxy: Proxy, directory: Path, path: str, write: Write
) -> None:
    """One login, one read; then the metadata is asked for, and the secret is read again when there is a new version."""
    with sidecar(sidecar_plan(vault_server.session(address=proxy.address), directory, path)) as running:
        assert running.json() == {"password": "one"}
        before = (directory / "..data").resolve()
        metadata = path.replace("/data/", "/metadata/")
        running.wait(lambda: proxy.paths.count(metadata) >= 2, "it has looked twice")
        assert proxy.paths.count(path) == 1
        assert (directory / "..data").resolve() == before

        write("two")
        running.wait(lambda: running.json() == {"password": "two"}, "the new version is there")

        assert (before / "0").read_bytes() == b'{"password":"one"}\n'
        looked = proxy.paths.count(metadata)
        running.wait(lambda: proxy.paths.count(metadata) > looked + 1, "it has looked again")
        assert (proxy.paths.count(path), proxy.paths.count("auth/jwt/login")) == (2, 1)
        read = running.wait(lambda: [each for each in running.status()["reads"] if each["version"] == 2], "the status")
        assert (read[0]["path"], read[0]["error"]) == (path, None)
        finished, _ = running.stop()
    assert finished.code == 0
    assert [line["message"] for line in finished.lines] == ["published", "published", "stopped"]


def test_a_deleted_secret_stays_until_it_is_there_again(
    vault_server: VaultServer, directory: Path, path: str, write: Write
) -> None:
    """Deleted, the files stay and log and status say so, once; undeleted, all is well; so it goes for optional ones."""
    plan = sidecar_plan(vault_server.session(), directory, path)
    optional = plan.outputs[0].replace(optional=True)
    with sidecar(plan.replace(outputs=(optional,))) as running:
        vault_server.client.delete(path)
        said = running.wait_for_line("not up to date")
        assert (said["reason"], said["path"], said["files_stay"]) == ("path-not-found", path, True)
        assert "was deleted at" in said["cause"]
        status = running.wait(lambda: running.status()["state"] == "failing" and running.status(), "the status says so")
        assert "was deleted at" in status["reads"][0]["error"]["message"]
        shown = shown_status(running.plan).stderr.decode()
        assert "failing, as of" in shown
        assert "! secret/data/shop/" in shown
        assert running.json() == {"password": "one"}

        vault_server.client.write(path.replace("/data/", "/undelete/"), {"versions": [1]})
        running.wait_for_line("up to date again", path=path)
        vault_server.client.write(path.replace("/data/", "/destroy/"), {"versions": [1]})
        running.wait(lambda: len(running.program.lines("not up to date")) == 2, "it says that it is destroyed")
        write("two")
        running.wait(lambda: running.json() == {"password": "two"}, "the new version is there")
        running.wait(lambda: running.status()["state"] == "up to date", "all is well")


def test_a_secret_that_was_wiped_out_begins_at_1_again(
    vault_server: VaultServer, directory: Path, path: str, write: Write
) -> None:
    """The number of its version is the same, and the change is noticed all the same."""
    with sidecar(sidecar_plan(vault_server.session(), directory, path)) as running:
        vault_server.client.delete(path.replace("/data/", "/metadata/"))
        write("two")
        running.wait(lambda: running.json() == {"password": "two"}, "the new secret is there")
        assert running.status()["reads"][0]["version"] == 1


def test_what_has_no_metadata_is_read_whole(
    vault_server: VaultServer, proxy: Proxy, directory: Path, path: str, write: Write
) -> None:
    """A KV version 1 secret, and one whose metadata is refused, which is said once; what is pinned is not looked at."""
    vault_server.client.write("secret/data/blind/a", {"data": {"a": "1"}})
    vault_server.client.write(
        "sys/policies/acl/blind", {"policy": 'path "secret/data/blind/*" {capabilities=["read"]}'}
    )
    vault_server.client.write("kv1/changing", {"b": "1"})
    role = write_role(vault_server, "shop.blind", "batch", "10m", "0", "blind")
    session = vault_server.session(address=proxy.address, role=role)
    pinned = Read(path=path, version=1)
    with sidecar(sidecar_plan(session, directory, "secret/data/blind/a", "kv1/changing", pinned)) as running:
        vault_server.client.write("secret/data/blind/a", {"data": {"a": "2"}})
        vault_server.client.write("kv1/changing", {"b": "2"})
        write("two")
        running.wait(lambda: running.json("0") == {"a": "2"}, "the blind one is there")
        running.wait(lambda: running.json("1") == {"b": "2"}, "that of version 1 is there")
        seen = proxy.paths.count("secret/data/blind/a")
        running.wait(lambda: proxy.paths.count("secret/data/blind/a") > seen + 1, "it goes on")

        assert running.json("2") == {"password": "one"}
        assert proxy.paths.count(f"{path}?version=1") == 1
        assert proxy.paths.count("secret/metadata/blind/a") == 1
        assert len([line for line in running.program.lines() if "metadata is refused" in line["message"]]) == 1


def test_what_is_optional_comes_when_it_is_written(vault_server: VaultServer, directory: Path, path: str) -> None:
    """Left out at first, it is published as soon as it is there."""
    plan = sidecar_plan(vault_server.session(), directory, DB, f"{path}/later")
    outputs = (plan.outputs[0], plan.outputs[1].replace(optional=True))
    with sidecar(plan.replace(outputs=outputs)) as running:
        assert running.read("1") is None
        assert "left out" in shown_status(running.plan).stderr.decode()
        vault_server.client.write(f"{path}/later", {"data": {"a": "b"}})
        running.wait(lambda: running.json("1") == {"a": "b"}, "it is there")
        assert len(running.program.lines("left out, since it is optional")) == 1


def test_a_key_that_is_gone_holds_up_nothing_else(
    vault_server: VaultServer, directory: Path, path: str, write: Write
) -> None:
    """What cannot be rendered stays as it was, with an error of its own; another secret's change is published."""
    vault_server.client.write(f"{path}/other", {"data": {"a": "1"}})
    plan = sidecar_plan(vault_server.session(), directory, path, f"{path}/other")
    outputs = (plan.outputs[0].replace(key="password", format="raw", annotation="a/b"), plan.outputs[1])
    with sidecar(plan.replace(outputs=outputs)) as running:
        vault_server.client.write(path, {"data": {"pasword": "two"}})
        vault_server.client.write(f"{path}/other", {"data": {"a": "2"}})
        running.wait(lambda: running.json("1") == {"a": "2"}, "the other one is there")
        running.wait_for_line("not up to date", reason="key-missing", annotation="a/b")
        assert running.read("0") == b"one"
        write("three")
        running.wait(lambda: running.read("0") == b"three", "the key is there again")
        running.wait(lambda: running.status()["state"] == "up to date", "all is well")


TOLD = """
import signal, sys
signal.signal(signal.SIGHUP, lambda *_: (print("told", flush=True)))
print("ready", flush=True)
while True:
    signal.pause()
"""


def test_a_process_is_told(vault_server: VaultServer, directory: Path, path: str, write: Write) -> None:
    """Each process that is called so gets the signal after the files have changed, and not for the first ones."""
    name = f"told-{path.rpartition('/')[2][:40]}"
    plan = sidecar_plan(vault_server.session(), directory, path, on_change="signal", signal="HUP", process=name)
    with subprocess.Popen([name, "-c", TOLD], executable=sys.executable, stdout=subprocess.PIPE) as told:
        assert told.stdout is not None
        try:
            assert told.stdout.readline() == b"ready\n"
            with sidecar(plan) as running:
                write("two")
                assert told.stdout.readline() == b"told\n"
                assert running.json() == {"password": "two"}
                running.wait_for_line("notified of the change", process=name, processes=1)
                running.program.popen.kill()
            write("three")
            with sidecar(plan) as running:
                assert told.stdout.readline() == b"told\n"
                assert running.json() == {"password": "three"}
        finally:
            told.kill()


def test_all_containers_start_anew(vault_server: VaultServer, directory: Path, path: str, write: Write) -> None:
    """The new files are there, then it ends with the code that the Pod has a rule for; not for its own first files."""
    plan = sidecar_plan(vault_server.session(role="shop.service"), directory, path, on_change="restart")
    with sidecar(plan) as running:
        write("two")
        finished, _ = running.program.finish(15)
        assert finished.code == RESTART_EXIT_CODE
        assert running.json() == {"password": "two"}
    write("three")
    with sidecar(plan) as running:
        running.wait(lambda: running.json() == {"password": "three"}, "it published at its start")
        assert running.stop()[0].code == 0


def test_several_outputs_have_one_call(vault_server: VaultServer, proxy: Proxy, directory: Path) -> None:
    """Files of one read are of one answer, in two directories."""
    other = directory.with_name("other")
    other.mkdir()
    plan = sidecar_plan(vault_server.session(address=proxy.address), directory, DB)
    more = Output(directory=str(other), name="user", mode="0400", key="username")
    with sidecar(plan.replace(outputs=(*plan.outputs, more))) as running:
        assert running.json()["username"] == (other / "user").read_text() == "shop"
        assert proxy.paths.count(DB) == 1
        assert running.program.popen.poll() is None
        running.program.popen.send_signal(signal.SIGTERM)
