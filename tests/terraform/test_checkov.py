"""checkov, which knows what auditors look for, finds nothing in terraform/ but what is excepted there with a reason."""

from __future__ import annotations

import json
import re
import shutil

import pytest

from tests.realparts.parts import part
from tests.realparts.sandbox import Sandbox
from tests.realparts.terraform import PROJECT

# each stands in the code, with its reason
EXCEPTED = {"CKV_AWS_109", "CKV_AWS_111", "CKV_AWS_119", "CKV_AWS_356", "CKV2_AWS_64"}
ROTATED = "CKV_AWS_7"


@pytest.mark.real
def test_checked(box: Sandbox) -> None:
    """No check fails, each exception has a reason in the code, and a key that is not rotated is found."""
    both = box.folder / "checked"
    shutil.copytree(PROJECT, both / "good")
    shutil.copytree(PROJECT, both / "planted")
    file = both / "planted/modules/unseal/main.tf"
    file.write_text(file.read_text().replace("enable_key_rotation     = true", "enable_key_rotation     = false"))
    python = str(part("checkov") / "bin" / "python")
    command = [python, "-m", "checkov.main", f"--directory={both}"]
    # without the download it asks nobody
    options = ["--framework", "terraform", "--skip-download", "--soft-fail", "--output", "json"]
    results = json.loads(box.run([*command, *options]).stdout)["results"]

    failed = {(each["check_id"], each["file_path"]) for each in results["failed_checks"]}
    assert failed == {(ROTATED, "/planted/modules/unseal/main.tf")}
    assert {each["check_id"] for each in results["skipped_checks"]} == EXCEPTED
    code = "".join(each.read_text() for each in PROJECT.rglob("*.tf"))
    reasons = dict(re.findall(r"#checkov:skip=(\w+):(.{8,})", code))
    assert set(reasons) == EXCEPTED
