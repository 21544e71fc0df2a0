"""Rule: HTTP, and only here: `build_app` gives the FastAPI application, and errors become status codes.

Two kinds of error, never mixed: what is wrong with a Pod is an answer with `allowed: false` and status 200; what is
wrong with the request (400, 413) or with us (500) is a status code, and failurePolicy decides.

/mutate is an ASGI endpoint of its own: it reads the raw body and writes raw bytes, at two thirds of the cost of a
FastAPI route.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime

from fastapi import FastAPI, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from webhook.admission import Decision, Denied, Patched, decide
from webhook.errors import MalformedReview
from webhook.log import LOGGER, info
from webhook.metrics import Metrics
from webhook.patch import render_patch
from webhook.review import AdmissionRequest, parse_review, render_allowed, render_denied
from webhook.settings import Settings
from webhook.tls import Certificate

# the API server itself takes no object above 3 MiB
MAX_BODY_BYTES = 3 * 1024 * 1024


def build_app(
    settings: Settings, certificate: Certificate, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> FastAPI:
    """Build the application: /mutate for the API server, /healthz, /readyz and /metrics for operators."""
    metrics = Metrics(certificate)
    app = FastAPI(title="omamori", openapi_url=None)
    app.router.routes.append(Route("/mutate", endpoint=Mutate(settings, metrics), methods=["POST"]))

    @app.get("/healthz")
    async def healthz() -> Response:
        """The process answers."""
        return Response("ok\n", media_type="text/plain")

    @app.get("/readyz")
    async def readyz() -> Response:
        """The process can serve: 503 with the reason where its certificate cannot be used."""
        problem = certificate.problem(now())
        if problem is not None:
            return Response(f"{problem}\n", status_code=503, media_type="text/plain")
        return Response("ok\n", media_type="text/plain")

    @app.get("/metrics")
    async def read_metrics() -> Response:
        """What was counted, for Prometheus."""
        return Response(metrics.render(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return app


class Mutate:
    """The admission endpoint: body in, answer out, one log line and one count for each request."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        """Take what every request needs."""
        self._settings = settings
        self._metrics = metrics

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        body = await read_body(receive)
        started = time.perf_counter()
        if body is None:
            status, answer = 413, b"the body has more than 3 MiB\n"
            self._metrics.count("error", "too-large", time.perf_counter() - started)
        else:
            status, answer = self.answer(body, started)
        content_type = b"application/json" if status == 200 else b"text/plain; charset=utf-8"  # noqa: PLR2004
        headers = [(b"content-type", content_type), (b"content-length", b"%d" % len(answer))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    def answer(self, body: bytes, started: float) -> tuple[int, bytes]:
        """Give status and body for a request's body. Never raises."""
        uid = ""
        try:
            request = parse_review(body)
            uid = request.uid
            decision = decide(request, self._settings)
            answer = _render(request.uid, decision)
        except MalformedReview as error:
            self._metrics.count("error", "malformed-review", time.perf_counter() - started)
            LOGGER.warning("malformed review", extra={"fields": {"uid": uid, "problem": str(error)}})
            return 400, f"{error}\n".encode()
        except Exception:  # noqa: BLE001 - whatever it is: the API server gets an answer, and we learn of it
            self._metrics.count("error", "internal", time.perf_counter() - started)
            LOGGER.exception("internal error", extra={"fields": {"uid": uid}})
            return 500, b"omamori failed on this request; its log has the uid and the place\n"
        seconds = time.perf_counter() - started
        outcome = type(decision).__name__.lower()
        self._metrics.count(outcome, decision.reason, seconds)
        if LOGGER.isEnabledFor(logging.INFO):
            info("decision", _describe(request, outcome, decision, seconds))
        return 200, answer


async def read_body(receive: Receive) -> bytes | None:
    """Read a request's body, or give None once it is longer than the API server's own objects may be."""
    chunks: list[bytes] = []
    length = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        chunk = message.get("body", b"")
        length += len(chunk)
        if length > MAX_BODY_BYTES:
            return None
        chunks.append(chunk)
        more = message.get("more_body", False)
    return b"".join(chunks)


def _render(uid: str, decision: Decision) -> bytes:
    if isinstance(decision, Denied):
        return render_denied(uid, decision.message)
    patch = render_patch(decision.operations) if isinstance(decision, Patched) else None
    return render_allowed(uid, patch=patch, warnings=decision.warnings)


def _describe(request: AdmissionRequest, outcome: str, decision: Decision, seconds: float) -> dict[str, object]:
    """Give the fields of a decision's log line. A Pod without a name yet goes by its generateName and its owner."""
    metadata = (request.pod or {}).get("metadata") or {}
    owners = metadata.get("ownerReferences")
    owner = owners[0] if isinstance(owners, list) and owners and isinstance(owners[0], dict) else {}
    return {
        "uid": request.uid,
        "namespace": request.namespace,
        "name": request.name or metadata.get("name") or metadata.get("generateName") or "",
        "owner": f"{owner.get('kind')}/{owner.get('name')}" if owner else "",
        "outcome": outcome,
        "reason": decision.reason,
        "milliseconds": round(seconds * 1000, 3),
        "dry_run": request.is_dry_run,
    }
