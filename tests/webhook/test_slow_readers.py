"""The time that a caller has to read an answer is that of this answer, whatever came before it."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import trustme

from tests.support.webhook.builders import asking, pod, review
from tests.support.webhook.servers import serving
from tests.webhook.test_robustness import connected, head, status_of
from webhook.server.connection import ANSWER_SECONDS


def test_a_busy_connection_is_kept(tmp_path: Path) -> None:
    """The time for reading an answer is that of this answer, however many others came before it within that time."""
    short = "import sys, webhook.server.connection as c; c.ANSWER_SECONDS = 0.005; sys.argv[1:] = ['serve']; "
    body = review(asking())
    answers = 0
    with serving(tmp_path, program=("-c", f"{short} from webhook.cli import main; sys.exit(main())")) as running:
        ends = time.monotonic() + 3
        while time.monotonic() < ends:
            assert running.client.post("/mutate", content=body).status_code == 200
            answers += 1
    assert answers > 100


def test_a_slow_reader_has_the_whole_time(tmp_path: Path) -> None:
    """Answers that came before, and were read, do not shorten it."""
    authority = trustme.CA()
    large = review(pod({"file.omamori.dev/a": "pki/issue/x#c data.a=" + "a" * 240_000}))
    small = review(asking())
    with serving(tmp_path, authority=authority) as running, connected(running, authority) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        connection.sendall(head(len(small)) + small)
        assert status_of(connection) == 200
        time.sleep(ANSWER_SECONDS - 1)  # the timer of the first answer has a second left
        connection.sendall(head(len(large)) + large)
        time.sleep(2)
        received = b""
        while data := connection.recv(65536):
            received += data
    answer_head, _, answer = received.partition(b"\r\n\r\n")
    assert len(answer) > 100_000
    assert b"content-length: %d\r\n" % len(answer) in answer_head.lower() + b"\r\n"
