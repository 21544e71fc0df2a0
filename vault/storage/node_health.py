"""Read the clock of a Vault node from sys/health, which needs no token.

Each node is called directly: redirects are not followed, and proxies of the environment are ignored.
"""

from __future__ import annotations

import http.client
import json
import ssl
import time
from pathlib import Path
from urllib.parse import urlsplit

from vault.storage.clock import Reading
from vault.storage.errors import NodeUnreachable, SetupInvalid

TIMEOUT_SECONDS = 5.0
MOST_BYTES = 64 * 1024


def read_trust(ca_file: Path) -> ssl.SSLContext:
    """Load the trusted certificates. Raises SetupInvalid."""
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise SetupInvalid(
            f"{ca_file} is not a file of certificates: {type(error).__name__}", hint="give PEM"
        ) from None


def read_clock(address: str, trust: ssl.SSLContext | None) -> Reading:
    """Read the time of a node, which may be sealed or a standby. Raises NodeUnreachable."""
    parts = urlsplit(address)
    connection = (
        http.client.HTTPSConnection(parts.hostname or "", parts.port or 443, timeout=TIMEOUT_SECONDS, context=trust)
        if parts.scheme == "https"
        else http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=TIMEOUT_SECONDS)
    )
    try:
        connection.connect()  # so that the round trip is that of the question alone
        asked_at = time.monotonic()
        connection.request("GET", "/v1/sys/health")
        answer = connection.getresponse()
        answered_at = time.monotonic()
        told = json.loads(answer.read(MOST_BYTES))
        return Reading(int(told["server_time_utc"]), asked_at, answered_at)
    except ssl.SSLError:
        hint = "give its CA: --vault-ca-file"
        raise NodeUnreachable(f"the certificate of {address} is not trusted", hint=hint) from None
    except (OSError, http.client.HTTPException) as error:
        what = f"{address} does not answer: {type(error).__name__}"
        raise NodeUnreachable(what, hint="is the node up, and the address right?") from None
    except (ValueError, KeyError, TypeError):
        hint = "is it Vault itself, or something in front of it?"
        raise NodeUnreachable(f"{address} does not answer like Vault's sys/health", hint=hint) from None
    finally:
        connection.close()
