"""Check that the kubelet reads env files: without this, the application would start without its variables.

Fact: a kubelet that does not know `fileKeyRef` (before 1.34, or with the feature off) silently leaves the variable
empty and starts the container (KEP-3721, "Version Skew Strategy").
"""

from __future__ import annotations

import os

from vault.agent import log
from vault.contract.errors import EnvFilesIgnored
from vault.contract.names import CANARY_VARIABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn


def main() -> NoReturn:
    """Run and exit."""
    os._exit(verify(os.environ))


def verify(environment: Mapping[str, str]) -> int:
    """Return the exit code: 0 where the kubelet has read the canary from its file."""
    if environment.get(CANARY_VARIABLE):
        return 0
    return log.report_failure(
        EnvFilesIgnored(
            "this node's kubelet does not read env files, so the application would start without its variables",
            hint="use nodes with Kubernetes 1.35 or later and the feature EnvFiles on (OMAMORI_ENV_FILES=require keeps "
            "such Pods on nodes with a label), or omamori.dev/env-delivery: exec, or files",
        )
    )
