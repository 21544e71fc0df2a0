"""Write the version of pyproject.toml into the files that have to repeat it.

python deploy/release/version.py           write the files
python deploy/release/version.py --check   exit code 1 where a file says another version

A chart, a manifest and a page cannot take it from there when they are used. Wheel, images and commands do.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]

# each has at least one copy
FILES = (
    "README.md",
    "deploy/chart/Chart.yaml",
    "deploy/kustomize/base/resources.yaml",
    "deploy/kustomize/components/cert-manager/resources.yaml",
    "deploy/kustomize/components/controller/resources.yaml",
    "deploy/kustomize/components/monitoring/resources.yaml",
    "deploy/kustomize/example/kustomization.yaml",
    "docs/quickstart.md",
)
# the tag of an image of ours, a field of Chart.yaml, a label of an object
COPY = re.compile(
    r'(?m)(omamori-(?:[a-z]+|\$[a-z]+):|^(?:appV|v)ersion: |app\.kubernetes\.io/version: ")([0-9][\w.+-]*)'
)


def project_version() -> str:
    """Give the version, from the one place where it is set."""
    version: str = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]
    return version


def with_version(text: str, version: str) -> str:
    """Give the text of a file with this version in each copy."""
    return COPY.sub(lambda copy: copy[1] + version, text)


def main() -> int:
    """Write the files, or compare them."""
    version = project_version()
    texts = {PROJECT / name: (PROJECT / name).read_text() for name in FILES}
    stale = {file: changed for file, text in texts.items() if (changed := with_version(text, version)) != text}
    if "--check" not in sys.argv[1:]:
        for file, text in stale.items():
            file.write_text(text)
        return 0
    for file in stale:
        print(f"{file.relative_to(PROJECT)} does not say {version}; run: python deploy/release/version.py")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
