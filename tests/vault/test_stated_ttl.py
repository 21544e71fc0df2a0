"""How long a value lives that an engine made without a lease: wherever its answer says so."""

from __future__ import annotations

import base64
import datetime as dt
import json
import struct
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.agent.api.responses import MOST_SECONDS, Number
from vault.agent.sidecar.machine.stated_ttl import is_counter, stated_seconds

NOW = 1_800_000_000
UNKNOWN = 60.0


def _jwt(**claims: Any) -> str:
    parts = [
        base64.urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=") for each in ({"alg": "x"}, claims)
    ]
    return ".".join([*parts, "c2ln"])


def _field(contents: bytes) -> bytes:
    return struct.pack(">I", len(contents)) + contents


def _ssh(kind: str, fields: int, begins: int, ends: int) -> str:
    name = f"{kind}-cert-v01@openssh.com"
    body = _field(name.encode()) + _field(b"nonce") + _field(b"key") * fields
    body += struct.pack(">QI", 7, 1) + _field(b"id") + _field(b"principals") + struct.pack(">QQ", begins, ends)
    return f"{name} {base64.b64encode(body + _field(b'') * 5).decode()} comment\n"


def _rfc(seconds: float, zone: str = "Z") -> str:
    offset = 0 if zone == "Z" else int(zone[1:3]) * 3600 + int(zone[4:6]) * 60
    moment = dt.datetime.fromtimestamp(NOW + seconds + (offset if zone[0] != "-" else -offset), dt.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + zone


CASES: dict[str, tuple[dict[str, Any], float | None]] = {
    "ttl": ({"ttl": 43200, "token": "x"}, 43200),
    "ttl as text": ({"ttl": "43200"}, 43200),
    "ttl as a duration": ({"ttl": "12h0m0s"}, 43200),
    "ttl in minutes": ({"ttl": "90m"}, 5400),
    "ttl in parts": ({"ttl": "1.5h"}, 5400),
    "ttl with milliseconds": ({"ttl": "1m500ms"}, 60.5),
    "ttl a fraction": ({"ttl": Number("3599.5")}, 3599.5),
    "ttl 0 has no end": ({"ttl": 0}, None),
    "ttl negative": ({"ttl": -1}, None),
    "ttl no number": ({"ttl": "soon"}, None),
    "ttl true": ({"ttl": True}, None),
    "ttl a list": ({"ttl": [1]}, None),
    "ttl null": ({"ttl": None}, None),
    "ttl huge": ({"ttl": 10**400}, None),
    "ttl of digits": ({"ttl": Number("1" * 5000)}, None),
    "ttl infinite": ({"ttl": Number("1e999")}, None),
    "max_ttl is none": ({"max_ttl": 5, "creation_ttl": 6}, None),
    "token_ttl": ({"token_ttl": 3599}, 3599),
    "secret_id_ttl": ({"secret_id": "x", "secret_id_ttl": 600}, 600),
    "secret_id_ttl 0": ({"secret_id": "x", "secret_id_ttl": 0, "secret_id_num_uses": 40}, None),
    "expires_in": ({"expires_in": 300}, 300),
    "expires_at_seconds": ({"expires_at_seconds": NOW + 100}, 100),
    "expires_at": ({"expires_at": _rfc(100)}, 100),
    "expires_at in milliseconds": ({"expires_at": (NOW + 100) * 1000}, 100),
    "expires_at with an offset": ({"expires_at": _rfc(100, "+02:30")}, 100),
    "expires_at behind": ({"expires_at": _rfc(100, "-11:00")}, 100),
    "expires_at with a fraction": ({"expires_at": _rfc(100, "Z").replace("Z", ".123456789Z")}, 100),
    "expires_at with an offset that is cut": ({"expires_at": _rfc(100).replace("Z", "-01x")}, None),
    "expires_at without a zone": ({"expires_at": _rfc(100).replace("Z", "")}, None),
    "expires_at 0": ({"expires_at": 0}, None),
    "expires_at in words": ({"expires_at": "tomorrow"}, None),
    "expire_time": ({"expire_time": _rfc(100)}, 100),
    "expire_time null": ({"expire_time": None}, None),
    "expiration": ({"certificate": "x", "expiration": NOW + 7200}, 7200),
    "expiration over already": ({"expiration": NOW - 5}, UNKNOWN),
    "expiration huge": ({"expiration": 10**30}, None),
    "not_after": ({"not_after": _rfc(50)}, 50),
    "the first end counts": ({"ttl": 500, "expires_at": NOW + 100, "token": _jwt(exp=NOW + 200)}, 100),
    "a JWT": ({"token": _jwt(exp=NOW + 900, iat=NOW)}, 900),
    "a JWT without iat": ({"token": _jwt(exp=NOW + 900)}, 900),
    "a JWT by a clock ahead": ({"token": _jwt(exp=NOW - 100, iat=NOW - 1000)}, 900),
    "a JWT by a clock behind": ({"token": _jwt(exp=NOW + 1900, iat=NOW + 1000)}, 900),
    "a JWT over already": ({"token": _jwt(exp=NOW - 100)}, UNKNOWN),
    "a JWT without an end": ({"token": _jwt(sub="x")}, None),
    "a JWT of a huge end": ({"token": _jwt(exp=10**400)}, None),
    "no JWT": ({"token": "eyJ.eyJ.x"}, None),
    "a JWT of a list": ({"token": f"eyJ.{base64.urlsafe_b64encode(b'[1]').decode()}.x"}, None),
    "an SSH certificate": ({"signed_key": _ssh("ssh-ed25519", 1, NOW - 30, NOW + 10)}, 10),
    "an SSH certificate of RSA": ({"signed_key": _ssh("ssh-rsa", 2, NOW - 30, NOW + 10)}, 10),
    "an SSH certificate of ECDSA": ({"signed_key": _ssh("ecdsa-sha2-nistp256", 2, NOW - 30, NOW + 10)}, 10),
    "an SSH certificate of a token": ({"signed_key": _ssh("sk-ssh-ed25519", 2, NOW - 30, NOW + 10)}, 10),
    "an SSH certificate for ever": ({"signed_key": _ssh("ssh-ed25519", 1, 0, 2**64 - 1)}, None),
    "an SSH certificate by a clock ahead": ({"signed_key": _ssh("ssh-ed25519", 1, NOW - 900, NOW - 800)}, 100),
    "an SSH certificate of nothing": ({"signed_key": "ssh-rsa-cert-v01@openssh.com "}, None),
    "an SSH certificate that is cut": ({"signed_key": _ssh("ssh-ed25519", 1, 1, 2)[:90]}, None),
    "nothing": ({"username": "a", "password": "b", "expired": False, "ttls": 5}, None),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_life_is_found_wherever_it_is_said(case: tuple[dict[str, Any], float | None]) -> None:
    """In seconds, as a duration or a time, in a JWT or an SSH certificate; what says nothing says nothing."""
    values, expected = case
    found = stated_seconds(values, NOW, UNKNOWN)

    assert found == (pytest.approx(expected) if expected is not None else None)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.from_regex(r"-?[0-9]{1,400}(\.[0-9]+)?(e[+-]?[0-9]{1,5})?").map(Number),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
NAMES = st.sampled_from(["ttl", "token_ttl", "expires_at", "expiration", "not_after", "token", "signed_key"])


@given(
    st.dictionaries(NAMES | st.text(), JSON | st.text("eyJ.0123456789=dhms:-TZ+ ", max_size=40), max_size=5),
    st.floats(0, 4e9),
)
def test_no_answer_gives_a_life_that_cannot_be_counted_with(values: dict[str, Any], now: float) -> None:
    """Whatever is in it: nothing is raised, and a life is above 0 and bounded."""
    found = stated_seconds(values, now, UNKNOWN)
    assert found is None or 0 < found <= MOST_SECONDS
    for name, value in values.items():
        is_counter(name, value)


def test_a_certificate_of_openssh_is_read(tmp_path: Path) -> None:
    """What ssh-keygen itself signs has the end that it was given."""
    for kind in ("ed25519", "ecdsa", "rsa"):
        for name in ("ca", "user"):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", tmp_path / f"{kind}-{name}"], check=True, timeout=60
            )
        subprocess.run(
            [
                "ssh-keygen",
                "-q",
                "-s",
                tmp_path / f"{kind}-ca",
                "-I",
                "id",
                "-n",
                "x",
                "-V",
                "+300s",
                f"{kind}-user.pub",
            ],
            cwd=tmp_path,
            check=True,
            timeout=60,
        )
        signed = (tmp_path / f"{kind}-user-cert.pub").read_text()
        found = stated_seconds({"signed_key": signed}, dt.datetime.now(dt.UTC).timestamp(), UNKNOWN)
        assert found is not None
        assert 290 < found <= 300
