"""Where files may be put: directories that no container can do without, and mounts that are spelt in another way."""

from __future__ import annotations

import posixpath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.webhook.builders import decided, pod, reasons, settings
from webhook.admission.decision import Denied, Patched
from webhook.config.directories import canonical, normalized_mount, parse_directory, parse_name

TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount"
REFUSED = [
    *("/etc", "/usr", "/bin", "/sbin", "/lib", "/lib64", "/usr/bin", "/usr/lib", "/usr/local/bin"),
    *("/usr/lib/x86_64-linux-gnu", "/lib/aarch64-linux-musl", "/nix/store"),
    *("/proc", "/proc/x", "/sys/fs", "/dev", "/dev/shm", "/etc/hosts", "/etc/hostname/x", "/etc/resolv.conf"),
    *("/", "//", "/omamori", "/omamori/launch", "/omamori/x/y", "a", "/a/../b", "/a/./b", "/a//b", "/a:b", "/a\n", ""),
    *("/" + "a/" * 40, "/" + "x" * 1100, "/\ud800"),
]
TAKEN = ["/etc/app", "/etc/ssl/certs", "/usr/share/app", "/usr/local/app", "/run/secrets/app", "/srv", "/a/", "/tmp/x"]


@pytest.mark.parametrize("directory", REFUSED)
def test_refused(directory: str) -> None:
    """A directory that the container needs, or that is none, is refused, by dir=, Pod-wide and in the settings."""
    with pytest.raises(ValueError, match=r".") as caught:
        parse_directory(directory)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("directory", TAKEN)
def test_taken(directory: str) -> None:
    """What is deeper, or nobody's, is fine."""
    assert parse_directory(directory) == directory.rstrip("/")


def mounting(directory: str, *mounts: str) -> dict[str, Any]:
    """A Pod that wants a file in a directory, beside mounts of its own."""
    own = [{"name": "own", "mountPath": mount} for mount in mounts]
    return pod({"file.omamori.dev/a": f"kv/a#k dir={directory}"}, containers=[{"name": "app", "volumeMounts": own}])


@pytest.mark.parametrize(
    ("directory", "mount", "refused"),
    [
        # the token's volume, through the link that /var/run is
        ("/run/secrets", TOKEN, True),
        ("/run/secrets/kubernetes.io", TOKEN, True),
        ("/run", TOKEN, True),
        ("/var/run/secrets/kubernetes.io/serviceaccount/x", TOKEN, True),
        ("/run/secrets/app", TOKEN, False),
        ("/var/run/secrets/app", TOKEN, False),
        ("/run/secrets", "/srv", False),
        ("/var/lock/x", "/run/lock", True),
        ("/var", TOKEN, True),
        ("/var/run/app", "/var", True),
        ("/run/app", "/var", False),
        ("/var/lock", "/var/lock/subsys", True),
        # as the kubelet takes them
        ("/vault/secrets", "/vault//secrets", True),
        ("/vault/secrets", "/vault/./secrets/x", True),
        ("/vault/secrets", "/vault/x/../secrets", True),
        ("/vault/secrets", "vault/secrets", True),
        ("/vault/secrets", "//vault/", True),
        ("/vault/secrets", "/vault/secrets2", False),
        ("/vault/secrets", "/vault/secrets-old/..//x", False),
    ],
)
def test_mounts_are_compared_as_they_are_mounted(directory: str, mount: str, refused: bool) -> None:
    """A mount is in the way however it is spelt, and no other is."""
    decision = decided(mounting(directory, mount))
    assert isinstance(decision, Denied if refused else Patched), decision
    if isinstance(decision, Denied):
        assert decision.reason == "mount"


def test_other_mount_points() -> None:
    """A termination message or a block device inside the directory could not be mounted there any more."""
    for field in (
        {"terminationMessagePath": "/srv/app/log"},
        {"volumeDevices": [{"name": "v", "devicePath": "/srv/app/x"}]},
    ):
        raw = pod({"file.omamori.dev/a": "kv/a#k dir=/srv/app"}, containers=[{"name": "app", **field}])
        assert reasons(raw) == ["mount"]


def test_launcher_beside_a_mount_that_is_spelt_otherwise() -> None:
    """The launcher's own directory is as closed."""
    raw = pod(
        {"env.omamori.dev/A": "kv/a#k", "omamori.dev/env-delivery": "exec"},
        containers=[
            {"name": "app", "command": ["x"], "volumeMounts": [{"name": "v", "mountPath": "/omamori//launch"}]}
        ],
    )
    assert reasons(raw) == ["mount"]


def test_one_directory_in_two_spellings() -> None:
    """/var/run/x and /run/x are one directory in most images: the second mount would hide the first."""
    raw = pod({"file.omamori.dev/a": "kv/a#k dir=/var/run/x", "file.omamori.dev/b": "kv/b#k dir=/run/x"})
    assert reasons(raw) == ["duplicate"]
    same = pod({"file.omamori.dev/a": "kv/a#k dir=/var/run/x as=a", "file.omamori.dev/b": "kv/b#k dir=/run/x as=a"})
    assert set(reasons(same)) == {"duplicate"}
    inside = pod({"file.omamori.dev/a": "kv/a#k dir=/var/run/x/y", "file.omamori.dev/b": "kv/b#k dir=/run/x"})
    assert reasons(inside) == ["duplicate"]


def test_directories_that_are_seldom_meant() -> None:
    """/tmp and the like are possible; a warning says what is lost."""
    for directory in ("/tmp", "/var/tmp", "/run", "/home", "/var"):
        decision = decided(mounting(directory))
        assert isinstance(decision, Patched)
        assert any("read-only" in warning for warning in decision.warnings), directory
    assert not decided(mounting("/tmp/app")).warnings  # type: ignore[union-attr]


def test_the_settings_ask_the_same_parser() -> None:
    """A default directory that an annotation could not name does not start the webhook."""
    assert settings(DIRECTORY="/etc/app").directory == "/etc/app"


segments = st.sampled_from(["a", "b", ".", "..", "", "var", "run", "x y"])


@given(st.lists(segments, max_size=6).map("/".join))
def test_normal_mounts(path: str) -> None:
    """A mount's normal path is absolute, and normalising it again changes nothing."""
    normal = normalized_mount(path)
    assert normal.startswith("/")
    assert posixpath.normpath(normal) == normal
    assert normalized_mount(normal) == normal
    assert canonical(canonical(normal)) == canonical(normal)


@given(st.text(max_size=12))
def test_any_name(text: str) -> None:
    """Any text is a directory or a file's name, or refused with printable words."""
    for parse in (parse_directory, parse_name):
        try:
            parse(text)
        except ValueError as error:
            assert str(error).isprintable()
