"""Which commands become a signal, and which are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.contract.plan import SIGNALS
from webhook.admission.annotations.values import OnChange
from webhook.admission.annotations.vault_k8s.commands import parse_command


@pytest.mark.parametrize(
    ("text", "signal", "process"),
    [
        ("pkill -HUP nginx", "HUP", "nginx"),
        ("pkill nginx", "TERM", "nginx"),
        ("/usr/bin/pkill -SIGHUP nginx", "HUP", "nginx"),
        ("pkill -1 nginx", "HUP", "nginx"),
        ("pkill -x -USR2 my-app_2", "USR2", "my-app_2"),
        ("pkill -USR1 -x app", "USR1", "app"),
        ("pkill --signal HUP nginx", "HUP", "nginx"),
        ("pkill --signal=SIGINT '^nginx$'", "INT", "nginx"),
        ("killall -s HUP haproxy", "HUP", "haproxy"),
        ("kill -HUP $(pidof nginx)", "HUP", "nginx"),
        ("kill -s SIGQUIT $(pgrep -x nginx)", "QUIT", "nginx"),
        ("kill `pidof -s app`", "TERM", "app"),
        ("sh -c 'kill -HUP $(pidof vault-app) || true'", "HUP", "vault-app"),
        ('/bin/sh -c "pkill -HUP nginx; true"', "HUP", "nginx"),
        ("/bin/bash -ec 'pkill  -HUP   nginx'", "HUP", "nginx"),
        ("pkill -HUP nginx || true", "HUP", "nginx"),
        ("pkill -HUP nginx || :", "HUP", "nginx"),
        ("\n  pkill -HUP nginx\n", "HUP", "nginx"),
        ("pkill -28 app", "WINCH", "app"),
    ],
)
def test_signals(text: str, signal: str, process: str) -> None:
    """kill, pkill and killall of a named process, as people write them, with a shell around or none."""
    assert parse_command(text) == OnChange(signal=signal, process=process)


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_nothing(text: str) -> None:
    """An empty command is none."""
    assert parse_command(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "kill -HUP 1",
        "kill -HUP $(cat /var/run/nginx.pid)",
        "pkill -f java",
        "pkill -HUP -f 'java -jar app.jar'",
        "pkill -HUP nginx && curl http://x",
        "pkill -HUP nginx; rm -rf /",
        "pkill -HUP nginx | cat",
        "pkill -HUP $NAME",
        "pkill -HUP $(cat name)",
        "pkill -HUP nginx haproxy",
        "pkill -HUP ngin.*",
        "pkill",
        "nginx -s reload",
        "/tmp/reload.sh",
        "curl -X POST http://localhost/reload",
        "sh -c 'pkill -HUP nginx' && echo",
        "pkill -HUP " + "a" * 300,
    ],
)
def test_refused(text: str) -> None:
    """What is no named process, and every other command: there is nothing to run it."""
    with pytest.raises(ValueError, match="omamori's image has nothing to run"):
        parse_command(text)


@pytest.mark.parametrize("text", ["pkill -9 app", "pkill -KILL app", "pkill -STOP app", "kill -s HUPP $(pidof app)"])
def test_other_signals(text: str) -> None:
    """A signal that omamori does not send."""
    with pytest.raises(ValueError, match="omamori sends one of HUP"):
        parse_command(text)


@given(
    st.lists(
        st.sampled_from(["pkill", "kill", " ", "-HUP", "-x", "$(pidof ", ")", "nginx", "'", "sh -c ", ";", "|"])
    ).map("".join)
)
def test_any_command(text: str) -> None:
    """Any text gives a signal to a plain name, nothing, or our error."""
    try:
        found = parse_command(text)
    except ValueError:
        return
    assert found is None or (found.signal in SIGNALS and not set(found.process) & set(" ;|$()'\"`"))
