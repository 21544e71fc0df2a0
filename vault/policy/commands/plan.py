"""`omamori policy plan`: show the pending changes, and optionally save them to a file for `apply`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from vault.cli.connection import connect
from vault.cli.exit_codes import CHANGES, OK
from vault.cli.files import write_text
from vault.cli.options import VaultOptions, is_coloured
from vault.cli.terminal import tell, write_document
from vault.client import VaultClient
from vault.policy.commands.access_files import read_access
from vault.policy.errors import PlanRefused
from vault.policy.files.model import Access, KubernetesConfig
from vault.policy.sync.diff import plan_access
from vault.policy.sync.plan import AccessPlan
from vault.policy.sync.plan_output import coloured, render_json, render_lines
from vault.policy.sync.reviewers import ReviewerTokens, read_reviewer_tokens
from vault.policy.sync.saved_plan import SavedPlan, render_saved
from vault.policy.sync.state import read_state

RETRIES = 4


def run(
    *,
    files: tuple[Path, ...],
    vault: VaultOptions,
    reviewer_tokens: tuple[str, ...],
    output: str,
    no_color: bool,
    out: Path | None,
    prune: bool,
    adopt: bool,
) -> int:
    """Print the plan. Exit code CHANGES: there are changes."""
    plan = made_plan(files, vault, reviewer_tokens, adopt=adopt)
    if output == "json":
        write_document(render_json(plan))
    else:
        tell(*render_lines(plan, prune=prune), colour=coloured if is_coloured(no_color=no_color) else None)
    if out is not None:
        write_text(out, render_saved(SavedPlan(plan, prune=prune, adopt=adopt)))
    return OK if plan.is_empty else CHANGES


def made_plan(files: Iterable[Path], vault: VaultOptions, reviewer_tokens: Iterable[str], *, adopt: bool) -> AccessPlan:
    """Make the plan that is asked for. Raises PolicyError, Failure and CallWrong."""
    wanted = read_access(files)
    reviewers_of(reviewer_tokens, wanted)
    return plan_by(connect(vault, retries=RETRIES), wanted, vault.vault_address or "", adopt=adopt)


def plan_by(client: VaultClient, wanted: Access, address: str, *, adopt: bool) -> AccessPlan:
    """Read Vault and make the plan. Raises PolicyError and Failure."""
    return plan_access(wanted, read_state(client, wanted), address.rstrip("/"), adopt=adopt)


def reviewers_of(given: Iterable[str], wanted: Access) -> ReviewerTokens:
    """Read the reviewer tokens. Raises PlanRefused for an invalid token, and for a name that no access file uses."""
    found = read_reviewer_tokens(given)
    configs = [auth.config for auth in wanted.auths.values()]
    named = {config.reviewer for config in configs if isinstance(config, KubernetesConfig)}
    unknown = sorted(found.by_name.keys() - named)
    if unknown:
        raise PlanRefused([f"--reviewer-token {', '.join(unknown)}: no file has a reviewer of this name (tokenFrom)"])
    return found
