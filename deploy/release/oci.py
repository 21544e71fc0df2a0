"""Write an image for several platforms as an OCI image layout, in one tar archive.

Format: https://github.com/opencontainers/image-spec, image-layout.md, image-index.md, manifest.md and config.md. The
image is an index of one manifest a platform, each with one layer; skopeo, podman and containerd take such archives.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import archives

KIND = "application/vnd.oci.image"


class Layout:
    """The blobs of a layout, by their digests."""

    def __init__(self) -> None:
        """Begin without any."""
        self._blobs: dict[str, bytes] = {}

    def add(self, kind: str, contents: bytes) -> dict[str, Any]:
        """Add a blob and give its descriptor."""
        digest = hashlib.sha256(contents).hexdigest()
        self._blobs[f"blobs/sha256/{digest}"] = contents
        return {"mediaType": f"{KIND}.{kind}", "digest": f"sha256:{digest}", "size": len(contents)}

    def add_json(self, kind: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """Add a JSON document and give its descriptor."""
        return self.add(kind, _json(document))

    def files(self, image: Mapping[str, Any]) -> dict[str, bytes]:
        """Give the files of the layout that holds this image."""
        index = {"schemaVersion": 2, "mediaType": f"{KIND}.index.v1+json", "manifests": [image]}
        described = {"oci-layout": _json({"imageLayoutVersion": "1.0.0"}), "index.json": _json(index)}
        return {**described, **dict(sorted(self._blobs.items()))}


def write_image(target: Path, trees: Mapping[str, Path], run: Mapping[str, Any], tag: str, seconds: int) -> None:
    """Write the archive of an image: file trees by architecture, how it is run, its tag, when it was made."""
    layout = Layout()
    created = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    manifests = []
    for architecture, tree in trees.items():
        packed = archives.pack_tree(tree)
        configuration = {
            "created": created,
            "architecture": architecture,
            "os": "linux",
            "config": run,
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(packed).hexdigest()}"]},
            "history": [{"created": created, "comment": "deploy/release"}],
        }
        manifest = {
            "schemaVersion": 2,
            "mediaType": f"{KIND}.manifest.v1+json",
            "config": layout.add_json("config.v1+json", configuration),
            "layers": [layout.add("layer.v1.tar+gzip", archives.compressed(packed))],
        }
        descriptor = layout.add_json("manifest.v1+json", manifest)
        manifests.append({**descriptor, "platform": {"architecture": architecture, "os": "linux"}})
    index = {"schemaVersion": 2, "mediaType": f"{KIND}.index.v1+json", "manifests": manifests}
    image = layout.add_json("index.v1+json", index)
    named = {**image, "annotations": {"org.opencontainers.image.ref.name": tag}}
    target.write_bytes(archives.pack_files(layout.files(named)))


def _json(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
