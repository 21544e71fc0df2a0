"""Sidecars against a Vault whose numbers, lives and statuses are random: few calls, no dead file called fresh."""

from __future__ import annotations

import calendar
import itertools
import json
import random
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support.scale import FULL, keep, scaled, seed
from tests.support.vault.scripted import LOGIN, Said, ScriptedVault, kv2, kv2_metadata, scripted_vault
from tests.support.vault.sidecar import Sidecar, sidecar, sidecar_plan
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.timeout(0)]

SECONDS = scaled(10, 3600)
SIDECARS = scaled(2, 6)
PATHS = (
    "secret/data/a",
    "database/creds/r",
    "pki/cert/x",
    "identity/oidc/token/app",
    "kv/plain",
    "database/static-creds/r",
)
NUMBERS = (0, 1, 2, 3, 5, 30, 3600, -1, -(10**12), 10**9, 10**18, 10**308, 10**400, True, None, "1s", "x", 1e308)
STATUSES = (200, 200, 200, 200, 204, 301, 307, 400, 403, 404, 405, 412, 429, 500, 502, 503)
WORDS: tuple[list[str], ...] = (
    [],
    ["x"],
    ["permission denied"],
    ["invalid token"],
    ["Vault is sealed"],
    ["local node"],
)
SLACK_SECONDS = 2.5
LEAST_GAP = 0.9 if FULL else 0.6  # beside other tests, one call may reach the server late, and the next in time


class Chance:
    """Says something else at each call."""

    def __init__(self, source: random.Random) -> None:
        self._source = source
        self._lock = threading.Lock()
        self._version = itertools.count(1)

    def _number(self) -> Any:
        return self._source.choice(NUMBERS)

    def login(self) -> Said:
        """A token of any kind and life; rarely a refusal."""
        with self._lock:
            if self._source.random() < 0.1:
                return self._failure()
            kind = self._source.choice(("service", "batch", "", "odd"))
            life = self._source.choice((1, 2, 5, 60, 3600, 10**9, 10**400))
            token = {"client_token": "s.x", "token_type": kind, "lease_duration": life, "renewable": True}
            return Said(body={"auth": token})

    def _failure(self) -> Said:
        status = self._source.choice([each for each in STATUSES if each != 200])
        body: Any = self._source.choice(({"errors": self._source.choice(WORDS)}, b"", b"<html>", {}, b"[]"))
        headers = {"Location": "https://elsewhere.example"} if status // 100 == 3 else {}
        return Said(status, b"" if status == 204 else body, headers)

    def secret(self) -> Said:
        """A secret of any engine, with any numbers, or anything else."""
        with self._lock:
            if self._source.random() < 0.4:
                return self._failure()
            version = next(self._version) % 9 + 1
            values = {"a": str(self._source.random()), "ttl": self._number(), "expiration": self._number()}
            for name in ("last_vault_rotation", "token_ttl", "expires_at"):
                if self._source.random() < 0.3:
                    values[name] = self._number()
            if self._source.random() < 0.4:
                return kv2(values, version)
            body = {"data": values, "lease_duration": self._number(), "renewable": self._source.random() < 0.5}
            return Said(body={**body, "lease_id": self._source.choice(("", "l"))})

    def look(self) -> Said:
        """The state of a version, or not."""
        with self._lock:
            return self._failure() if self._source.random() < 0.4 else kv2_metadata(next(self._version) % 9 + 1)


def _seconds(text: str) -> float:
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


def _check_status(running: Sidecar) -> None:
    """What is called up to date has not ended, by the sidecar's own words."""
    found = json.loads((running.state / "status.json").read_text())
    if found["state"] != "up to date":
        return
    for read in found["reads"]:
        assert not read["ends"] or _seconds(read["ends"]) >= _seconds(found["written"]) - SLACK_SECONDS, found


def _gaps(vault: ScriptedVault) -> float:
    """The shortest time between two calls for the same; renewals are one path for all leases."""
    shortest = float("inf")
    for path, times in vault.times.items():
        if path.startswith("sys/"):
            continue
        gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
        shortest = min([shortest, *gaps])
    return shortest


def test_random_answers(tmp_path: Path) -> None:
    """From a good start, at every moment: it runs, its status is whole, and calls for one thing are a second apart."""
    chances = random.Random(seed())
    with ExitStack() as stack:
        vaults, sidecars = [], []
        for number in range(SIDECARS):
            chance = Chance(random.Random(chances.random()))
            good = {path: kv2({"a": "b"}) for path in PATHS}
            vault = stack.enter_context(scripted_vault({"*/login": Said(body=LOGIN), **good}))
            folder = tmp_path / str(number)
            (folder / "files").mkdir(parents=True)
            plan = sidecar_plan(vault.session(folder), folder / "files", *PATHS)
            sidecars.append(stack.enter_context(sidecar(plan)))
            vault.table = {
                "*/login": chance.login,
                "*/metadata/*": chance.look,
                "sys/leases/renew": chance.secret,
                "auth/token/*": chance.login,
                **dict.fromkeys(PATHS, chance.secret),
            }
            vaults.append(vault)
        ends = time.monotonic() + SECONDS

        def is_over() -> bool:
            for running in sidecars:
                assert running.program.popen.poll() is None, running.program.log.read_text()[-3000:]
                _check_status(running)
            return time.monotonic() > ends

        wait_until(is_over, SECONDS + 60, "the time is over")
        shortest = min(map(_gaps, vaults))
        calls = sum(sum(vault.calls.values()) for vault in vaults)
        logged = sum(running.program.log.stat().st_size for running in sidecars)
        for running in sidecars:
            finished, seconds = running.stop()
            assert finished.code == 0
            assert seconds < 3
    keep(
        "sidecars and random answers",
        {
            "seconds": SECONDS,
            "sidecars": SIDECARS,
            "calls": calls,
            "shortest gap": round(shortest, 3),
            "log bytes": logged,
        },
    )
    assert shortest > LEAST_GAP
    assert calls <= SIDECARS * (SECONDS + 5) * (len(PATHS) * 4 + 4)
