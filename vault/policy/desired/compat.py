"""Table of differences between OpenBao 2.x and Vault 1.21 in managed fields. No other module knows them.

Each row is a field that only one of the servers returns, with its neutral value. The field is compared if the server
returns it, and sent only to correct it: the other server would ignore the name with a warning.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class OwnField:
    """A field of only one server. `zero` is its neutral value; `is_sent`: writing this value corrects the field."""

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
    """Return the rows for one kind of entry."""
    return tuple(each for each in OWN_FIELDS if each.kind == kind)
