"""Check the Kubernetes versions: the API server for omamori, each node's kubelet for variables.

Facts
- matchConditions and ValidatingAdmissionPolicy are stable from 1.30; EnvFiles (KEP-3721) are on from 1.35, and an older
  kubelet silently leaves a variable empty.
"""

from __future__ import annotations

import re

from vault.report import Finding
from webhook.admission.pod.names import ENV_FILES_LABEL
from webhook.config.settings import EnvFiles
from webhook.doctor.checks.check import Check
from webhook.doctor.snapshot import K8sObject, Lookup

LEAST_API_SERVER = (1, 30)
LEAST_KUBELET = (1, 35)
_VERSION = re.compile(r"v?([0-9]{1,4})\.([0-9]{1,4})")
_MOST_NAMED = 5

API_SERVER = Check("api-server")
ENV_FILES = Check("env-files")


def check_api_server(version: Lookup) -> Finding:
    """Check that the API server has the features that the webhook's configuration and the backstop need."""

    def judge(found: K8sObject) -> Finding:
        text = str(found.get("gitVersion"))
        if parse_version(text) < LEAST_API_SERVER:
            return API_SERVER.failed(f"the API server is {text}", "upgrade it to 1.30 or later")
        return API_SERVER.ok(f"the API server is {text}")

    return API_SERVER.of(version, "use the address of a Kubernetes API server", judge)


def check_env_files(nodes: Lookup, how: EnvFiles) -> Finding:
    """Check that variables are possible on the nodes, for the given setting of EnvFiles."""

    def judge(_: K8sObject) -> Finding:
        if how == "never":
            return ENV_FILES.ok("variables set by the kubelet are not used (never)")
        labelled = [node for node in nodes.items if _is_labelled(node)]
        relied_on = labelled if how == "require" else nodes.items
        old = [node for node in relied_on if parse_version(_kubelet(node)) < LEAST_KUBELET]
        if how == "require" and not labelled:
            fix = f"label those of 1.35 or later: kubectl label node NAME {ENV_FILES_LABEL}=true"
            return ENV_FILES.failed(f"no node has the label {ENV_FILES_LABEL}=true: Pods with variables wait", fix)
        if not old:
            return ENV_FILES.ok(f"variables are possible on {len(relied_on)} of {len(nodes.items)} nodes ({how})")
        message = f"the kubelet is older than 1.35 on {named([f'{_name(each)} {_kubelet(each)}' for each in old])}"
        if how == "assume":
            fix = "upgrade them, or set envFiles=verify"
            return ENV_FILES.failed(f"{message}: variables are EMPTY there", fix)
        message = f"{message}: Pods with variables do not start there"
        if how == "require":
            return ENV_FILES.failed(message, "upgrade them, or remove their label")
        fix = f"upgrade them; or label the others {ENV_FILES_LABEL}=true and set envFiles=require"
        return ENV_FILES.warning(message, fix)

    return ENV_FILES.of(nodes, "", judge)


def parse_version(text: str) -> tuple[int, int]:
    """Parse major and minor of a Kubernetes version; (0, 0) if it is invalid."""
    found = _VERSION.match(text)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def named(names: list[str]) -> str:
    """List the first few names, and how many more there are."""
    rest = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _is_labelled(node: K8sObject) -> bool:
    return (node["metadata"].get("labels") or {}).get(ENV_FILES_LABEL) == "true"


def _kubelet(node: K8sObject) -> str:
    return str(((node.get("status") or {}).get("nodeInfo") or {}).get("kubeletVersion") or "of no version")


def _name(node: K8sObject) -> str:
    return str(node["metadata"]["name"])
