"""The chart's values as the settings that the webhook gets from them, of those that decide on Pods.

Each row of the tables of settings names the value that the chart makes it of; deploy/chart/templates/_settings.tpl is
made of the same rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from webhook.config.environ import PREFIX
from webhook.config.row import Row, rows_of
from webhook.config.settings import AgentSettings, Settings, VaultList, VaultSettings

_MISSING = object()
# a Vault's values that are maps, as NAME/KEY
_OBJECTS = {"CA_CONFIG_MAP": "caConfigMap", "CA_SECRET": "caSecret"}


def settings_of_values(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the variables; a value that is not given, or empty, is left to the webhook's default.

    Raises ValueError where `vaults` is missing. Values are not checked: the chart's schema does that.
    """
    vaults = values.get("vaults")
    if not isinstance(vaults, Mapping) or not vaults:
        raise ValueError("lacks vaults: these are no values of omamori's chart")
    found = {f"{PREFIX}VAULTS": ",".join(_names(vaults, values.get("defaultVault")))}
    for table in (VaultList, Settings, AgentSettings):
        found |= _variables(rows_of(table).values(), values, PREFIX)
    if values.get("openshift"):
        found[f"{PREFIX}AGENT_UNSET_USER"] = "true"
    for name, vault in vaults.items():
        if not isinstance(vault, Mapping):
            raise ValueError(f"vaults.{name} is no mapping with an address")  # noqa: TRY004 - as all that is wrong here
        prefix = f"{PREFIX}VAULT_{str(name).upper().replace('-', '_')}_"
        found |= _variables(rows_of(VaultSettings).values(), vault, prefix)
        for variable, value in _OBJECTS.items():
            if isinstance(vault.get(value), Mapping):
                found[f"{prefix}{variable}"] = f"{vault[value].get('name', '')}/{vault[value].get('key', '')}"
    return found


def _names(vaults: Mapping[str, Any], default: Any) -> Iterator[str]:
    """Yield the Vaults' names, the default one first."""
    names = sorted(map(str, vaults))
    first = str(default) if default in vaults else names[0]
    yield first
    yield from (each for each in names if each != first)


def _variables(rows: Any, values: Mapping[str, Any], prefix: str) -> dict[str, str]:
    found = {}
    for each in rows:
        value = _value(each, values)
        is_emptied_list = isinstance(each.default, tuple) and bool(each.default) and value == []
        if each.chart and not isinstance(value, Mapping) and (value not in (_MISSING, None, "", []) or is_emptied_list):
            found[f"{prefix}{each.name}"] = _text(value)
    return found


def _value(each: Row, values: Mapping[str, Any]) -> Any:
    """Return the value that a row names; _MISSING if it is not given."""
    value: Any = values
    for key in each.chart.split("."):
        value = value.get(key, _MISSING) if isinstance(value, Mapping) else _MISSING
    return value


def _text(value: Any) -> str:
    """Write a value as Helm's `toString` does."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value)
