"""Convert a grant to the fields of its role, with every managed field, even if it is empty.

Vault keeps the old value of a missing field, and ignores unknown names, so all fields are sent under their current
names (https://developer.hashicorp.com/vault/api-docs/auth/kubernetes#create-update-role and
/auth/jwt#create-update-role), in the form in which Vault returns them: lists as lists, times as seconds.
"""

from __future__ import annotations

import json
from typing import Any

from vault.policy.files.model import Grant, policy_name

Fields = dict[str, Any]


def role_fields(grant: Grant) -> Fields:
    """Return the fields to write to `grant.role_path`."""
    own = _kubernetes_fields(grant) if grant.auth.kind == "kubernetes" else _jwt_fields(grant)
    return {**own, **_token_fields(grant)}


def _kubernetes_fields(grant: Grant) -> Fields:
    workload = grant.workload
    labels = dict(workload.namespace_labels)
    return {
        "bound_service_account_names": [workload.service_account],
        "bound_service_account_namespaces": [] if workload.namespace is None else [workload.namespace],
        "bound_service_account_namespace_selector": json.dumps({"matchLabels": labels}, sort_keys=True)
        if labels
        else "",
        "audience": next(iter(grant.audiences), ""),
        "alias_name_source": grant.auth.alias_name_source,
    }


def _jwt_fields(grant: Grant) -> Fields:
    workload = grant.workload
    return {
        "role_type": "jwt",
        "user_claim": "sub",
        "bound_subject": f"system:serviceaccount:{workload.namespace}:{workload.service_account}",
        "bound_audiences": list(grant.audiences),
        "bound_claims": {},
        "bound_claims_type": "string",
        "claim_mappings": {},
        "groups_claim": "",
        "user_claim_json_pointer": False,
        "clock_skew_leeway": 0,
        "expiration_leeway": 0,
        "not_before_leeway": 0,
        "max_age": 0,
    }


def _token_fields(grant: Grant) -> Fields:
    token = grant.token
    return {
        "token_policies": [policy_name(grant)],
        "token_type": token.kind,
        "token_ttl": token.ttl_seconds,
        "token_max_ttl": token.max_ttl_seconds,
        "token_explicit_max_ttl": 0,
        "token_period": 0,
        "token_num_uses": 0,
        "token_bound_cidrs": list(token.bound_cidrs),
        "token_no_default_policy": not token.has_default_policy,
    }
