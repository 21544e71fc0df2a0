"""The search for a secret in all the forms that software leaves one in."""

from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest

from tests.support.canary import Canary, occurrences

CANARIES = [Canary.random(), Canary.plain()]


@pytest.mark.parametrize("canary", CANARIES, ids=["of special characters", "plain"])
@pytest.mark.parametrize("before", range(7))
@pytest.mark.parametrize("after", range(4))
def test_a_canary_is_found_in_every_form(canary: Canary, before: int, after: int) -> None:
    """Whatever stands before and after, each form is found, and found as what it is."""
    whole = b"x" * before + canary.value.encode() + b"y" * after

    assert "raw" in occurrences(canary, whole)
    assert "json" in occurrences(canary, json.dumps(whole.decode()).encode())
    assert "json" in occurrences(canary, json.dumps(whole.decode(), ensure_ascii=False).encode())
    assert "hex" in occurrences(canary, whole.hex().encode())
    assert "hex" in occurrences(canary, whole.hex().upper().encode())
    assert "url" in occurrences(canary, quote(whole, safe="").encode())
    assert "url" in occurrences(canary, quote_plus(whole).encode())
    assert f"base64 at {before % 3}" in occurrences(canary, base64.b64encode(whole))
    assert f"base64 at {before % 3}" in occurrences(canary, base64.urlsafe_b64encode(whole).rstrip(b"="))


@pytest.mark.parametrize("canary", CANARIES, ids=["of special characters", "plain"])
def test_nothing_is_found_where_nothing_is(canary: Canary) -> None:
    """Another canary, and text of the same kind, are no occurrence."""
    other = Canary.random().value
    assert occurrences(canary, f"{other} {json.dumps(other)} {html.escape(other)}".encode()) == ()
    assert occurrences(canary, b"") == ()


def test_go_escapes_are_found() -> None:
    r"""Vault and Kubernetes write `<`, `>` and `&` as `\u003c`, `\u003e` and `\u0026`."""
    canary = Canary("a<b>&c")

    assert occurrences(canary, rb'{"x":"a\u003cb\u003e\u0026c"}') == ("json",)
