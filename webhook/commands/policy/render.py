"""`omamori policy render` prints what files stand for, for other tools, without asking a Vault."""

from __future__ import annotations

from pathlib import Path

from vault.policy.accessfiles import read_access
from vault.policy.rendering import render_hcl, render_rbac, render_terraform
from webhook.commands.command import CallWrong
from webhook.commands.exit_codes import OK
from webhook.commands.terminal import write_document


def run(*, files: tuple[Path, ...], output: str, reviewer: tuple[str, str] | None) -> int:
    """Print it."""
    wanted = read_access(files)
    if output == "hcl":
        text = render_hcl(wanted)
    elif output == "terraform-json":
        text = render_terraform(wanted)
    elif reviewer is None:
        raise CallWrong("rbac is for whom? give --reviewer NAMESPACE/NAME, the ServiceAccount that asks TokenReview")
    else:
        text = render_rbac(wanted, *reviewer)
    write_document(text)
    return OK
