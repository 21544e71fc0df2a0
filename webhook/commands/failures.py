"""What commands say of an error of ours: lines for people, each with what to do."""

from __future__ import annotations

import click

from vault.contract.errors import Failure
from vault.policy.errors import AccessInvalid, PlanRefused, PolicyError
from vault.storage.errors import StorageFailure
from webhook.kube.errors import ClusterFailed

OURS = (click.UsageError, Failure, PolicyError, StorageFailure, ClusterFailed)


def lines_of(error: Exception) -> list[str]:
    """Give the lines, one for each problem."""
    if isinstance(error, AccessInvalid):
        return [str(mistake) for mistake in error.mistakes]
    if isinstance(error, PlanRefused):
        return list(error.problems)
    if isinstance(error, Failure | StorageFailure):
        return [f"{error.message}; {error.hint}" if error.hint else error.message]
    if isinstance(error, click.ClickException):
        return error.message.splitlines()
    return str(error).splitlines()
