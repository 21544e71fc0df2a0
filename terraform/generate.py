"""Write the tables of terraform/modules/*/README.md from the code, so that they say what the modules take and give.

python terraform/generate.py            write the pages
python terraform/generate.py --check    exit code 1 where a page is not what the code says

What stands above the marker in a page is written by hand. The reader knows Terraform's language as `terraform fmt`
leaves it: a block begins and ends at the left edge, its own arguments are indented by two blanks.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

MODULES = Path(__file__).resolve().parent / "modules"
MARKER = "<!-- from here on written by terraform/generate.py from the code; change it there -->\n"

BLOCK = re.compile(r'^(variable|output) "(\w+)" \{\n(.*?)^\}$', re.DOTALL | re.MULTILINE)
RESOURCE = re.compile(r'^resource "(\w+)" "(\w+)" \{$', re.MULTILINE)
ARGUMENT = re.compile(r"^  (\w+) += (.*)$", re.MULTILINE)
MESSAGE = re.compile(r'^    error_message = "(.*)"$', re.MULTILINE)


def read_text(module: Path) -> str:
    """Read all of a module's code."""
    return "\n".join(file.read_text() for file in sorted(module.glob("*.tf")))


def parse_blocks(code: str, kind: str) -> dict[str, dict[str, str]]:
    """Give the arguments of each variable or output, by its name; `rules` are what its validations say."""
    blocks = {}
    for found, name, body in BLOCK.findall(code):
        if found == kind:
            rules = " ".join(unquoted(each) for each in MESSAGE.findall(body))
            blocks[name] = {"rules": rules, **dict(ARGUMENT.findall(body))}
    return blocks


def unquoted(text: str) -> str:
    """Give what a string says, in a cell of a table."""
    return text.replace('\\"', '"').replace("|", "\\|")


def described(block: dict[str, str]) -> str:
    """Give a block's description. Raises KeyError where it has none."""
    return unquoted(block["description"].strip('"'))


def render(code: str) -> str:
    """Render what stands below the marker."""
    lines = ["", "## Inputs", "", "| name | what it is | type | default |", "|---|---|---|---|"]
    for name, block in parse_blocks(code, "variable").items():
        default = f"`{block['default']}`" if "default" in block else "required"
        lines.append(
            f"| `{name}` | {' '.join((described(block), block['rules'])).strip()} | `{block['type']}` | {default} |"
        )
    lines += ["", "## Outputs", "", "| name | what it is |", "|---|---|"]
    lines += [f"| `{name}` | {described(block)} |" for name, block in parse_blocks(code, "output").items()]
    lines += ["", "## Resources", ""]
    lines += [f"- `{kind}.{name}`" for kind, name in sorted(RESOURCE.findall(code))]
    return "\n".join(lines) + "\n"


def page(module: Path) -> str:
    """Give the whole page: what was written by hand, and what the code says."""
    by_hand = (module / "README.md").read_text().partition(MARKER)[0]
    return by_hand + MARKER + render(read_text(module))


def main() -> int:
    """Write the pages, or compare them."""
    wanted = {module / "README.md": page(module) for module in sorted(MODULES.iterdir())}
    if "--check" not in sys.argv[1:]:
        for file, text in wanted.items():
            file.write_text(text)
        return 0
    stale = [file for file, text in wanted.items() if file.read_text() != text]
    for file in stale:
        print(f"{file} is not what the code says; run: python terraform/generate.py")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
