"""A container of mode init that stays: what it does at its first start, and at each later one."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vault.agent import stay
from vault.agent.stay import deliver_and_stay
from vault.contract.errors import CannotWrite, PlanInvalid, VaultSealed
from vault.contract.plan import Plan

FIRST_SECONDS, DEADLINE_SECONDS = 18, 300


class Replaced(BaseException):
    """The process has become another program."""


@pytest.fixture
def became(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str], dict[str, str], set[int]]]:
    """The programs that the process would have become, with words, environment and blocked signals."""
    seen: list[tuple[str, list[str], dict[str, str], set[int]]] = []

    def execve(program: str, words: list[str], environment: dict[str, str]) -> None:
        blocked = set(map(int, signal.pthread_sigmask(signal.SIG_BLOCK, ())))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM, signal.SIGINT))
        seen.append((program, words, environment, blocked))
        raise Replaced

    monkeypatch.setattr(os, "execve", execve)
    return seen


def plan(folder: Path, **fields: Any) -> Plan:
    """A Plan of such a container."""
    usual = {"state_directory": str(folder), "stays": True, "first_seconds": FIRST_SECONDS}
    return Plan(sessions=(), reads=(), deadline_seconds=DEADLINE_SECONDS, **{**usual, **fields})


def failing(failure: Exception) -> Callable[[float], None]:
    """A delivery that fails."""

    def deliver(_seconds: float) -> None:
        raise failure

    return deliver


def test_the_first_start(tmp_path: Path, became: list[Any]) -> None:
    """The files, then `ready`, then the other program, with no environment and its signals kept for it."""
    times: list[float] = []

    def deliver(seconds: float) -> None:
        assert not (tmp_path / "ready").exists()
        times.append(seconds)

    with pytest.raises(Replaced):
        deliver_and_stay(plan(tmp_path), deliver)

    assert times == [FIRST_SECONDS]
    assert stat.S_IMODE((tmp_path / "ready").stat().st_mode) == 0o444
    [(program, words, environment, blocked)] = became
    assert program.endswith("/bin/omamori-stay")
    assert words == [program]
    assert environment == {}
    assert {signal.SIGTERM, signal.SIGINT} <= blocked


@pytest.mark.parametrize("failure", [VaultSealed("sealed"), RuntimeError("a mistake of ours")])
def test_the_first_start_fails(tmp_path: Path, became: list[Any], failure: Exception) -> None:
    """As an init container does, and nothing says that it is ready."""
    with pytest.raises(type(failure)):
        deliver_and_stay(plan(tmp_path), failing(failure))

    assert not became
    assert not (tmp_path / "ready").exists()


@pytest.mark.parametrize("failure", [None, VaultSealed("sealed"), RuntimeError("a mistake of ours")])
def test_a_later_start(
    tmp_path: Path, became: list[Any], failure: Exception | None, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever fails, the files stay, and so does the container; a mistake's text is not shown."""
    (tmp_path / "ready").touch()
    times: list[float] = []
    with pytest.raises(Replaced):
        deliver_and_stay(plan(tmp_path), failing(failure) if failure else times.append)

    assert times == ([] if failure else [DEADLINE_SECONDS])
    assert len(became) == 1
    said = capsys.readouterr().err
    assert ("stay as they are" in said) == bool(failure)
    assert "a mistake of ours" not in said


def test_without_a_hook_there_is_one_deadline(tmp_path: Path, became: list[Any]) -> None:
    """A startup probe waits as long as the agent tries."""
    times: list[float] = []
    with pytest.raises(Replaced):
        deliver_and_stay(plan(tmp_path, first_seconds=0), times.append)
    assert times == [DEADLINE_SECONDS]
    assert became


def test_a_state_directory_that_cannot_be_written(tmp_path: Path, became: list[Any]) -> None:
    """Nobody would learn that the files are there: it fails."""
    with pytest.raises(CannotWrite):
        deliver_and_stay(plan(tmp_path / "none"), lambda _seconds: None)
    assert not became


def test_an_image_without_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says that the image is of another release."""
    monkeypatch.setattr(stay, "program_path", lambda name: str(tmp_path / name))
    try:
        with pytest.raises(PlanInvalid, match="omamori-stay cannot be started") as raised:
            deliver_and_stay(plan(tmp_path), lambda _seconds: None)
        assert "different releases" in raised.value.hint
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM, signal.SIGINT))
