"""What the call of `omamori migrate` says that manifests do not: what the administrator's settings are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vault.contract.origins import parse_origin


@dataclass(frozen=True, slots=True)
class Options:
    """`vaults` are the names of Vaults by their addresses, as parse_origin gives them.

    `auth_mount` is the path of the auth method in the settings, None: not said. `keep_templates`: a template that is
    one key stays a template.
    """

    vaults: Mapping[object, str] = field(default_factory=dict)
    auth_mount: str | None = None
    keep_templates: bool = False

    def vault_of(self, address: str) -> str | None:
        """Return the name of the Vault at an address. None: it was not said."""
        return self.vaults.get(parse_origin(address))
