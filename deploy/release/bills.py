"""Bills of materials of a release (CycloneDX): the images have theirs within; the wheel's is of the lock file."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
IN_IMAGE = "usr/share/sbom/omamori.cdx.json"  # written by deploy/images/bill.py


def write_of_wheel(target: Path, uv: Path) -> None:
    """Write what the command is installed with (the extra `cli`), in the versions of the lock file."""
    words = ["export", "--quiet", "--frozen", "--no-dev", "--extra", "cli", "--preview-features", "sbom-export"]
    listed = subprocess.run(
        [uv, *words, "--format", "cyclonedx1.5"], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    bill = json.loads(listed.stdout)
    bill.pop("serialNumber", None)
    bill["metadata"].pop("timestamp", None)
    target.write_text(json.dumps(bill, indent=1, sort_keys=True) + "\n")
