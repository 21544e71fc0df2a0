"""Fixtures of the webhook's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.webhook.suggested import Suggest
from webhook.commands import main


@pytest.fixture
def suggest(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Suggest:
    """Call it, offline; gives the exit code, the file and the lines on stderr."""
    monkeypatch.delenv("VAULT_ADDR", raising=False)

    def called(*words: str | Path) -> tuple[int, str, list[str]]:
        code = main(["policy", "suggest", *map(str, words)])
        out, err = capsys.readouterr()
        return code, out, [line.removeprefix("omamori policy: ") for line in err.splitlines()]

    return called
