"""Check the certificate: the API server trusts it, it has the right name, and it does not expire soon."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime, timedelta

from vault.report import Finding
from webhook.doctor.chain import Chain, parse_chain
from webhook.doctor.checks.check import Check
from webhook.doctor.checks.webhook_config import entries_of
from webhook.doctor.snapshot import ClusterSnapshot, K8sObject
from webhook.kube.names import FIELD_MANAGER

BUNDLE = Check("ca-bundle")
CERTIFICATE = Check("certificate")
CONTROLLER = Check("controller")

# the built-in certificates are valid for 30 days and renewed after 20; cert-manager also renews with a third left
LEAST_LIFE = timedelta(days=7)
# the Lease is renewed at least every 10 s, and held for 15 s
MOST_LEASE_AGE = timedelta(seconds=60)


def check_bundle(seen: ClusterSnapshot) -> Finding:
    """Check that the API server trusts the served certificate."""
    name = seen.place.name

    def judge(secret: K8sObject) -> Finding:
        entries = entries_of(seen)
        chain = _chain(secret)
        if chain is None:
            return BUNDLE.unknown("it needs the certificate", "see the finding of certificate")
        if not entries:
            return BUNDLE.unknown("it needs the webhook configuration", "see the finding of webhook-configuration")
        for entry in entries:
            bundle = _decoded(entry["clientConfig"].get("caBundle"))
            if not bundle:
                return BUNDLE.failed("the webhook configuration has no caBundle", _bundle_fix(seen))
            if not chain.leads_to(bundle):
                message = "no authority in caBundle has signed the served certificate: calls fail"
                return BUNDLE.failed(message, _bundle_fix(seen))
        return BUNDLE.ok(f"caBundle of {name} holds the authority of the served certificate")

    return BUNDLE.behind(seen.serving, "certificate", judge)


def check_certificate(seen: ClusterSnapshot) -> Finding:
    """Check that the certificate has the name that the API server calls, and how long it is valid."""
    host = f"{seen.place.name}.{seen.place.namespace}.svc"

    def judge(secret: K8sObject) -> Finding:
        chain = _chain(secret)
        if chain is None:
            return CERTIFICATE.failed(f"{seen.serving.what} has no certificate in tls.crt", _renewal_fix(seen))
        if not chain.serves(host):
            message = f"the certificate is for {', '.join(sorted(chain.names)) or 'no name'}, not for {host}"
            return CERTIFICATE.failed(message, _renewal_fix(seen))
        if not chain.begins <= seen.now < chain.ends:
            message = f"the certificate is valid from {_day(chain.begins)} to {_day(chain.ends)}, not now"
            return CERTIFICATE.failed(message, _renewal_fix(seen))
        left = chain.ends - seen.now
        # a certificate with a shorter lifetime is judged by that lifetime
        if left < min(LEAST_LIFE, (chain.ends - chain.begins) / 4):
            return CERTIFICATE.warning(f"the certificate expires in {_length(left)}", _renewal_fix(seen))
        return CERTIFICATE.ok(f"the certificate is for {host}, and is valid for another {_length(left)}")

    return CERTIFICATE.of(seen.serving, _renewal_fix(seen), judge)


def check_controller(seen: ClusterSnapshot) -> Finding | None:
    """Check that the controller keeps the certificates. None: something else keeps them."""
    labels = ((seen.serving.found or {}).get("metadata") or {}).get("labels") or {}
    is_ours = labels.get("app.kubernetes.io/managed-by") == FIELD_MANAGER
    if not (is_ours or seen.controller.found or seen.controller.refusal):
        return None
    where = f"deployment/{seen.place.name}-controller -n {seen.place.namespace}"

    def judge(deployment: K8sObject) -> Finding:
        if not (deployment.get("status") or {}).get("readyReplicas"):
            message = "no controller is running: certificates are not renewed"
            return CONTROLLER.failed(message, f"kubectl scale {where} --replicas=1; or see kubectl logs {where}")
        return CONTROLLER.of(seen.lease, f"to find out why: kubectl logs {where}", judge_lease)

    def judge_lease(lease: K8sObject) -> Finding:
        renewed = str(lease["spec"].get("renewTime") or "1970-01-01T00:00:00Z")
        age = seen.now - datetime.fromisoformat(renewed)
        if age > MOST_LEASE_AGE:
            message = f"the controller has not renewed its Lease for {_length(age)}"
            return CONTROLLER.failed(message, f"to find out why: kubectl logs {where}")
        return CONTROLLER.ok(f"{lease['spec'].get('holderIdentity')} keeps the certificates")

    return CONTROLLER.of(seen.controller, "install the chart with certificates.mode=controller", judge)


def _chain(secret: K8sObject) -> Chain | None:
    return parse_chain(_decoded((secret.get("data") or {}).get("tls.crt")))


def _has_controller(seen: ClusterSnapshot) -> bool:
    return seen.controller.found is not None


def _bundle_fix(seen: ClusterSnapshot) -> str:
    if _has_controller(seen):
        return f"let the controller write it: kubectl logs deployment/{seen.place.name}-controller"
    return "set certificates.caBundle to the CA of the certificate, or find out why cert-manager's cainjector does not"


def _renewal_fix(seen: ClusterSnapshot) -> str:
    if _has_controller(seen):
        return f"let the controller renew it: kubectl logs deployment/{seen.place.name}-controller"
    secret = seen.serving.what
    return f"put a new certificate into the {secret}, or see why cert-manager does not (kubectl describe certificate)"


def _decoded(text: str | None) -> bytes:
    try:
        return base64.b64decode(text or "")
    except (binascii.Error, ValueError):
        return b""


def _length(length: timedelta) -> str:
    seconds = int(length.total_seconds())
    return next(
        (f"{seconds // unit} {word}" for unit, word in ((86400, "days"), (3600, "hours")) if seconds >= 2 * unit),
        f"{seconds} seconds",
    )


def _day(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M")
