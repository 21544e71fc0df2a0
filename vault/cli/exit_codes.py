"""The exit codes of every command that a person runs.

A CronJob tells CHANGES from FAILED: a typing error in its call is never taken for drift. The program in the Pod has
codes of its own (vault/contract/errors.py).
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
