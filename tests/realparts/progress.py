"""Long commands of a build, with progress: builds take minutes and run in pipes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

PROGRESS_SECONDS = 15.0


def say(line: str) -> None:
    """A line of progress, at once: builds are long and run in pipes."""
    print(f"parts: {line}", flush=True)


def run(
    command: Sequence[str | Path],
    *,
    label: str,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    total_lines: int | None = None,
) -> None:
    """Run a long command, with a line of progress every 15 s; its output is shown only when it fails."""
    started = time.monotonic()
    lines: list[str] = []
    process = subprocess.Popen(
        [str(word) for word in command],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )

    def progress(done: threading.Event) -> None:
        while not done.wait(PROGRESS_SECONDS):
            count = f"{len(lines)} of about {total_lines}" if total_lines else f"{len(lines)} lines"
            say(f"{label}: {time.monotonic() - started:.0f} s, {count}")

    done = threading.Event()
    reporter = threading.Thread(target=progress, args=(done,), daemon=True)
    reporter.start()
    assert process.stdout is not None
    try:
        lines.extend(process.stdout)
        code = process.wait()
    finally:
        done.set()
        if process.poll() is None:
            process.terminate()
    if code != 0:
        sys.stdout.writelines(lines[-60:])
        message = f"{label}: {' '.join(map(str, command))} ended with {code}"
        raise RuntimeError(message)
