"""A kubeconfig file for one client certificate."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.realparts.certificates import KeyPair


def write_kubeconfig(file: Path, url: str, authority: Path, user: KeyPair) -> Path:
    """Write the file (JSON is YAML) and give its path; it names the certificates by their paths."""
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "tests", "cluster": {"server": url, "certificate-authority": str(authority)}}],
        "users": [
            {
                "name": "tests",
                "user": {"client-certificate": str(user.certificate), "client-key": str(user.key)},
            }
        ],
        "contexts": [{"name": "tests", "context": {"cluster": "tests", "user": "tests"}}],
        "current-context": "tests",
    }
    file.write_text(json.dumps(content, indent=1))
    return file
