"""Names that the webhook writes into a Pod and the agent reads there, each defined once."""

from __future__ import annotations

PLAN_VARIABLE = "OMAMORI_PLAN"
# set by a kubelet that reads env files; its name is what the kubelet says where it does not
ENV_CHECK_VARIABLE = "OMAMORI_KUBELET_READS_ENV_FILES"
RESTART_EXIT_CODE = 20  # of a sidecar after a change for which all containers restart (KEP-5532)
READY_FILE = "ready"  # in the state directory of a native sidecar, once the first files are there
STATUS_FILE = "status.json"
LAUNCHER_PROGRAM = "omamori-launch"
HOOK_FILE = "hook"  # there, too: the hook holds a lock on it as long as it lives
READY_PROGRAM = "/opt/omamori/bin/omamori-ready"
STAY_PROGRAM = "omamori-stay"
AWS_DIRECTORY = "/omamori/aws"  # in our container: the Pod's volume with its token for AWS
# what `{…}` in the data of a call may name; the kubelet knows them, and leaves each in a variable of our container
POD_FIELDS = ("pod.name", "pod.namespace", "pod.ip", "pod.uid", "node.name", "service_account")


def pod_field_variable(field: str) -> str:
    """Return the variable of our container that has a field of the Pod."""
    return f"OMAMORI_{field.upper().replace('.', '_')}"
