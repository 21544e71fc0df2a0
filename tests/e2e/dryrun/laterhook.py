"""A webhook of somebody else, called after ours: it adds a container, as service meshes do.

python3 laterhook.py PORT CERTIFICATE KEY    in whose certificate the API server trusts
"""

from __future__ import annotations

import base64
import http.server
import json
import ssl
import sys

ADDED = {"name": "added", "image": "localhost/mesh:1"}


class Hook(http.server.BaseHTTPRequestHandler):
    """Adds the container where it is not there yet."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer one AdmissionReview."""
        review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        request = review["request"]
        there = any(each["name"] == ADDED["name"] for each in request["object"]["spec"]["containers"])
        patch = [] if there else [{"op": "add", "path": "/spec/containers/-", "value": ADDED}]
        review["response"] = {
            "uid": request["uid"],
            "allowed": True,
            "patchType": "JSONPatch",
            "patch": base64.b64encode(json.dumps(patch).encode()).decode(),
        }
        answer = json.dumps(review).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


def main() -> None:
    """Serve for ever."""
    port, certificate, key = sys.argv[1:]
    server = http.server.ThreadingHTTPServer(("", int(port)), Hook)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
