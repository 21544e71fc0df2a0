"""Check that a namespace has the Secrets that the settings expect beside a Pod: without one no container starts."""

from __future__ import annotations

from vault.report import Finding
from webhook.doctor.checks.check import Check
from webhook.doctor.pod_secrets import SecretProbe
from webhook.doctor.snapshot import K8sObject


def check_pod_secret(seen: SecretProbe) -> Finding:
    """Check that a Secret is there, with its keys."""
    check = Check("pod-secret", seen.purpose)

    def judge(found: K8sObject) -> Finding:
        missing = [key for key in seen.keys if key not in found["items"]]
        if missing:
            return check.failed(f"the {seen.lookup.what} has no {' and no '.join(missing)}", "give it these keys")
        return check.ok(f"the {seen.lookup.what} is there")

    fix = "create it there, and in every namespace whose Pods use omamori: the kubelet waits for it"
    return check.of(seen.lookup, fix, judge)
