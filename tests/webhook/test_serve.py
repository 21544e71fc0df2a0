"""`omamori serve` as a process: TLS, the endpoints, the log, and what it says when it cannot start."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import jsonpatch
import pytest

from tests.support.webhook.builders import asking, pod, review
from tests.support.webhook.servers import PROJECT, Serving, environment, serving, write_certificate


@pytest.fixture(scope="module")
def webhook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """One webhook for the tests of this file."""
    with serving(tmp_path_factory.mktemp("webhook")) as running:
        yield running


def test_patch(webhook: Serving) -> None:
    """An annotated Pod is patched: status 200, the uid, and a patch that gives the Pod our container."""
    answer = webhook.client.post("/mutate?timeout=5s", content=review(asking()))

    response = answer.json()["response"]
    assert (answer.status_code, response["allowed"]) == (200, True)
    patched = jsonpatch.apply_patch(asking(), json.loads(base64.b64decode(response["patch"])))
    assert patched["spec"]["initContainers"][0]["name"] == "omamori-init"


def test_refusal_is_an_answer(webhook: Serving) -> None:
    """What is wrong with a Pod is an answer with status 200."""
    answer = webhook.client.post("/mutate", content=review(pod({"file.omamori.dev/a": "//"})))

    assert answer.status_code == 200
    assert not answer.json()["response"]["allowed"]


def test_malformed_is_an_error(webhook: Serving) -> None:
    """What is wrong with the request is a status, and failurePolicy decides."""
    answer = webhook.client.post("/mutate", content=b"{}")

    assert answer.status_code == 400
    assert "AdmissionReview" in answer.text


def test_too_large(webhook: Serving) -> None:
    """A body above what the API server itself takes is refused before it is parsed."""
    answer = webhook.client.post("/mutate", content=b" " * (3 * 2**20 + 1))
    assert answer.status_code == 413


def test_other_methods_and_paths(webhook: Serving) -> None:
    """Nothing else is served: no documentation pages, no GET of /mutate."""
    assert webhook.client.get("/mutate").status_code == 405
    assert [webhook.client.get(path).status_code for path in ("/", "/docs", "/openapi.json")] == [404, 404, 404]


def test_health(webhook: Serving) -> None:
    """Alive and ready."""
    assert webhook.client.get("/healthz").text == "ok\n"
    assert webhook.client.get("/readyz").text == "ok\n"


def test_log_line(webhook: Serving) -> None:
    """One line a decision, with the fields that an operator needs and no annotation's value."""
    raw = asking()
    raw["metadata"]["ownerReferences"] = [{"kind": "ReplicaSet", "name": "app-1"}]
    webhook.client.post("/mutate", content=review(raw, uid="the-uid", dryRun=True))

    (line,) = [each for each in webhook.log() if each.get("uid") == "the-uid"]
    assert list(line)[:3] == ["time", "level", "message"]
    milliseconds = line.pop("milliseconds")
    assert 0 < milliseconds < 5000
    assert {name: value for name, value in line.items() if name not in {"time", "level"}} == {
        "message": "decision",
        "uid": "the-uid",
        "namespace": "shop",
        "name": "app-",
        "owner": "ReplicaSet/app-1",
        "outcome": "patched",
        "reason": "injected",
        "dry_run": True,
    }
    assert "secret/data/shop/db" not in webhook.log_file.read_text()


def test_metrics(webhook: Serving) -> None:
    """Decisions by outcome and reason, durations, the certificate's end and the release; no names of Pods."""
    before = webhook.metric('omamori_decisions_total{outcome="patched",reason="injected"}')
    durations = webhook.metric("omamori_decision_duration_seconds_count")
    webhook.client.post("/mutate", content=review(asking()))

    assert webhook.metric('omamori_decisions_total{outcome="patched",reason="injected"}') == before + 1
    assert webhook.metric("omamori_decision_duration_seconds_count") == durations + 1
    assert webhook.metric("omamori_certificate_expiry_timestamp_seconds") > 1.7e9
    assert webhook.metric('omamori_build_info{version="') == 1
    text = webhook.client.get("/metrics").text
    # an increase is seen only of a series that was there before it
    assert 'omamori_decisions_total{outcome="error",reason="internal"} 0.0' in text
    assert 'omamori_certificate_reloads_total{outcome="refused"} 0.0' in text
    assert not any(word in text for word in ("shop", "checkout", "app-"))


def test_expired_certificate(tmp_path: Path) -> None:
    """With a certificate that has ended, /readyz is red and says why; the process is alive."""
    with serving(tmp_path, ends_in=timedelta(seconds=-1)) as running:
        context_free = subprocess.run(
            [sys.executable, "-c", _READYZ, str(running.client.base_url)], capture_output=True, text=True, check=True
        )
    assert context_free.stdout.startswith("503 the certificate expired at ")


# a kubelet's probe does not look at the certificate either
_READYZ = """
import ssl, sys, urllib.error, urllib.request
context = ssl._create_unverified_context()
try:
    urllib.request.urlopen(sys.argv[1] + "/readyz", context=context)
except urllib.error.HTTPError as error:
    print(error.code, error.read().decode())
"""


def started(**variables: str) -> subprocess.CompletedProcess[str]:
    """Run `omamori serve` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "webhook", "serve"],
        cwd=PROJECT,
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_wrong_settings() -> None:
    """With wrong settings it does not start, and lists every mistake by its variable."""
    ended = started(VAULT_MAIN_ADDRESS="nowhere", LISTEN_PORT="x")

    assert ended.returncode == 1
    assert [line.split()[2] for line in ended.stderr.splitlines()] == [
        "OMAMORI_VAULT_MAIN_ADDRESS",
        "OMAMORI_LISTEN_PORT",
    ]


def test_certificate_that_cannot_be_used(tmp_path: Path) -> None:
    """A file that is no certificate, and a key of another one, are named."""
    (tmp_path / "other").mkdir()
    _, certificate, own_key = write_certificate(tmp_path)
    _, _, key = write_certificate(tmp_path / "other")
    (tmp_path / "no.crt").write_text("nothing")

    ended = started(TLS_CERTIFICATE_FILE=str(tmp_path / "no.crt"), TLS_KEY_FILE=str(own_key))
    assert (ended.returncode, "OMAMORI_TLS_CERTIFICATE_FILE" in ended.stderr) == (1, True)
    ended = started(TLS_CERTIFICATE_FILE=str(certificate), TLS_KEY_FILE=str(key))
    assert (ended.returncode, "OMAMORI_TLS_KEY_FILE" in ended.stderr) == (1, True)


def test_port_that_is_taken(webhook: Serving, tmp_path: Path) -> None:
    """A port that is taken ends the program with a line that says so."""
    _, certificate, key = write_certificate(tmp_path)
    ended = started(
        TLS_CERTIFICATE_FILE=str(certificate),
        TLS_KEY_FILE=str(key),
        LISTEN_HOST="127.0.0.1",
        LISTEN_PORT=str(webhook.client.base_url.port),
    )
    assert ended.returncode != 0
    assert "address already in use" in ended.stderr
