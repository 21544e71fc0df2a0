"""Files of the Pod that a template of a sidecar reads: it follows them, and one that makes it fail holds up nothing."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.vault.proxy import Proxy
from tests.support.vault.server import VaultServer
from tests.support.vault.sidecar import Sidecar, sidecar, sidecar_plan
from vault.agent.status_command import render_status
from vault.agent.template_sources import _read
from vault.contract.plan import Plan, Template
from vault.gotemplate.errors import Fault


@pytest.fixture
def mounted(tmp_path: Path) -> Path:
    """A folder as of a ConfigMap volume."""
    folder = tmp_path / "mounted"
    folder.mkdir()
    return folder


def _put(file: Path, contents: str) -> None:
    """Replace a file at once, as the kubelet does."""
    new = file.with_suffix(".new")
    new.write_text(contents)
    new.replace(file)


def _plan(server: VaultServer, proxy: Proxy, directory: Path, *texts: str, missing_key: str = "error") -> Plan:
    session = server.session(address=proxy.address, role="shop.service")
    templates = tuple(
        Template(directory=str(directory), name=f"t{number}", mode="0444", text=text, missing_key=missing_key)
        for number, text in enumerate(texts)
    )
    return sidecar_plan(session, directory).replace(templates=templates, refresh_seconds=1)


def _secret(name: str) -> str:
    return f'[[ with secret "secret/shop/{name}" ]][[ .Data.data.a ]][[ end ]]'


def _write(server: VaultServer, name: str, value: str) -> None:
    server.client.write(f"secret/data/shop/{name}", {"data": {"a": value}})


def _warnings(running: Sidecar) -> list[str]:
    return [warning["message"] for warning in running.status()["warnings"]]


def test_a_file_that_changes_is_followed(
    vault_server: VaultServer, proxy: Proxy, directory: Path, mounted: Path
) -> None:
    """No secret has changed; one that is gone for a while changes nothing."""
    _write(vault_server, "beside", "1")
    file = mounted / "hosts"
    file.write_text("one")
    with sidecar(_plan(vault_server, proxy, directory, f'[[ file "{file}" ]] {_secret("beside")}')) as running:
        assert running.read("t0") == b"one 1"
        file.unlink()
        published = running.status()["published"]
        _put(file, "two")
        running.wait(lambda: running.read("t0") == b"two 1", "the new file is in it")
        assert running.status()["state"] == "up to date"
        assert published <= running.wait(lambda: running.status()["published"], "it says so")


def test_a_file_that_makes_a_template_fail_holds_up_nothing(
    vault_server: VaultServer, proxy: Proxy, directory: Path, mounted: Path
) -> None:
    """Its own file stays, log and status say why; the other template goes on; once the file is well, all follows."""
    for name in ("shown", "beside"):
        _write(vault_server, name, "1")
    file = mounted / "hosts.json"
    file.write_text('{"host": "one"}')
    text = f'[[ (file "{file}" | parseJSON).host ]] {_secret("shown")}'
    with sidecar(_plan(vault_server, proxy, directory, text, _secret("beside"))) as running:
        assert running.read("t0") == b"one 1"
        _put(file, "no JSON")
        running.wait_for_line(
            "the file stays as it was: with the files of the Pod as they are now the template fails", level="warning"
        )
        running.wait(lambda: _warnings(running), "the status says so")
        _write(vault_server, "beside", "2")
        running.wait(lambda: running.read("t1") == b"2", "the other goes on")
        assert running.read("t0") == b"one 1"

        _put(file, '{"host": "two"}')
        running.wait(lambda: running.read("t0") == b"two 1", "it is well again")
        running.wait(lambda: not _warnings(running), "and the status, too")


def test_no_value_is_in_the_status(vault_server: VaultServer, proxy: Proxy, directory: Path) -> None:
    """A key that is missing, where the dialect writes Go's word for it; it is not there once the key is."""
    _write(vault_server, "lacking", "1")
    text = '[[ with secret "secret/shop/lacking" ]][[ .Data.data.b ]][[ end ]]'
    with sidecar(_plan(vault_server, proxy, directory, text, missing_key="default")) as running:
        assert running.read("t0") == b"<no value>"
        message = "the file has <no value> where the template names a key that is missing"
        assert _warnings(running) == [message]
        assert f"  warning: {message}\n" in render_status(running.status())
        assert running.status()["state"] == "up to date"
        vault_server.client.write("secret/data/shop/lacking", {"data": {"b": "there"}})
        running.wait(lambda: running.read("t0") == b"there", "the key is there")
        running.wait(lambda: not _warnings(running), "there is nothing to say")


@pytest.mark.real
def test_files_of_another_container_are_not_read(tmp_path: Path) -> None:
    """Below /proc/PID/root the kernel names a file by its path there: the same path here is another file, or none."""
    place = tmp_path / "place"
    place.mkdir()
    (place / "key").write_text("of this container")
    script = f"mount -t tmpfs tmpfs {place} && echo theirs > {place}/key && echo ready && exec sleep 60"
    with subprocess.Popen(["unshare", "-m", "sh", "-c", script], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"ready\n"
        try:
            for path in (f"/proc/{other.pid}/root{place}/key", f"/proc/{other.pid}/cwd{place}/key"):
                with pytest.raises((Fault, OSError)):
                    _read(path.encode(), ())
            assert _read(f"{place}/key".encode(), ()) == b"of this container"
            assert _read(f"/proc/self/root{place}/key".encode(), ()) == b"of this container"
        finally:
            other.kill()


def test_what_a_login_is_made_with_is_not_read(tmp_path: Path) -> None:
    """Nor after the kubelet has written its volume anew, behind the same links."""
    for stamp in ("..1", "..2"):
        (tmp_path / stamp).mkdir()
        (tmp_path / stamp / "token").write_text("jwt")
    (tmp_path / "..data").symlink_to("..1")
    (tmp_path / "token").symlink_to("..data/token")
    own = [str(tmp_path / "token")]
    for stamp in ("..1", "..2"):
        (tmp_path / "new").symlink_to(stamp)
        (tmp_path / "new").replace(tmp_path / "..data")
        for path in (tmp_path / "token", tmp_path / stamp / "token"):
            with pytest.raises(Fault, match="omamori's own"):
                _read(str(path).encode(), own)
