"""The parameters of the auth method: `auth-config-<p>`, whose names vault-k8s takes with `-` for `_`."""

from __future__ import annotations

from webhook.admission.annotations.vault_k8s.given import Given

PARAMETER = "auth-config-<p>"


def parameters_of(given: Given) -> dict[str, tuple[str, str]]:
    """Return each parameter by its name with `_`: its value, and the annotation that it is from."""
    return {
        name.replace("-", "_"): (given.get(row, name), annotation)
        for row, name, annotation in given.all()
        if row == PARAMETER
    }
