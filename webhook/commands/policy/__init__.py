"""`omamori policy`: Vault's policies and roles from access files.

Exit codes: 0 nothing to change, or done; 1 it could not be done; 2 there are changes (plan, drift) or a test has
failed. A wrong call is 1, too, so that a CronJob never takes a typing error for drift.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable

from vault.errors import Failure
from vault.policy.errors import AccessInvalid, PlanRefused, PolicyError
from webhook.commands.calls import FAILED, CallWrong, Parser
from webhook.commands.terminal import complain
from webhook.errors import ClusterFailed

_SUBCOMMANDS = {
    "plan": "show what access files would change in Vault",
    "apply": "change Vault as access files say",
    "drift": "say by exit code and metrics whether Vault is as access files say",
    "import": "write access files from what is in a Vault",
    "suggest": "print the least access file for annotated manifests, or for what a namespace runs",
    "render": "print the policies and roles of access files, without a Vault",
    "explain": "say whether and why a ServiceAccount may do something at a path",
    "test": "check assertions about access files",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add each subcommand, a module here with `configure(parser)` and `run(arguments)`."""
    commands = parser.add_subparsers(dest="policy_command", metavar="COMMAND", required=True, parser_class=Parser)
    for name, purpose in _SUBCOMMANDS.items():
        module = importlib.import_module(f"{__name__}.{name if name != 'import' else 'importing'}")
        command = commands.add_parser(name, help=purpose, description=purpose[0].upper() + purpose[1:] + ".")
        module.configure(command)
        command.set_defaults(run_policy=module.run)


def run(arguments: argparse.Namespace) -> int:
    """Run one of them, and say what went wrong."""
    subcommand: Callable[[argparse.Namespace], int] = arguments.run_policy
    try:
        return subcommand(arguments)
    except AccessInvalid as error:
        lines = [str(mistake) for mistake in error.mistakes]
    except PlanRefused as error:
        lines = list(error.problems)
    except (CallWrong, PolicyError, ClusterFailed) as error:
        lines = str(error).splitlines()
    except Failure as failure:
        lines = [f"{failure.message}; {failure.hint}" if failure.hint else failure.message]
    complain("policy", *lines)
    return FAILED
