"""Draw the diagrams of docs/sidecar.md, between its markers, from the tables of the sidecar's machine.

python docs/generate_sidecar.py            write the page
python docs/generate_sidecar.py --check    exit code 1 where the page is not what the tables say
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

from vault.agent.sidecar.machine import phases  # noqa: E402 - only now can it be found

PAGE = PROJECT / "docs/sidecar.md"
MACHINES = {"session": phases.SESSION, "read": phases.READ, "files": phases.FILES}


def meanings() -> dict[str, str]:
    """Give what each phase means: the comment behind it."""
    source = Path(phases.__file__).read_text()
    return dict(re.findall(r'^[A-Z_]+ = "([A-Z]\w+)"  # (.+)$', source, re.MULTILINE))


def diagram(table: dict[str, dict[str, str]]) -> str:
    """Give a diagram of one table, one arrow for all outcomes between the same two phases, and the list of phases."""
    arrows: dict[tuple[str, str], list[str]] = {("[*]", next(iter(table))): []}
    for phase, outcomes in table.items():
        for outcome, target in outcomes.items():
            arrows.setdefault((phase, target), []).append(outcome)
    lines = [
        f"    {phase} --> {target}" + (f": {'<br/>'.join(outcomes)}" if outcomes else "")
        for (phase, target), outcomes in arrows.items()
    ]
    known = meanings()
    named = dict.fromkeys([*table, *(target for outcomes in table.values() for target in outcomes.values())])
    rows = [f"| {phase} | {known[phase]} |" for phase in named]
    drawn = ["```mermaid", "stateDiagram-v2", *lines, "```"]
    return "\n".join([*drawn, "", "| phase | |", "|---|---|", *rows, ""])


def page() -> str:
    """Give the page as it should be."""
    text = PAGE.read_text()
    for name, table in MACHINES.items():
        marker = re.escape(f"<!-- generated: {name}, by docs/generate_sidecar.py -->\n")
        text, count = re.subn(
            f"({marker}).*?(<!-- end -->)",
            lambda found, table=table: f"{found[1]}{diagram(table)}{found[2]}",  # type: ignore[misc]
            text,
            flags=re.DOTALL,
        )
        assert count == 1, f"{PAGE} has no marker for {name}"
    return text


def main() -> int:
    """Write the page, or check it."""
    made = page()
    if "--check" in sys.argv[1:]:
        return 0 if made == PAGE.read_text() else 1
    PAGE.write_text(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
