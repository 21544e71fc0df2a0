"""How large the images are, and the largest ten things in each."""

from __future__ import annotations

import gzip
import json
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from tests.bench.figures import keep
from tests.support.cluster.images import build_images

MEBIBYTE = 2**20


def largest(archive: Path, count: int = 10) -> list[dict[str, Any]]:
    """Give the largest files of an image; packages and the standard library count as one thing each."""
    sizes: dict[str, int] = {}
    with tarfile.open(archive) as image:
        listed = image.extractfile("manifest.json")
        assert listed is not None
        for layer in json.load(listed)[0]["Layers"]:
            with tarfile.open(fileobj=image.extractfile(layer)) as files:
                for member in files:
                    parts = member.name.split("/")
                    depth = 3 if parts[0] in {"opt", "usr"} else 4
                    thing = "/".join(parts[:depth])
                    sizes[thing] = sizes.get(thing, 0) + member.size
    ordered = sorted(sizes.items(), key=lambda item: -item[1])[:count]
    return [{"thing": thing, "mib": round(size / MEBIBYTE, 2)} for thing, size in ordered]


def main() -> None:
    """Build, measure, print, keep."""
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        images = build_images(Path(folder) / "context")
        for name in ("agent", "webhook"):
            archive: Path = getattr(images, name)
            packed = len(gzip.compress(archive.read_bytes(), 6)) / MEBIBYTE
            figures[name] = {
                "compressed_mib": round(packed, 1),
                "mib": round(archive.stat().st_size / MEBIBYTE, 1),
                "largest": largest(archive),
            }
            print(f"\n{name} image: {packed:.1f} MiB compressed, {figures[name]['mib']} MiB")
            for each in figures[name]["largest"]:
                print(f"  {each['mib']:6.2f} MiB  {each['thing']}")
    keep([], {"sizes of the images": figures})
