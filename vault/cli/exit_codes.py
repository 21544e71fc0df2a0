"""Exit codes of all commands that a person runs.

CHANGES and FAILED differ, so that a CronJob does not mistake a typing error in its call for drift. The program in the
Pod has its own codes (vault/contract/errors.py).
"""

from __future__ import annotations

OK = 0
FAILED = 1
CHANGES = 2
INTERRUPTED = 130  # 128 and SIGINT, as of a shell

MEANINGS = {
    OK: "done, or nothing to do",
    FAILED: "it failed, or the call is wrong; standard error says why",
    CHANGES: "there is something to do",
    INTERRUPTED: "interrupted by Ctrl-C",
}
