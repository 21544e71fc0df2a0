"""A webhook of a few lines for a Pod: it labels every Pod that is made. What it shows is that it is called."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.realparts.certificates import Authority

LABELS = {"hooked": "yes"}

HOOK = """\
import base64, http.server, json, os, ssl
class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        patch = [{"op": "add", "path": "/metadata/labels", "value": {"hooked": "yes"}}]
        review["response"] = {
            "uid": review["request"]["uid"],
            "allowed": True,
            "patchType": "JSONPatch",
            "patch": base64.b64encode(json.dumps(patch).encode()).decode(),
        }
        answer = json.dumps(review).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
open("/tmp/pem", "w").write(os.environ["PEM"])
server = http.server.HTTPServer(("", 8443), Hook)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/tmp/pem")
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"""

HOOK_SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "hook"},
    "spec": {"selector": {"app": "hook"}, "ports": [{"port": 443, "targetPort": 8443}]},
}


def hook_configuration(authority: Authority) -> dict[str, Any]:
    """Register the webhook for Pods, refusing them where it cannot be reached."""
    service = {"name": "hook", "namespace": "default", "path": "/mutate"}
    bundle = base64.b64encode(authority.certificate.read_bytes()).decode()
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": "hook"},
        "webhooks": [
            {
                "name": "hook.tests.invalid",
                "clientConfig": {"service": service, "caBundle": bundle},
                "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}],
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None",
                "failurePolicy": "Fail",
            }
        ],
    }
