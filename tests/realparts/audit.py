"""What the API server writes into its audit log, in which tests look for secrets."""

from __future__ import annotations

# Of the secrets' way only Pods are recorded whole: a patch is in their request, and tokens must not be in a log.
AUDIT_POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [
        {"level": "RequestResponse", "resources": [{"group": "", "resources": ["pods", "pods/*"]}]},
        {"level": "Metadata"},
    ],
}
