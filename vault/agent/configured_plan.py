"""Complete a Plan by the agent configuration that the Pod's author keeps in a ConfigMap: read its files, and log.

What a file says is judged in configuration/, which is pure. Each problem is a line of the log; then the program ends.
"""

from __future__ import annotations

import os

from vault.agent import log
from vault.agent.configuration.configured import configure
from vault.contract import decoding
from vault.contract.errors import ConfigurationInvalid
from vault.hcl.text import MOST_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.contract.plan import Plan


def complete(plan: Plan) -> Plan:
    """Return the Plan without a configuration that its one makes. Raises ConfigurationInvalid.

    Raises PlanInvalid for a Plan that has files of its own beside it: they would be left out.
    """
    (rules,) = plan.configurations
    if len(plan.sessions) != 1 or plan.reads or plan.templates or plan.env_files:
        raise decoding.invalid("configurations", "alone, with one session")
    files = [(os.path.basename(path), _read(path)) for path in rules.files]
    there = [(name, octets) for name, octets in files if octets is not None]
    if not there:
        names = " or ".join(name for name, _ in files)
        problem = f"the ConfigMap has no key {names}"
        raise ConfigurationInvalid([problem], hint="add it, or name another ConfigMap", annotation=rules.annotation)
    try:
        configured = configure(plan, there)
    except ConfigurationInvalid as failure:
        for each in failure.problems:
            log.write("error", each, annotation=rules.annotation)
        raise
    if there[0][0] != files[0][0]:
        log.write("warning", f"the ConfigMap has no key {files[0][0]}; {there[0][0]} is taken in its place")
    for warning in configured.warnings:
        log.write("warning", warning, annotation=rules.annotation)
    return configured.plan


def _read(path: str) -> bytes | None:
    """Read a file of the ConfigMap. None: it is not there. A byte too many is enough to tell that it is too long."""
    try:
        with open(path, "rb") as file:
            return file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        problem = f"{path} cannot be read: {error.strerror}"
        hint = "the webhook mounts the ConfigMap there, in omamori's container alone"
        raise ConfigurationInvalid([problem], hint=hint, annotation="") from None
