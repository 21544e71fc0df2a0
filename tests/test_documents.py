"""The documents say what the code does: each setting, check and test that they name is there."""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from tests.support.webhook.recording import Recording
from webhook.config.environ import PREFIX, SettingsInvalid
from webhook.config.settings import from_environ
from webhook.controller.settings import controller_from_environ

PROJECT = Path(__file__).parents[1]


def test_settings() -> None:
    """docs/settings.md lists every variable that is read, and none that is not."""
    environment = Recording({f"{PREFIX}VAULTS": "name"})
    for reader in (from_environ, controller_from_environ):
        with suppress(SettingsInvalid):
            reader(environment)
    read = {name.replace("_VAULT_NAME_", "_VAULT_<NAME>_") for name in environment.read}

    listed = set(re.findall(r"^\| `(OMAMORI_[A-Z0-9_<>]+)`", (PROJECT / "docs/settings.md").read_text(), re.MULTILINE))

    assert len(read) > 25
    assert listed == read


def test_doctor_page() -> None:
    """docs/doctor.md has each check of the doctor, and none besides."""
    sources = "".join(file.read_text() for file in (PROJECT / "webhook/doctor").rglob("*.py"))
    checks = set(re.findall(r'Check\("([a-z-]+)"', sources))
    page = (PROJECT / "docs/doctor.md").read_text()
    table = page.partition("| check | what is well | otherwise |")[2].partition("\n\n")[0]

    assert len(checks) > 20
    assert set(re.findall(r"^\| `([a-z-]+)`", table, re.MULTILINE)) == checks


def test_annotations_page() -> None:
    """docs/annotations.md is what docs/generate.py makes of the code."""
    command = [sys.executable, str(PROJECT / "docs/generate.py"), "--check"]
    assert subprocess.run(command, capture_output=True, text=True, check=False).returncode == 0


def test_sidecar_page() -> None:
    """The diagrams of docs/sidecar.md are what docs/generate_sidecar.py draws from the tables."""
    command = [sys.executable, str(PROJECT / "docs/generate_sidecar.py"), "--check"]
    assert subprocess.run(command, capture_output=True, text=True, check=False).returncode == 0


def test_versions_of_the_readme() -> None:
    """README.md says the versions that the tests build, as docs/generate_versions.py writes them."""
    command = [sys.executable, str(PROJECT / "docs/generate_versions.py"), "--check"]
    assert subprocess.run(command, capture_output=True, text=True, check=False).returncode == 0


def test_security_page() -> None:
    """Each test that SECURITY.md calls as a witness is there."""
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", (PROJECT / "SECURITY.md").read_text())

    assert len(named) > 10
    for file, function in named:
        text = (PROJECT / file).read_text()
        assert not function or f"def {function}(" in text, f"{file}::{function}"


def test_links() -> None:
    """Each link from a page to a file of the repository leads to one, and to a heading of it where it names one."""
    folders = ("docs", "deploy", "terraform")
    pages = [*PROJECT.glob("*.md"), *(page for each in folders for page in (PROJECT / each).rglob("*.md"))]
    texts = {page: re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(), flags=re.DOTALL) for page in pages}
    links = [(page, link) for page, text in texts.items() for link in re.findall(r"\]\(([^)\s]+)\)", text)]
    links = [(page, link) for page, link in links if "://" not in link]

    assert len(links) > 30
    for page, link in links:
        name, _, heading = link.partition("#")
        target = page.parent / name if name else page
        assert target.exists(), f"{page.name}: {link}"
        assert not heading or heading in anchors(target), f"{page.name}: {link}"


def anchors(page: Path) -> set[str]:
    """Give the names by which GitHub links to the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_paths_are_there() -> None:
    """Each file and folder that ARCHITECTURE.md and CONTRIBUTING.md name is there."""
    named: list[str] = []
    for page in ("ARCHITECTURE.md", "CONTRIBUTING.md"):
        found = re.findall(r"`((?:webhook|vault|tests|docs|deploy|terraform)/[^`\s]*)`", (PROJECT / page).read_text())
        named += [each.partition("::")[0] for each in found]

    assert len(named) > 60
    assert [each for each in named if not _is_there(each)] == []


def _is_there(path: str) -> bool:
    """Whether a path leads somewhere: it may be a pattern, and leave out `.py`."""
    return any(list(PROJECT.glob(each)) for each in (path.rstrip("/"), f"{path}.py"))
