"""`omamori storage …`: the DynamoDB table in which Vault keeps its data.

Exit codes of all of them: 0 the table is as it should be; 1 it could not be looked at or made, or the call is wrong,
and it is said why; 2 there is something to do.
"""

from __future__ import annotations

import argparse

from vault.storage.errors import StorageFailure
from webhook.commands.calls import FAILED, CallWrong, Parser
from webhook.commands.storage import bootstrap, check, restore_plan, size
from webhook.commands.terminal import complain

_ACTIONS = {
    "bootstrap": (bootstrap, "make the table, or turn on what an existing one lacks"),
    "check": (check, "say what is wrong with a table in use, and with the clocks of its Vault; it only reads"),
    "restore-plan": (restore_plan, "print the steps that bring a table back to an earlier moment; it only reads"),
    "size": (size, "say where a table's bytes are, what is near the limit, what a login writes; it only reads"),
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add a parser for each action."""
    actions = parser.add_subparsers(metavar="ACTION", required=True, parser_class=Parser)
    for name, (module, purpose) in _ACTIONS.items():
        action = actions.add_parser(name, help=purpose, description=purpose[0].upper() + purpose[1:] + ".")
        module.configure(action)
        action.set_defaults(action=name, act=module.run)


def run(arguments: argparse.Namespace) -> int:
    """Run an action."""
    try:
        code: int = arguments.act(arguments)
    except CallWrong as wrong:
        complain(f"storage {arguments.action}", *str(wrong).splitlines())
        return FAILED
    except StorageFailure as failure:
        complain(f"storage {arguments.action}", f"{failure.message}; {failure.hint}")
        return FAILED
    return code
