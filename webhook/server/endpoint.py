"""The admission endpoint, as an ASGI application of its own: raw bytes in, raw bytes out.

It reads the body itself to bound memory: 3 MiB per caller, which is the API server's own limit, and 48 MiB for all
callers together. A FastAPI route would take half as much time again.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from vault.contract.shown import shown
from webhook.admission.cache import Cache
from webhook.admission.decision import Decision, Denied, Patched, decide
from webhook.admission.limits import LARGE_BYTES, MAX_NAME_CHARACTERS
from webhook.admission.patch import render_patch
from webhook.admission.rawjson import MalformedReview
from webhook.admission.reasons import Reason
from webhook.admission.review import AdmissionRequest, ReviewTooLarge, parse_review, render_allowed, render_denied
from webhook.config.settings import Settings
from webhook.log import Log
from webhook.server.drain import Drain
from webhook.server.metrics import Metrics

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

MAX_BODY_BYTES = 3 * 1024 * 1024
# Total size of unfinished bodies. Small bodies always fit: a few large and slow callers cannot block them.
MAX_HELD_BYTES = 48 * 1024 * 1024

_JSON = (b"content-type", b"application/json")
_TEXT = (b"content-type", b"text/plain; charset=utf-8")
_CLOSE = (b"connection", b"close")


class RequestRefused(Exception):
    """A refused request: an HTTP status, a reason for metrics, and a message for the caller."""

    def __init__(self, status: int, reason: Reason, words: str) -> None:
        """Say which."""
        super().__init__(words)
        self.status = status
        self.reason = reason


class Mutate:
    """Answers AdmissionReviews: one log line and one count for each request."""

    def __init__(self, settings: Settings, metrics: Metrics, log: Log, drain: Drain, *, client_required: bool) -> None:
        """`client_required`: callers must have shown a certificate of the client CA."""
        self._settings = settings
        self._metrics = metrics
        self._log = log
        self._drain = drain
        self._client_required = client_required
        self._cache = Cache()
        self._held_bytes = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        close = self._drain.is_on
        try:
            self._check_client(scope)
            body = await self._read_body(scope, receive)
        except RequestRefused as refused:
            # the rest of the body may still be on its way; the connection is of no use any more
            status, answer, close = refused.status, f"{refused}\n".encode(), True
            self._metrics.count("error", refused.reason, 0.0)
            self._log.warning("refused request", status=status, reason=refused.reason)
        else:
            status, answer = self.answer(body)
            if max(len(body), len(answer)) > LARGE_BYTES:
                # TLS keeps buffers of that size as long as the connection is open
                scope["state"]["held_bytes"] = len(answer)
                close = True
        headers = [_JSON if status == 200 else _TEXT, (b"content-length", b"%d" % len(answer))]  # noqa: PLR2004
        if close:
            headers.append(_CLOSE)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    def answer(self, body: bytes) -> tuple[int, bytes]:
        """Return status and body for a request's body. Never raises."""
        started = time.perf_counter()
        uid = ""
        try:
            request = parse_review(body)
            uid = request.uid
            decision = decide(request, self._settings, self._cache)
            answer = _render(request.uid, decision)
            seconds = time.perf_counter() - started
            outcome = type(decision).__name__.lower()
            self._metrics.count(outcome, decision.reason, seconds)
            self._log.info("decision", **_describe(request, outcome, decision, seconds))
        except ReviewTooLarge as error:
            self._metrics.count("error", Reason.TOO_LARGE, time.perf_counter() - started)
            self._log.warning("review too large", problem=str(error))
            return 413, f"{error}\n".encode()
        except MalformedReview as error:
            self._metrics.count("error", Reason.MALFORMED_REVIEW, time.perf_counter() - started)
            self._log.warning("malformed review", uid=_text(uid), problem=str(error))
            return 400, f"{error}\n".encode()
        except Exception as error:  # noqa: BLE001 - whatever it is: the API server gets an answer, and we learn of it
            self._metrics.count("error", Reason.INTERNAL, time.perf_counter() - started)
            self._log.failure("internal error", error, uid=_text(uid))
            return 500, b"omamori failed on this request; its log has the uid and the place\n"
        return 200, answer

    def _check_client(self, scope: Message) -> None:
        if self._client_required and not scope["state"].get("has_client_certificate"):
            raise RequestRefused(403, Reason.NO_CLIENT_CERTIFICATE, "show a certificate of the API server's client CA")

    async def _read_body(self, scope: Message, receive: Receive) -> bytes:
        """Read a request's body within its bounds. Raises RequestRefused. How long it may take is the server's rule."""
        chunks: list[bytes] = []
        mine = 0
        more = True
        try:
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    reason = Reason.TOO_SLOW if scope["state"].get("is_too_slow") else Reason.DISCONNECTED
                    raise RequestRefused(400, reason, "the connection ended within the body")
                chunk = message.get("body", b"")
                mine += len(chunk)
                self._held_bytes += len(chunk)
                if mine > MAX_BODY_BYTES:
                    raise RequestRefused(413, Reason.TOO_LARGE, "the body has more than 3 MiB")
                if mine > LARGE_BYTES and self._held_bytes > MAX_HELD_BYTES:
                    raise RequestRefused(503, Reason.TOO_MUCH_AT_ONCE, "too many large bodies at once; try again")
                chunks.append(chunk)
                more = message.get("more_body", False)
        finally:
            self._held_bytes -= mine
        return b"".join(chunks)


def _render(uid: str, decision: Decision) -> bytes:
    if isinstance(decision, Denied):
        return render_denied(uid, decision.message)
    patch = render_patch(decision.operations) if isinstance(decision, Patched) else None
    return render_allowed(uid, patch=patch, warnings=decision.warnings)


def _describe(request: AdmissionRequest, outcome: str, decision: Decision, seconds: float) -> dict[str, object]:
    """Return the fields of a decision's log line. A Pod without a name yet goes by its generateName and its owner."""
    metadata = (request.pod or {}).get("metadata") or {}
    owners = metadata.get("ownerReferences")
    owner = owners[0] if isinstance(owners, list) and owners and isinstance(owners[0], dict) else {}
    name = request.name or _text(metadata.get("name")) or _text(metadata.get("generateName"))
    return {
        "uid": _text(request.uid),
        "namespace": _text(request.namespace),
        "name": _text(name),
        "owner": f"{_text(owner.get('kind'))}/{_text(owner.get('name'))}" if owner else "",
        "outcome": outcome,
        "reason": decision.reason,
        "milliseconds": round(seconds * 1000, 3),
        "dry_run": request.is_dry_run,
    }


def _text(value: object) -> str:
    """A name as it is logged: whatever is no text is left out, and nothing is longer than a name can be."""
    return shown(value, MAX_NAME_CHARACTERS) if isinstance(value, str) else ""
