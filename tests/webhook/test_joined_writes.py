"""An answer is one write, in the order of its parts, and nothing of it is kept back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from tests.support.webhook.builders import asking, review
from tests.support.webhook.servers import Serving, serving
from tests.webhook.test_connection import START
from tests.webhook.test_robustness import connected
from webhook.server.joined_writes import LARGE_BYTES, JoinedWrites


class Recorded(asyncio.Transport):
    """A transport that notes what is done to it."""

    def __init__(self) -> None:
        super().__init__()
        self.done: list[bytes | str] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Note it."""
        self.done.append(bytes(data))

    def close(self) -> None:
        """Note it."""
        self.done.append("close")

    def abort(self) -> None:
        """Note it."""
        self.done.append("abort")

    def is_closing(self) -> bool:
        """Whether it was closed or aborted."""
        return bool({"close", "abort"}.intersection(self.done))

    def get_write_buffer_size(self) -> int:
        """Return a number that is only this one's."""
        return 7


def test_writes_of_one_turn_are_joined() -> None:
    async def scenario() -> None:
        transport = Recorded()
        joined = JoinedWrites(transport, asyncio.get_running_loop())
        joined.write(b"head")
        joined.write(b"body")
        assert transport.done == []
        await asyncio.sleep(0)
        joined.write(b"next")
        await asyncio.sleep(0)
        assert transport.done == [b"headbody", b"next"]

    asyncio.run(scenario())


def test_close_writes_at_once_and_abort_drops() -> None:
    async def scenario() -> None:
        transport = Recorded()
        joined = JoinedWrites(transport, asyncio.get_running_loop())
        joined.write(b"a")
        joined.write(b"b")
        joined.close()
        assert joined.get_write_buffer_size() == 7
        joined.write(b"c")
        joined.abort()
        await asyncio.sleep(0)
        assert transport.done == [b"ab", "close", "abort"]
        assert joined.is_closing()

    asyncio.run(scenario())


@given(st.lists(st.sampled_from([0, 1, 100, LARGE_BYTES - 1, LARGE_BYTES, 3 * LARGE_BYTES]) | st.none()))
def test_nothing_is_lost_or_reordered(steps: list[int | None]) -> None:
    """A number is a write of so many bytes, None a turn of the loop."""

    async def scenario() -> tuple[bytes, bytes]:
        transport = Recorded()
        joined = JoinedWrites(transport, asyncio.get_running_loop())
        written = b""
        for number, size in enumerate(steps):
            if size is None:
                await asyncio.sleep(0)
            else:
                data = bytes([number % 251]) * size
                written += data
                joined.write(data)
        await asyncio.sleep(0)
        return written, b"".join(each for each in transport.done if isinstance(each, bytes))

    written, arrived = asyncio.run(scenario())
    assert arrived == written


@pytest.fixture(scope="module")
def webhook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Serving, trustme.CA]]:
    """A webhook, and the CA of its certificate."""
    authority = trustme.CA()
    with serving(tmp_path_factory.mktemp("webhook"), authority=authority) as running:
        yield running, authority


def test_an_answer_is_one_record_of_tls(webhook: tuple[Serving, trustme.CA]) -> None:
    """Head and body come with the first read: a read never returns more than one record."""
    body = review(asking())
    with connected(*webhook) as connection:
        connection.sendall(START + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        head, _, answer = connection.recv(1 << 20).partition(b"\r\n\r\n")
    assert answer
    assert b"content-length: %d" % len(answer) in head.lower()


def test_a_caller_that_waits_for_100_continue_gets_it(webhook: tuple[Serving, trustme.CA]) -> None:
    body = review(asking())
    with connected(*webhook) as connection:
        connection.sendall(START + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body))
        assert connection.recv(1 << 20).startswith(b"HTTP/1.1 100")
        connection.sendall(body)
        assert connection.recv(1 << 20).startswith(b"HTTP/1.1 200")
