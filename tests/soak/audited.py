"""What Vault answered to sidecars, from its audit log; what the tests asked with the root token is left out."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

_OPERATIONS = {
    "auth/jwt/login": "login",
    "auth/token/renew-self": "renew",
    "auth/token/revoke-self": "revoke",
    "secret/metadata/": "look",
    "secret/data/": "read",
}


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer. `at` is in seconds of the world's clock; `kind` is the token's: batch, service, or "" if unknown."""

    at: float
    operation: str
    kind: str


def answered(log: Path) -> list[Answered]:
    """Give every answer to a sidecar so far, in order."""
    lines = log.read_text().splitlines()
    found = (_parse(line) for line in lines if '"type":"response"' in line)
    return sorted((each for each in found if each), key=lambda each: each.at)


def _parse(line: str) -> Answered | None:
    entry = json.loads(line)
    given = entry.get("auth") or {}
    operation = next((name for path, name in _OPERATIONS.items() if entry["request"]["path"].startswith(path)), None)
    if operation is None or "root" in given.get("policies", ()):
        return None
    kind = given.get("token_type") or entry.get("response", {}).get("auth", {}).get("token_type", "")
    return Answered(datetime.fromisoformat(entry["time"]).timestamp(), operation, kind)


def per_second(moments: Iterable[float], since: float, seconds: int) -> list[int]:
    """Count moments in each of so many seconds from `since` on."""
    counts = Counter(int(at - since) for at in moments if at >= since)
    return [counts[second] for second in range(seconds)]
