"""Find the Pods of a manifest that ask for secrets, and say what the demo cannot show of one before anything starts."""

from __future__ import annotations

from pathlib import Path

from vault.contract.plan import AUTH_KINDS
from webhook.admission.annotations.dialects import DIALECTS, parse_any
from webhook.admission.annotations.parse import ENV_PREFIX
from webhook.admission.annotations.pod_annotations import InjectionSpec
from webhook.admission.problems import Rejected
from webhook.demo import asked
from webhook.demo.manifest import ManifestFile, ManifestPod
from webhook.demo.stop import DemoStopped
from webhook.workloads.annotated import key_problems

_ADD = "add a file.omamori.dev/… annotation"


def find_asking(file: Path, read: ManifestFile) -> list[ManifestPod]:
    """Return the Pods that ask for secrets, rightly or not. Raises DemoStopped where there is none."""
    asking = [pod for pod in read.pods if _asks(pod)]
    if not asking:
        hint = "; ".join(read.strays) or _ADD
        raise DemoStopped(f"{file} asks for no secret", hint=hint)
    return asking


def _asks(pod: ManifestPod) -> bool:
    try:
        spec = parse_any(pod.raw, namespace=pod.namespace, dialects=DIALECTS)
    except Rejected:
        return True  # what is wrong with it is said when it is its turn
    return bool(key_problems(pod.raw, DIALECTS)) or (spec is not None and spec.asks)


def read_spec(pod: ManifestPod) -> InjectionSpec:
    """Return what a Pod asks for. Raises DemoStopped where the demo cannot show it, and Rejected."""
    problems = key_problems(pod.raw, DIALECTS)
    if problems:
        raise DemoStopped(f"{pod.made_by} has annotations that no API server accepts", hint="; ".join(problems))
    spec = parse_any(pod.raw, namespace=pod.namespace, dialects=DIALECTS)
    if spec is None or not spec.asks:
        raise DemoStopped(f"{pod.made_by} asks for no secret", hint=_ADD)
    if spec.variable_sets:
        raise DemoStopped(
            f"{pod.made_by} asks for all keys of a secret as variables, which the launcher sets in a Pod alone",
            hint=f"write {ENV_PREFIX}/NAME annotations for the demo, which `omamori env-names PATH` lists",
        )
    if spec.env_delivery != "kubelet":
        asks = "asks for" if spec.env_delivery == "exec" else "may need"
        raise DemoStopped(
            f"{pod.made_by} {asks} the launcher, which needs a Pod", hint="remove omamori.dev/env-delivery for the demo"
        )
    if spec.login.namespace or spec.login.auth_kind not in (None, *AUTH_KINDS):
        raise DemoStopped(
            f"{pod.made_by} asks for a namespace of Vault, or for a login without the ServiceAccount's token",
            hint="the demo's Vault has neither: remove those annotations for the demo",
        )
    asked.template_paths(spec)  # raises where the paths of a template are not known
    return spec
