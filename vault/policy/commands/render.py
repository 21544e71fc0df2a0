"""`omamori policy render`: print the policies and roles of access files for other tools, without a Vault."""

from __future__ import annotations

from pathlib import Path

from vault.cli.command import UsageError
from vault.cli.exit_codes import OK
from vault.cli.terminal import write_document
from vault.policy.commands.access_files import read_access
from vault.policy.offline.export import render_hcl, render_rbac, render_terraform


def run(*, files: tuple[Path, ...], output: str, reviewer: tuple[str, str] | None) -> int:
    """Print the rendered policies and roles."""
    wanted = read_access(files)
    if output == "hcl":
        text = render_hcl(wanted)
    elif output == "terraform-json":
        text = render_terraform(wanted)
    elif reviewer is None:
        raise UsageError("-o rbac needs --reviewer NAMESPACE/NAME, the ServiceAccount that calls TokenReview")
    else:
        text = render_rbac(wanted, *reviewer)
    write_document(text)
    return OK
