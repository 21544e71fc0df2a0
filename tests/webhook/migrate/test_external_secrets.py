"""`omamori migrate external-secrets`: where in Vault the values are, and which Pods could read them there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.webhook.test_commands import run
from webhook.migrate.secrets.external import Store

CASES = Path(__file__).parents[2] / "cases/migrate/external-secrets"
REPORT = CASES.with_suffix(".report")


def report(*files: Path) -> list[str]:
    """Give the lines of the report; nothing is said on standard error."""
    done = run("migrate", "external-secrets", *files)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.replace(f"{CASES}/", "").splitlines()


def test_report() -> None:
    """Each value with its place, what cannot be said, what could move, and what remains."""
    before = {file: file.read_text() for file in CASES.iterdir()}

    lines = report(CASES)

    assert lines == REPORT.read_text().splitlines()
    assert {file: file.read_text() for file in CASES.iterdir()} == before


@pytest.mark.parametrize(
    ("store", "key", "path"),
    [
        (Store("secret", 2), "shop/db", "secret/data/shop/db"),
        (Store("secret", 2), "secret/shop/db", "secret/data/shop/db"),
        (Store("secret", 2), "secret/data/shop/db", "secret/data/shop/db"),
        (Store("secret", 2), "data/shop/db", "secret/data/data/shop/db"),
        (Store("team/kv", 2), "shop/db", "team/kv/data/shop/db"),
        (Store("", 2), "secret/shop/db", "secret/data/shop/db"),
        (Store("", 2), "secret/data/shop/db", "secret/data/shop/db"),
        (Store("plain", 1), "shop/db", "plain/shop/db"),
        (Store("plain", 1), "plain/shop/db", "plain/shop/db"),
        (Store("", 1), "plain/shop/db", "plain/shop/db"),
    ],
)
def test_path(store: Store, key: str, path: str) -> None:
    """The mount is the store's, or the key's first segment; `data/` stands behind it for KV version 2."""
    assert store.path(key) == path


def test_nothing(tmp_path: Path) -> None:
    """Files without an ExternalSecret are told; one that is no manifest is named, and is a failure."""
    file = tmp_path / "a.yaml"
    file.write_text("kind: ConfigMap\n")
    done = run("migrate", "external-secrets", file)
    assert done.returncode == 0
    assert "there is no ExternalSecret in the files" in done.stderr
    file.write_text("a: [")
    broken = run("migrate", "external-secrets", file)
    assert broken.returncode == 1
    assert f"not read: {file}:" in broken.stderr
