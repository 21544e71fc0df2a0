"""A fake of the one call of the Kubernetes API that Vault's kubernetes auth makes: TokenReview.

It believes a token's own claims, and checks the audience as the API server does. `is_down`: it answers 500 to all.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt

from tests.support.vault.server import TlsFiles


@dataclass
class TokenReviewer:
    """A running fake. `reviews` counts what was asked."""

    address: str
    is_down: bool = False
    reviews: list[dict[str, Any]] = field(default_factory=list)

    def review(self, spec: dict[str, Any]) -> dict[str, Any]:
        """Give the status of a review."""
        self.reviews.append(spec)
        claims = jwt.decode(spec["token"], options={"verify_signature": False})
        audiences = sorted(set(spec.get("audiences") or claims["aud"]) & set(claims["aud"]))
        if not audiences:
            return {"authenticated": False, "error": "token audiences do not match"}
        account = claims["kubernetes.io"]["serviceaccount"]
        user = {"username": claims["sub"], "uid": account["uid"], "groups": ["system:serviceaccounts"]}
        return {"authenticated": True, "user": user, "audiences": audiences}


@contextmanager
def running_tokenreviewer(tls: TlsFiles) -> Iterator[TokenReviewer]:
    """Run the fake on loopback, over TLS."""
    reviewer = TokenReviewer("")

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            known = self.path == "/apis/authentication.k8s.io/v1/tokenreviews" and not reviewer.is_down
            body = json.dumps({**asked, "status": reviewer.review(asked["spec"])} if known else {}).encode()
            self.send_response(201 if known else 500)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        server.daemon_threads = True
        server.socket = tls.server_context().wrap_socket(server.socket, server_side=True)
        reviewer.address = f"https://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield reviewer
        finally:
            server.shutdown()
            thread.join(10)
