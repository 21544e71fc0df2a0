"""The API server's HTTP, as its administrator: for many requests, where kubectl would take a tenth of a second each."""

from __future__ import annotations

import contextlib
import json
import ssl
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.realparts.apiserver import ApiServer

SECONDS = 30.0


@contextlib.contextmanager
def kube_client(server: ApiServer) -> Iterator[httpx.Client]:
    """Give a client whose paths are the API's; connections are kept."""
    (account,) = json.loads(server.kubeconfig.read_text())["users"]
    context = ssl.create_default_context(cafile=str(server.ca))
    context.load_cert_chain(account["user"]["client-certificate"], account["user"]["client-key"])
    with httpx.Client(base_url=server.url, verify=context, trust_env=False, timeout=SECONDS) as client:
        yield client
