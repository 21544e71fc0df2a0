"""The tests' own HTTP client: one request, one answer, no proxy, one authority trusted."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SECONDS = 15.0


def ask(
    method: str,
    url: str,
    *,
    trusted: Path | None = None,
    headers: Mapping[str, str] | None = None,
    body: Any = None,
) -> httpx.Response:
    """Send one request, with `body` as JSON. Raises httpx.TransportError if no answer came; follows no redirect."""
    context = ssl.create_default_context(cafile=str(trusted)) if trusted else False
    with httpx.Client(verify=context, trust_env=False, timeout=SECONDS) as client:
        return client.request(method, url, headers=headers, json=body)


def status_of(url: str, *, trusted: Path | None = None) -> int | None:
    """The status of a GET; None if no answer came."""
    try:
        return ask("GET", url, trusted=trusted).status_code
    except httpx.TransportError:
        return None
