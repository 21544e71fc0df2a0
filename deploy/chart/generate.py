"""Write the tables of deploy/chart/README.md from values.yaml and its schema, so that they say what the chart takes.

python deploy/chart/generate.py            write the page
python deploy/chart/generate.py --check    exit code 1 where the page is not what the values say

What stands above the marker is written by hand. The reader knows values.yaml as it is laid out: two blanks a level, one
value a line, and the lines of a comment directly above the key that they are about.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

CHART = Path(__file__).resolve().parent
PAGE = CHART / "README.md"
MARKER = "<!-- from here on written by deploy/chart/generate.py from the values; change it there -->\n"

KEY = re.compile(r"( *)([\w-]+):(?: (.*?))?(?:  ?# .*)?")


class Value(NamedTuple):
    """A key of values.yaml. `default` is as it is written there, None where other keys are inside."""

    path: tuple[str, ...]
    words: str
    default: str | None


def parse_values(text: str) -> Iterator[Value]:
    """Give each key, in order, with the comment above it."""
    path: list[str] = []
    comment: list[str] = []
    for line in text.splitlines():
        if line.lstrip().startswith("#"):
            comment.append(line.lstrip("# "))
            continue
        found = KEY.fullmatch(line)
        if found:
            indent, name, default = found.groups()
            path = [*path[: len(indent) // 2], name]
            yield Value(tuple(path), " ".join(comment), default)
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
        default = f"`{json.dumps(each['default'])}`" if "default" in each else ""
        yield f"| `{name}` | {default} | {each['description']} |"


def page() -> str:
    """Give the whole page: what was written by hand, and what the values say."""
    by_hand = PAGE.read_text().partition(MARKER)[0]
    rows = [
        *render_values((CHART / "values.yaml").read_text()),
        *render_vaults(json.loads((CHART / "values.schema.json").read_text())),
    ]
    return by_hand + MARKER + "\n".join(rows) + "\n"


def main() -> int:
    """Write the page, or compare it."""
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(page())
        return 0
    same = PAGE.read_text() == page()
    if not same:
        print(f"{PAGE} is not what the values say; run: python deploy/chart/generate.py")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
