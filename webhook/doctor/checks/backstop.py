"""Check that the backstop exists, is in force, and covers what the chart defines."""

from __future__ import annotations

from vault.report import Finding
from webhook.doctor.checks.check import Check
from webhook.doctor.snapshot import ClusterSnapshot, K8sObject

POLICY = Check("backstop-policy")
BINDING = Check("backstop-binding")
_AGAIN = "apply the chart again, with backstop.enabled=true"
_OPEN = "annotated Pods START WITHOUT their secrets if the webhook is not called"


def check_policy(seen: ClusterSnapshot) -> Finding:
    """Check that the policy exists, refuses Pods if it cannot be evaluated, and covers all Pods."""

    def judge(found: K8sObject) -> Finding:
        spec = found["spec"]
        matched = spec.get("matchConstraints") or {}
        warnings = ((found.get("status") or {}).get("typeChecking") or {}).get("expressionWarnings") or ()
        if spec.get("failurePolicy") != "Fail":
            return POLICY.failed("failurePolicy is not Fail: what cannot be evaluated is admitted", _AGAIN)
        if any(matched.get(each) for each in ("namespaceSelector", "objectSelector", "excludeResourceRules")):
            return POLICY.failed("the policy excludes namespaces or Pods, which nothing refuses then", _AGAIN)
        if warnings:
            words = str(warnings[0].get("warning"))
            return POLICY.warning(f"the API server does not understand an expression of it: {words}", _AGAIN)
        return POLICY.ok(f"{seen.policy.what} refuses annotated Pods that were not injected")

    return POLICY.of(seen.policy, f"{_AGAIN}; until then {_OPEN}", judge)


def check_binding(seen: ClusterSnapshot) -> Finding:
    """Check that the binding denies, everywhere."""

    def judge(found: K8sObject) -> Finding:
        spec = found["spec"]
        if spec.get("policyName") != f"{seen.place.name}-backstop":
            return BINDING.failed(f"it binds the policy {spec.get('policyName')}", _AGAIN)
        if "Deny" not in (spec.get("validationActions") or ()):
            actions = ", ".join(spec.get("validationActions") or ()) or "nothing"
            return BINDING.failed(f"the backstop has the actions {actions}, without Deny: {_OPEN}", _AGAIN)
        narrowed = {key: each for key, each in (spec.get("matchResources") or {}).items() if key != "matchPolicy"}
        if any(narrowed.values()):
            return BINDING.failed(f"the backstop is bound only for a part (matchResources): elsewhere {_OPEN}", _AGAIN)
        return BINDING.ok("the backstop is bound, and denies everywhere")

    return BINDING.of(seen.binding, f"{_AGAIN}; until then {_OPEN}", judge)
