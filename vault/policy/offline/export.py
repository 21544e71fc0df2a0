"""Export access files: policies as HCL, JSON for Terraform's Vault provider, RBAC for a reviewer.

Terraform reads each string of its JSON as a template, so `${` and `%{` are doubled
(https://developer.hashicorp.com/terraform/language/syntax/json).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from vault.policy.desired.policies import render_policy
from vault.policy.desired.roles import role_fields
from vault.policy.files.model import Access, Grant, policy_name

_ROLE_RESOURCES = {"kubernetes": "vault_kubernetes_auth_backend_role", "jwt": "vault_jwt_auth_backend_role"}
# fields without an argument in the provider's resource for jwt roles, or with another name there
_NOT_OF_TERRAFORM = {"bound_claims", "claim_mappings"}
NAMESPACES_ROLE = "omamori-vault-reads-namespaces"


def render_hcl(access: Access) -> str:
    """Render each policy under its name, sorted by name."""
    named = sorted((policy_name(grant), render_policy(grant)) for grant in access.grants)
    return "\n".join(f"# --- {name}\n{text}" for name, text in named)


def render_terraform(access: Access) -> str:
    """Render policies and roles as resources of Terraform's Vault provider, without the mounts."""
    resources: dict[str, dict[str, Any]] = {}
    for grant in access.grants:
        name = _identifier(policy_name(grant))
        policy = {"name": policy_name(grant), "policy": render_policy(grant)}
        resources.setdefault("vault_policy", {})[name] = _escaped(policy)
        resources.setdefault(_ROLE_RESOURCES[grant.auth.kind], {})[name] = {
            **_escaped(_role(grant)),
            "depends_on": [f"vault_policy.{name}"],
        }
    return json.dumps({"resource": resources}, indent=2, sort_keys=True) + "\n"


def render_rbac(access: Access, namespace: str, service_account: str) -> str:
    """Render the RBAC that lets the reviewer read namespace labels; "" if no grant uses namespaceLabels."""
    if all(grant.workload.namespace is not None for grant in access.grants):
        return ""
    subject = {"kind": "ServiceAccount", "namespace": namespace, "name": service_account}
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": NAMESPACES_ROLE}
    api = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": NAMESPACES_ROLE}}
    rules = [{"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get"]}]
    items = [
        {**api, "kind": "ClusterRole", "rules": rules},
        {**api, "kind": "ClusterRoleBinding", "roleRef": reference, "subjects": [subject]},
    ]
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items}, indent=2) + "\n"


def _role(grant: Grant) -> dict[str, Any]:
    fields = {name: value for name, value in role_fields(grant).items() if name not in _NOT_OF_TERRAFORM}
    return {"backend": grant.auth.path, "role_name": grant.role, **fields}


def _identifier(name: str) -> str:
    """Return a unique Terraform name for a policy: `__` for a dot, `_5f_` and similar for other characters."""
    return re.sub(r"[^a-z0-9-]", lambda found: "__" if found[0] == "." else f"_{ord(found[0]):x}_", name)


def _escaped(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _escape(value) for name, value in fields.items()}


def _escape(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("${", "$${").replace("%{", "%%{")
    return [_escape(each) for each in value] if isinstance(value, list) else value
