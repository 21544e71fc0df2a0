"""Write what of the chart follows from the webhook's table of settings, and the tables of README.md from the values.

python deploy/chart/generate.py            write the files
python deploy/chart/generate.py --check    exit code 1 where a file is not what the table and the values say

Of the settings (settings_rows.py) come regions of templates/_settings.tpl, comments of values.yaml, and types and
bounds in values.schema.json; of icon.svg comes the icon in Chart.yaml. What stands in README.md above the marker is
written by hand. The reader knows values.yaml as it is laid out: two blanks a level, one value a line, and the lines of
a comment directly above the key that they are about.
"""

from __future__ import annotations

import base64
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent))

import settings_rows

from webhook.admission.annotations.dialects import DIALECTS

CHART = Path(__file__).resolve().parent
PAGE = CHART / "README.md"
MARKER = "<!-- from here on written by deploy/chart/generate.py from the values; change it there -->\n"

KEY = re.compile(r"( *)([\w-]+):(?: (.*?))?(?:  ?# .*)?")


class Value(NamedTuple):
    """A key of values.yaml. `default` is as it is written there, None where other keys are inside."""

    path: tuple[str, ...]
    words: str
    default: str | None
    line: int


def parse_values(text: str) -> Iterator[Value]:
    """Give each key, in order, with the comment above it."""
    path: list[str] = []
    comment: list[str] = []
    for number, line in enumerate(text.splitlines()):
        if line.lstrip().startswith("#"):
            comment.append(line.lstrip("# "))
            continue
        found = KEY.fullmatch(line)
        if found:
            indent, name, default = found.groups()
            path = [*path[: len(indent) // 2], name]
            yield Value(tuple(path), " ".join(comment), default, number)
        comment = []


def render_values(text: str) -> Iterator[str]:
    """Render a table for each part of the values: what is at the left edge, and has words that are a sentence."""
    for value in parse_values(text):
        if len(value.path) == 1 and value.words.endswith("."):
            yield f"\n{value.words}\n\n| value | default | what it is |\n|---|---|---|"
            words = ""
        else:
            words = value.words.replace("|", "\\|")
        if value.default is not None:
            yield f"| `{'.'.join(value.path)}` | `{value.default}` | {words} |"
        elif words:
            yield f"| `{'.'.join(value.path)}` | | {words} |"


def render_vaults(schema: dict[str, Any]) -> Iterator[str]:
    """Render the table of what one Vault may say. Raises KeyError where a property has no description."""
    yield "\nEach Vault, `vaults.NAME`:\n\n| value | default | what it is |\n|---|---|---|"
    for name, each in schema["$defs"]["vault"]["properties"].items():
        required = "required" if name in schema["$defs"]["vault"]["required"] else ""
        default = f"`{json.dumps(each['default'])}`" if "default" in each else required
        yield f"| `{name}` | {default} | {each['description']} |"


def render_dialects() -> str:
    """Render the webhook's table of dialects as a template, which those of the conditions read.

    A dialect that is not always on is there where its value is true.
    """
    rows = ""
    for each in DIALECTS:
        row = json.dumps(
            {
                "domain": each.domain,
                "switchOn": each.switch_on,
                "offValues": list(each.off_values),
                "askingWith": list(each.prefixes) if each.switch_on else [],
                "nothingWith": [[name, list(values)] for name, values in each.nothing_with],
                "switchOff": each.switch_off,
                "injectedBy": list(each.injected_by),
            }
        )
        for key, value in (("served", each.chart_served), ("left", each.chart_left)):
            row = f'{row[:-1]}, "{key}": {f"{{{{ toJson .Values.{value} }}}}" if value else "[]"}}}'
        row = f"{', ' if rows else ''}{row}"
        rows += f"{{{{ if .Values.{each.chart} }}}}{row}{{{{ end }}}}" if each.chart else row
    origin = "{{- /* written by deploy/chart/generate.py from webhook/admission/annotations/dialects.py */ -}}"
    return f'{origin}\n{{{{- define "omamori.dialects" -}}}}\n[{rows}]\n{{{{- end -}}}}\n'


def with_icon(chart: str, icon: bytes) -> str:
    """Give Chart.yaml with the icon in it: a repository of charts then needs no other address for it."""
    address = f"data:image/svg+xml;base64,{base64.b64encode(icon).decode()}"
    return re.sub(r"(?m)^icon: .*$", f"icon: {address}", chart)


def files() -> dict[Path, str]:
    """Give the files as they should be."""
    values = (CHART / "values.yaml").read_text()
    values = settings_rows.with_comments(values, {".".join(each.path): each.line for each in parse_values(values)})
    schema = settings_rows.with_bounds(json.loads((CHART / "values.schema.json").read_text()))
    template = CHART / "templates/_settings.tpl"
    by_hand = PAGE.read_text().partition(MARKER)[0]
    rows = [*render_values(values), *render_vaults(schema)]
    return {
        template: settings_rows.with_settings(template.read_text()),
        CHART / "templates/_dialects.tpl": render_dialects(),
        CHART / "Chart.yaml": with_icon((CHART / "Chart.yaml").read_text(), (CHART / "icon.svg").read_bytes()),
        CHART / "values.yaml": values,
        CHART / "values.schema.json": settings_rows.render_json(schema) + "\n",
        PAGE: by_hand + MARKER + "\n".join(rows) + "\n",
    }


def main() -> int:
    """Write the files, or compare them."""
    wanted = files()
    stale = [file.name for file, text in wanted.items() if not file.exists() or file.read_text() != text]
    if "--check" not in sys.argv[1:]:
        for file, text in wanted.items():
            file.write_text(text)
        return 0
    if stale:
        print(f"run: python deploy/chart/generate.py ({', '.join(stale)})")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
