"""Write an image's bill of materials (CycloneDX): the packages of its context, and those of the system beneath.

    python3 -I bill.py /image sbom.cdx.json

Runs in the build stage of an image, behind assemble.py. An image without a package manager does not tell where its
libraries are from, so scanners would pass over a weak libssl; the build stage's dpkg knows. The interpreter, which no
package owns in the `python` images, is named by its version. The document is the same for the same files.

With --root the image was made of the Debian in a folder, as assemble.py --root makes it.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

BILL = "usr/share/sbom/omamori.cdx.json"
RELEASE = re.compile(r'(?m)^(ID|VERSION_ID)="?([^"\n]+)"?$')
OURS = "opt"  # what the context's own bill names, or what is ours


def origins(image: Path, root: Path) -> Iterator[str]:
    """Give the files of a system that those of an image were made of; a compiled module is made of its source."""
    for path in sorted(image.rglob("*")):
        relative = path.relative_to(image)
        if relative.parts[0] != OURS and path.is_file():
            file = (root / relative).with_suffix(".py" if path.suffix == ".pyc" else path.suffix).resolve()
            yield f"/{file.relative_to(root)}"


def owners(files: Iterable[str], root: Path) -> set[str]:
    """Give the Debian packages that own files, with their architectures; a file that nobody owns gives none."""
    # dpkg knows a file by the name under which it was unpacked: before /lib became /usr/lib, or after
    names = {name for file in files for name in (file, file.removeprefix("/usr"))}
    asked = [*_dpkg_query(root), "--search", *sorted(names)]
    said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout  # exit code 1: one has no owner
    claims = (line.partition(": ")[0] for line in said.splitlines() if not line.startswith("diversion "))
    return {owner for claim in claims for owner in claim.split(", ")}


def debian_components(packages: Iterable[str], root: Path) -> Iterator[dict[str, Any]]:
    """Give the components of Debian packages, by name."""
    shown = "--showformat=${Package} ${Version} ${Architecture}\n"
    asked = [*_dpkg_query(root), "--show", shown, *sorted(packages)]
    listed = subprocess.run(asked, capture_output=True, text=True, check=True)
    release = dict(RELEASE.findall((root / "etc/os-release").read_text()))
    system = f"{release['ID']}-{release['VERSION_ID']}"
    for line in listed.stdout.splitlines():
        name, version, architecture = line.split()
        escaped = version.replace("+", "%2B").replace("~", "%7E").replace(":", "%3A")  # as package URLs have it
        purl = f"pkg:deb/{release['ID']}/{name}@{escaped}?arch={architecture}&distro={system}"
        yield {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}


def _dpkg_query(root: Path) -> list[str]:
    return ["dpkg-query", f"--admindir={root / 'var/lib/dpkg'}"]


def interpreter_component() -> dict[str, Any]:
    """Give the component of the interpreter itself, as vulnerabilities name it."""
    version = platform.python_version()
    cpe = f"cpe:2.3:a:python:python:{version}:*:*:*:*:*:*:*"
    reference = f"cpython@{version}"
    return {"type": "platform", "bom-ref": reference, "name": "cpython", "version": version, "cpe": cpe}


def main() -> None:
    """Write the bill into the image."""
    parser = argparse.ArgumentParser(description="Write an image's bill of materials.")
    parser.add_argument("image", type=Path, help="what assemble.py left")
    parser.add_argument("context", type=Path, help="the bill of the context")
    parser.add_argument("--root", type=Path, default=Path("/"), help="the Debian in this folder (/)")
    arguments = parser.parse_args()
    root = arguments.root.resolve()
    bill = json.loads(arguments.context.read_text())
    system = debian_components(owners(origins(arguments.image, root), root), root)
    bill["components"] = [*bill.get("components", []), interpreter_component(), *system]
    target = arguments.image / BILL
    target.parent.mkdir(parents=True)
    target.write_text(json.dumps(bill, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
