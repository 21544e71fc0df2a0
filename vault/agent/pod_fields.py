"""Fields of the Pod in what a call sends: the kubelet has put them into the environment (the downward API).

Loaded only where a Plan asks for them.
"""

from __future__ import annotations

import os

from vault.contract.errors import PlanInvalid
from vault.contract.names import pod_field_variable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.contract.plan import Read


def fill_in(read: Read) -> dict[str, str]:
    """Return the names and values that a call sends, with the Pod's fields in their places. Raises PlanInvalid."""
    data = dict(read.data)
    for field in read.pod_fields:
        variable = pod_field_variable(field)
        found = os.environ.get(variable, "")
        if not found:
            raise PlanInvalid(
                f"the variable {variable} is missing, which is to have the Pod's {field}",
                hint="are the webhook and the agent image of one release, and has nothing changed the Pod since?",
            )
        data = {name: value.replace(f"{{{field}}}", found) for name, value in data.items()}
    return data
