"""checkov, which knows what auditors look for, finds nothing in the chart but what is excepted here, with a reason."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.realparts.parts import part
from tests.support.cluster.rendering import Values, kits, merged, render

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real

EXCEPTED = {
    "CKV_K8S_8": "the controller serves nothing that could be asked whether it lives; it ends when it cannot go on",
    "CKV_K8S_9": "nobody calls the controller, so it is never to be taken out of a Service",
    "CKV_K8S_11": "a limit of CPU would hold an admission up for the rest of a period; requests say what is needed",
    "CKV_K8S_15": "a release's tag is never moved; the policy is a value",
    "CKV_K8S_38": "the controller calls the API server; no other Pod of the chart has a token",
    "CKV_K8S_43": "a digest is a value of each image, and known only to who has pushed it",
    "CKV_K8S_155": "the controller writes the CA into one configuration, by name, and may do no more to it than patch",
}
CONTROLLER = {"CKV_K8S_8", "CKV_K8S_9", "CKV_K8S_38", "CKV_K8S_155"}  # excepted for it alone
PLANTED: Values = {"securityContext": {"readOnlyRootFilesystem": False}}
ROOT = "CKV_K8S_22"


def failed(folder: Path, values: Values) -> dict[str, set[str]]:
    """Give what checkov finds in what the chart makes: the objects by the check's name."""
    folder.mkdir()
    (folder / "rendered.yaml").write_text(render(values).text)
    command: list[str | Path] = [part("checkov") / "bin/python", "-m", "checkov.main", "--directory", folder]
    # without the download it asks nobody
    options = ("--framework", "kubernetes", "--skip-download", "--soft-fail", "--output", "json")
    answer = subprocess.run([*command, *options], capture_output=True, text=True, check=True, cwd=folder)
    results = json.loads(answer.stdout)["results"]
    assert len(results["passed_checks"]) > 50
    found: dict[str, set[str]] = {}
    for each in results["failed_checks"]:
        found.setdefault(each["check_id"], set()).add(each["resource"])
    return found


def test_checked(tmp_path: Path) -> None:
    """No check fails that is not excepted, none is excepted in vain, and a root that can be written to is found."""
    found: dict[str, set[str]] = {}
    for kit in ("least", "cert-manager", "everything"):
        for check, objects in failed(tmp_path / kit, kits()[kit]).items():
            found.setdefault(check, set()).update(objects)
    assert set(found) == set(EXCEPTED)
    for check in CONTROLLER:
        assert all("-controller" in each for each in found[check]), check
    planted = failed(tmp_path / "planted", merged(kits()["least"], PLANTED))
    assert ROOT in planted
