"""To whom a role of a Vault is bound, as the workloads of a grant; or why a grant cannot say it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from vault.contract.shown import shown
from vault.policy.desired.resources import Fields

_SUBJECT = "system:serviceaccount:"
_ANYTHING = "*"


class CannotSay(Exception):
    """A grant cannot express this role."""


def refuse_set(role: Fields, names: Iterable[str]) -> None:
    """Raise CannotSay with those fields that are set."""
    found = [name for name in names if role.get(name)]
    if found:
        raise CannotSay(f"a grant cannot express {', '.join(found)}")


def kubernetes_binding(role: Fields) -> tuple[list[dict[str, Any]], str]:
    """Return the workloads of a role of kubernetes auth, and the audience. Raises CannotSay."""
    accounts = role.get("bound_service_account_names") or []
    namespaces = role.get("bound_service_account_namespaces") or []
    selector = role.get("bound_service_account_namespace_selector") or ""
    audience = role.get("audience") or ""
    _refuse_any(accounts, "ServiceAccount", "a grant with workloads names each")
    _refuse_any(namespaces, "namespace", "a grant with namespaceLabels is for all with the same labels")
    if not selector:
        pairs = [(namespace, account) for namespace in namespaces for account in accounts]
        if not pairs:
            raise CannotSay("it is not bound to any ServiceAccount")
        return [
            {"namespace": namespace, "serviceAccount": account} for namespace, account in dict.fromkeys(pairs)
        ], audience
    if len(accounts) != 1 or namespaces:
        raise CannotSay("with a namespace selector a grant is for one ServiceAccount, and for no other namespace")
    return [{"serviceAccount": accounts[0], "namespaceLabels": _match_labels(selector)}], audience


def jwt_binding(role: Fields) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the workload of a role of jwt auth, and the audiences. Raises CannotSay."""
    subject = str(role.get("bound_subject") or "").removeprefix(_SUBJECT)
    namespace, _, account = subject.partition(":")
    if subject == role.get("bound_subject") or not account:
        raise CannotSay(f"its bound_subject is not {_SUBJECT}NAMESPACE:NAME")
    if role.get("role_type") != "jwt" or role.get("user_claim") != "sub":
        raise CannotSay("it is not of role_type jwt with the user_claim sub")
    refuse_set(role, ("bound_claims", "claim_mappings", "groups_claim", "user_claim_json_pointer"))
    refuse_set(role, ("clock_skew_leeway", "expiration_leeway", "not_before_leeway", "max_age"))
    return [{"namespace": namespace, "serviceAccount": account}], list(role.get("bound_audiences") or [""])


def _refuse_any(names: Iterable[str], what: str, instead: str) -> None:
    open_names = [name for name in names if _ANYTHING in name]
    if open_names:
        raise CannotSay(f"it is for any {what} {', '.join(map(shown, open_names))}, which no grant can say; {instead}")


def _match_labels(selector: str) -> dict[str, str]:
    """Parse a label selector. Vault accepts JSON and YAML; only matchLabels is supported here."""
    try:
        return dict(json.loads(selector)["matchLabels"])
    except (ValueError, KeyError, TypeError):
        raise CannotSay("its namespace selector is not JSON") from None
