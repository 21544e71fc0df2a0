"""What of the chart is made of the webhook's table of settings: lines of the template, comments, and the schema.

A row of the table names its value by the path in values.yaml; of a Vault, by the name within `vaults.NAME`.
"""

from __future__ import annotations

import json
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from webhook.config.parsers import Choice, Choices, Number, parse_boolean, parse_labels
from webhook.config.patterns import NamespacePattern, RolePattern
from webhook.config.row import Row, rows_of
from webhook.config.settings import AgentSettings, ServerSettings, Settings, VaultList, VaultSettings
from webhook.controller.settings import ControllerSettings

# the chart has these in another form, which its template turns into the variable by hand
BY_HAND = {"VAULTS", "CA_FILE", "CA_CONFIG_MAP", "CA_SECRET", "TLS_CLIENT_CA_FILE", "CONTROLLER_AUTHORITY"}
# where the chart takes less than the webhook: its containers may not open ports below 1024
NARROWER = {"port": {"minimum": 1024}}

_WIDTH = 120
_REGION = re.compile(r"({{- /\* generated: (\w+).*? \*/ ?-?}}\n).*?({{- /\* /generated \*/)", re.DOTALL)


def webhook_rows() -> Iterator[Row]:
    """Give the rows that are made of one value each, those of a Vault left out."""
    for table in (VaultList, Settings, AgentSettings, ServerSettings):
        yield from (each for each in rows_of(table).values() if each.chart and each.name not in BY_HAND)


def controller_rows() -> Iterator[Row]:
    """Give the controller's rows that are made of one value each."""
    yield from (each for each in rows_of(ControllerSettings).values() if each.chart and each.name not in BY_HAND)


def vault_rows() -> Iterator[Row]:
    """Give the rows of a Vault that are made of one value each."""
    yield from (each for each in rows_of(VaultSettings).values() if each.name not in BY_HAND)


def with_settings(template: str) -> str:
    """Give _settings.tpl with its regions as the table says."""
    always = [each for each in webhook_rows() if isinstance(each.default, tuple) and each.default]
    regions = {
        "settings": _dict("$settings", "$values", [each for each in webhook_rows() if each not in always]),
        "vault": _dict("$words", "$vault", list(vault_rows())),
        "controller": _dict("$settings", "$values", list(controller_rows())),
        "lists": "".join(
            f"- name: OMAMORI_{each.name}\n  value: {{{{ {_expression('$values', each).strip('()')} | quote }}}}\n"
            for each in always
        ),
    }
    return _REGION.sub(lambda found: found[1] + regions[found[2]] + found[3], template)


def _dict(name: str, values: str, rows: list[Row]) -> str:
    lines = (f'  "{each.name}" {_expression(values, each)}\n' for each in rows)
    return f"{{{{- {name} := dict\n{''.join(lines)}-}}}}\n"


def _expression(values: str, each: Row) -> str:
    parent, _, key = f"{values}.{each.chart}".rpartition(".")
    value = f'(index {parent} "{key}")' if "-" in key else f"{parent}.{key}"
    return f'(join "," {value})' if isinstance(each.default, tuple) else value


def words_of(each: Row) -> str:
    """Say what a value is, and what an empty one means, or of a number 0."""
    if not each.unset or (each.default and isinstance(each.default, int)):
        return each.meaning
    return f"{each.meaning}; {'empty' if each.default != 0 else 0}: {each.unset}"


def with_comments(values: str, paths: dict[str, int]) -> str:
    """Give values.yaml with the meaning of each setting above its line; `paths` gives each value's line, from 0."""
    lines = values.splitlines()
    for each in sorted([*webhook_rows(), *controller_rows()], key=lambda row: -paths[row.chart]):
        at = first = paths[each.chart]
        while lines[first - 1].lstrip().startswith("#"):
            first -= 1
        indent = " " * (len(lines[at]) - len(lines[at].lstrip()))
        lines[first:at] = textwrap.wrap(
            words_of(each), _WIDTH, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}# "
        )
    return "\n".join(lines) + "\n"


def with_bounds(schema: dict[str, Any]) -> dict[str, Any]:
    """Give the schema with the type and the bounds of each setting, and a Vault's descriptions. It is changed."""
    for each in [*webhook_rows(), *controller_rows()]:
        *folders, name = each.chart.split(".")
        node = schema
        for folder in folders:
            node = node["properties"].get(folder, {}) if "properties" in node else {}
        properties = node.get("properties")
        if properties is not None:  # else it is a $ref, by hand
            properties[name] = {**_schema_of(each, properties.get(name)), **NARROWER.get(each.chart, {})}
    vault = schema["$defs"]["vault"]["properties"]
    for each in vault_rows():
        kept = {key: value for key, value in vault.get(each.chart, {}).items() if key not in {"description", "default"}}
        default = {} if each.is_required else {"default": _json_of(each.default)}
        vault[each.chart] = {"description": words_of(each), **_schema_of(each, kept), **default}
    return schema


def _schema_of(each: Row, by_hand: dict[str, Any] | None) -> dict[str, Any]:
    """Give the schema of a value; where the parser does not say it, the one that is there."""
    match each.parse:
        case Number(least=least, most=most):
            return {"type": "integer", "minimum": min(least, each.default), "maximum": most}
        case Choice(allowed=allowed):
            return {"enum": list(allowed)}
        case Choices(allowed=allowed):
            return {"type": "array", "uniqueItems": True, "items": {"enum": list(allowed)}}
    if each.parse is parse_boolean:
        return {"type": "boolean"}
    if each.parse is parse_labels:
        return {"$ref": "#/$defs/labels"}
    return by_hand or {"type": "string"}


def _json_of(default: Any) -> Any:
    match default:
        case RolePattern(text=text) | NamespacePattern(text=text):
            return text
        case tuple(names):
            return list(names)
    return default


def render_json(value: Any, indent: int = 0, before: int = 0) -> str:
    """Render JSON with an object or a list on one line where it fits behind the `before` characters of its key."""
    short = json.dumps(value, ensure_ascii=False)
    if (indent and indent + before + len(short) < _WIDTH) or not isinstance(value, dict | list):
        return short
    inner = " " * (indent + 2)
    if isinstance(value, list):
        items = [render_json(each, indent + 2) for each in value]
    else:
        keys = [f"{json.dumps(key, ensure_ascii=False)}: " for key in value]
        items = [key + render_json(each, indent + 2, len(key)) for key, each in zip(keys, value.values(), strict=True)]
    opening, closing = "[]" if isinstance(value, list) else "{}"
    joined = f",\n{inner}".join(items)
    return f"{opening}\n{inner}{joined}\n{' ' * indent}{closing}"
