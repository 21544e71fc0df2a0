"""`omamori storage …`: the DynamoDB table in which Vault keeps its data.

Exit codes of all of them: 0 the table is as it should be; 1 it could not be looked at or made, and it is said why; 2
there is something to do (or, as everywhere, the call is wrong).
"""

from __future__ import annotations

import argparse
import sys

from vault.storage.errors import StorageFailure
from webhook.commands.storage import bootstrap, check, restore_plan, size
from webhook.commands.storage.mistakes import CallWrong

_ACTIONS = {
    "bootstrap": (bootstrap, "make the table, or turn on what an existing one lacks"),
    "check": (check, "say what is wrong with a table in use, and with the clocks of its Vault; it reads alone"),
    "restore-plan": (restore_plan, "print the steps that bring a table back to an earlier moment; it reads alone"),
    "size": (size, "say where a table's bytes are, what is near the limit, what a login writes; it reads alone"),
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add a parser for each action."""
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    for name, (module, purpose) in _ACTIONS.items():
        action = actions.add_parser(name, help=purpose, description=purpose[0].upper() + purpose[1:] + ".")
        module.configure(action)
        action.set_defaults(action=name, act=module.run)


def run(arguments: argparse.Namespace) -> int:
    """Run an action."""
    try:
        code: int = arguments.act(arguments)
    except CallWrong as wrong:
        for line in str(wrong).splitlines():
            print(f"omamori storage {arguments.action}: {line}", file=sys.stderr)
        return 2
    except StorageFailure as failure:
        print(f"omamori storage {arguments.action}: {failure.message}; {failure.hint}", file=sys.stderr)
        return 1
    return code
