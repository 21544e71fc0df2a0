"""`omamori completion`: print the completion script of a shell."""

from __future__ import annotations

from click.shell_completion import ShellComplete, get_completion_class

from vault.cli.exit_codes import OK
from vault.cli.terminal import write_document
from webhook.cli import COMPLETION_VARIABLE, OMAMORI


def run(*, shell: str) -> int:
    """Print the completion script."""
    kind = get_completion_class(shell)
    assert kind is not None, "the shells of the declaration are click's"
    # not click's `source` for bash, which runs a bash to get its version
    write_document(ShellComplete.source(kind(OMAMORI, {}, "omamori", COMPLETION_VARIABLE)))
    return OK
