"""`omamori completion`: what a shell evaluates so that Tab completes omamori's words."""

from __future__ import annotations

from click.shell_completion import ShellComplete, get_completion_class

from vault.cli.exit_codes import OK
from vault.cli.terminal import write_document
from webhook.cli import COMPLETION_VARIABLE, OMAMORI


def run(*, shell: str) -> int:
    """Print the script for a shell."""
    kind = get_completion_class(shell)
    assert kind is not None, "the shells of the declaration are click's"
    # not bash's own `source`, which runs a bash to ask for its version
    write_document(ShellComplete.source(kind(OMAMORI, {}, "omamori", COMPLETION_VARIABLE)))
    return OK
