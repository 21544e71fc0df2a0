"""How OpenBao 2.x differs from Vault 1.21 in what is managed here, as rows; the only place that knows.

Each row is a field that only one of them answers, with the value that leaves a policy or a role as we mean it. It is
compared where it is answered, and sent only to put it right: the other server would drop the name with a warning.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class OwnField:
    """A field of one server alone; `zero` is its harmless value; `is_sent`: writing it is the way to put it right."""

    server: Literal["OpenBao", "Vault"]
    kind: Literal["policy", "role"]
    name: str
    zero: Any
    is_sent: bool
    why: str


OWN_FIELDS = (
    OwnField(
        "OpenBao", "policy", "expiration", "", False, "the policy vanishes then; a write without it keeps the policy"
    ),
    OwnField("OpenBao", "policy", "cas_required", False, True, "a write without a version would be refused"),
    OwnField("OpenBao", "policy", "allow_slashes_in_identity_templates", False, True, "a template would reach further"),
    OwnField(
        "OpenBao", "policy", "allow_wildcards_in_identity_templates", False, True, "a template would reach further"
    ),
    OwnField("OpenBao", "role", "token_strictly_bind_ip", False, True, "a token would serve one address alone"),
    OwnField("OpenBao", "role", "token_policies_template_claims", False, True, "a claim would name the policies"),
)


def own_fields(kind: str) -> tuple[OwnField, ...]:
    """The rows of one kind of entry."""
    return tuple(each for each in OWN_FIELDS if each.kind == kind)
