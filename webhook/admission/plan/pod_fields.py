"""Fields of the Pod that a call sends: `{pod.name}` in a value of `data.`, say.

Most are not known at admission (a Pod of a ReplicaSet has no name yet, none has an IP), so the kubelet leaves them in
variables of our container (the downward API), and the agent fills them in.
"""

from __future__ import annotations

from collections.abc import Iterable

from vault.contract.names import POD_FIELDS, pod_field_variable
from webhook.admission.annotations.pod_annotations import InjectionSpec

# kubernetes.io, "Downward API": fields that are available by fieldRef as environment variables
_PATHS = {
    "pod.name": "metadata.name",
    "pod.namespace": "metadata.namespace",
    "pod.ip": "status.podIP",
    "pod.uid": "metadata.uid",
    "node.name": "spec.nodeName",
    "service_account": "spec.serviceAccountName",
}


def pod_fields_in(data: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return the fields that stand in braces in the values."""
    values = [value for _, value in data if "{" in value]
    if not values:
        return ()
    return tuple(field for field in POD_FIELDS if any(f"{{{field}}}" in value for value in values))


def plan_pod_fields(spec: InjectionSpec) -> tuple[tuple[str, str], ...]:
    """Return the variables that our container needs for them, each with the path of its field."""
    used = {field for secret in spec.secrets if secret.data for field in pod_fields_in(secret.data)}
    return tuple((pod_field_variable(field), _PATHS[field]) for field in POD_FIELDS if field in used)
