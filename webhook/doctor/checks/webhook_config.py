"""Check that the API server calls the webhook for an annotated Pod, and that the call works.

A dry-run Pod is the proof. If it fails, the API server's message is mapped to a fix. Facts: the messages are from
k8s.io/apiserver (pkg/admission/plugin/webhook, pkg/admission/plugin/policy) and Go's crypto/tls.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vault.report import Finding
from webhook.doctor.checks.api_server import named
from webhook.doctor.checks.check import Check
from webhook.doctor.dry_run import is_injected
from webhook.doctor.snapshot import ClusterSnapshot, K8sObject

CONFIGURATION = Check("webhook-configuration")
SERVICE = Check("service")
TRIAL = Check("dry-run")
UNSERVED = Check("unserved-pods")

_TIMEOUT_SECONDS = 5


def entries_of(seen: ClusterSnapshot) -> tuple[K8sObject, ...]:
    """Return the webhooks of the configuration that point to our Service."""
    entries: tuple[K8sObject, ...] = tuple((seen.configuration.found or {}).get("webhooks") or ())
    return tuple(each for each in entries if _leads_to(each, seen))


def _leads_to(entry: K8sObject, seen: ClusterSnapshot) -> bool:
    service = (entry.get("clientConfig") or {}).get("service") or {}
    return (service.get("namespace"), service.get("name")) == (seen.place.namespace, seen.place.name)


def check_configuration(seen: ClusterSnapshot) -> Finding:
    """Check that the configuration calls us for each new Pod, and refuses the Pod if the call fails."""
    again = "apply the chart again: helm upgrade, or your own tool"

    def judge(found: K8sObject) -> Finding:
        entries = entries_of(seen)
        if not entries:
            return CONFIGURATION.failed(f"{seen.configuration.what} does not point to the Service {seen.place}", again)
        for entry in entries:
            wrong = _wrong(entry)
            if wrong:
                return CONFIGURATION.failed(f"{entry['name']}: {wrong}", again)
        slow = entries[0].get("timeoutSeconds", 10)
        if slow < _TIMEOUT_SECONDS:
            message = f"the timeout of a call is only {slow} s: Pods are refused if the webhook is busy for that long"
            return CONFIGURATION.warning(message, f"set webhook.timeoutSeconds={_TIMEOUT_SECONDS} or more")
        return CONFIGURATION.ok(f"{found['metadata']['name']} calls {seen.place}, and refuses Pods if the call fails")

    return CONFIGURATION.of(seen.configuration, again, judge)


def _wrong(entry: K8sObject) -> str:
    if entry.get("failurePolicy") != "Fail":
        return "failurePolicy is not Fail: Pods start WITHOUT their secrets while the webhook is away"
    if not any(_covers_pods(rule) for rule in entry.get("rules") or ()):
        return "no rule covers the creation of Pods"
    if entry.get("objectSelector"):
        return "an objectSelector lets a Pod's author bypass the webhook"
    if entry.get("reinvocationPolicy") != "IfNeeded":
        return "reinvocationPolicy is not IfNeeded: containers that are added later get no secrets"
    return ""


def _covers_pods(rule: K8sObject) -> bool:
    return (
        _has(rule, "apiGroups", "")
        and _has(rule, "apiVersions", "v1")
        and _has(rule, "resources", "pods")
        and _has(rule, "operations", "CREATE")
        and rule.get("scope", "*") in {"*", "Namespaced"}
    )


def _has(rule: K8sObject, field: str, value: str) -> bool:
    return not {value, "*"}.isdisjoint(rule.get(field) or ())


def check_service(seen: ClusterSnapshot) -> Finding:
    """Check that the Service has a ready Pod."""

    def judge(_: K8sObject) -> Finding:
        if seen.endpoints.refusal:
            return SERVICE.of(seen.endpoints, "", judge)
        ready = [
            address
            for each in seen.endpoints.items
            for endpoint in each.get("endpoints") or ()
            if (endpoint.get("conditions") or {}).get("ready") is not False
            for address in endpoint.get("addresses") or ()
        ]
        if not ready:
            labels = " and its selector, against the labels of the Deployment's Pods"
            fix = f"see the finding of replicas; else compare kubectl get service {seen.place.name}{labels}"
            return SERVICE.failed(
                f"the Service {seen.place} has no ready endpoint: the API server cannot call the webhook", fix
            )
        return SERVICE.ok(f"the Service {seen.place} has {len(ready)} ready endpoints")

    return SERVICE.of(seen.service, "apply the chart again", judge)


def check_trial(seen: ClusterSnapshot) -> Finding:
    """Check that an annotated Pod, created by dry run, is injected."""
    lookup, namespace = seen.trial.lookup, seen.trial.namespace
    if lookup.found is None:
        return _refused(lookup.refusal, seen)
    if is_injected(lookup.found):
        return TRIAL.ok(f"a Pod in {namespace}, by dry run, is injected")
    message = f"a Pod in {namespace}, by dry run, is admitted WITHOUT being injected: the webhook was not called"
    return TRIAL.failed(message, "see the findings of webhook-configuration and of the backstop")


_CALL_FAILED = "failed calling webhook"
# part of the API server's message: its meaning, and the fix
_REASONS: Mapping[str, tuple[str, str]] = {
    "x509: certificate signed by unknown authority": (
        "the API server does not trust the webhook's certificate",
        "see the finding of ca-bundle; Pods receive an updated Secret within two minutes",
    ),
    "x509: certificate has expired": ("the webhook's certificate has expired", "see the finding of certificate"),
    "x509: certificate is valid for": (
        "the webhook's certificate is for another name",
        "see the finding of certificate",
    ),
    "x509:": ("the API server refuses the webhook's certificate", "see the findings of ca-bundle and certificate"),
    "no endpoints available": ("the Service has no ready Pods", "see the findings of service and replicas"),
    "not found": ("the Service does not exist", "see the finding of service"),
    "connection refused": ("nothing listens on the webhook's port", "see the finding of replicas, and the Pods' logs"),
    "deadline exceeded": (
        "the webhook does not answer in time",
        "let the API server reach the Pods' port 8443: firewall, networkPolicy.from; or webhook.hostNetwork=true",
    ),
    "no route to host": (
        "the API server cannot reach the webhook",
        "let the API server reach the Pods' port 8443: firewall, networkPolicy.from; or webhook.hostNetwork=true",
    ),
    "": ("the API server's call to the webhook fails", "see the webhook's logs"),
}


def _refused(words: str, seen: ClusterSnapshot) -> Finding:
    namespace, name = seen.trial.namespace, seen.place.name
    if _CALL_FAILED in words:
        reason, fix = next(told for part, told in _REASONS.items() if part in words.rpartition(_CALL_FAILED)[2])
        return TRIAL.failed(f"{reason}: {words}", fix)
    if f"{name}-backstop" in words:
        message = f"the webhook was not called for a Pod in {namespace}, and the backstop refused it"
        fix = (
            f"see the finding of webhook-configuration, and whether it excludes the namespace {namespace} "
            "(namespaceSelector: namespaces.excluded, namespaces.selector); use --pod-namespace to try another one"
        )
        return TRIAL.failed(message, fix)
    if "cannot create resource" in words:
        fix = "run this as a user who may create Pods there, or name another namespace with --pod-namespace"
        return TRIAL.unknown(words, fix)
    return TRIAL.failed(words, "fix what it says, or name another namespace with --pod-namespace")


def check_unserved(seen: ClusterSnapshot) -> Finding:
    """Check for Pods that ask for secrets but were not injected."""

    def judge(_: K8sObject) -> Finding:
        pods: list[Mapping[str, Any]] = [each["metadata"] for each in seen.unserved.items]
        if not pods:
            return UNSERVED.ok("no Pod that asks for secrets lacks them")
        names = named([f"{each['namespace']}/{each['name']}" for each in pods])
        message = f"Pods without their secrets, created while the webhook was not called or annotated later: {names}"
        return UNSERVED.warning(message, "delete them, so that their controllers recreate them")

    return UNSERVED.of(seen.unserved, "", judge)
