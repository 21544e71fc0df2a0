"""The `omamori` command. A subcommand is one file here, with `configure(parser)` and `run(arguments) -> exit code`.

A subcommand is imported only when it is called, so that each needs its own extra alone.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from importlib.metadata import version
from pathlib import Path

from webhook.commands.calls import INTERRUPTED, Parser
from webhook.commands.terminal import warn

_COMMANDS: dict[str, tuple[str, str]] = {
    # the command: its extra, and what it is for
    "serve": ("webhook", "serve the admission webhook; settings come from the environment"),
    "controller": ("controller", "keep the webhook's certificates; settings come from the environment"),
    "demo": ("demo", "show the main job on this machine, with an embedded Vault"),
    "policy": ("vault", "keep Vault's policies and roles as access files say"),
    "env-names": ("vault", "print the annotations that make variables of a secret's keys, without their values"),
    "doctor": ("controller", "find what is wrong with a live installation, and say what mends it"),
    "storage": ("storage", "make and check the DynamoDB table in which Vault keeps its data"),
}
# of which 2 says that there is something to do, and so 1 that the call is wrong
_ADVISING = {"doctor", "policy", "storage"}


def main(arguments: list[str] | None = None) -> int:
    """Run a subcommand. Gives its exit code; of a wrong call 2, or 1 of those that advise; of Ctrl-C 130."""
    words = sys.argv[1:] if arguments is None else arguments
    try:
        return _run(words)
    except KeyboardInterrupt:
        warn("omamori: interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        # the reader has seen enough (`| head`); the interpreter would complain once more when it flushes
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _run(words: list[str]) -> int:
    chosen = next((word for word in words if not word.startswith("-")), "")
    kind = Parser if chosen in _ADVISING else argparse.ArgumentParser
    parser = kind(prog="omamori", description="HashiCorp Vault secrets in Kubernetes Pods.")
    parser.add_argument("--version", action="version", version=f"omamori {version('omamori')}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, (extra, purpose) in _COMMANDS.items():
        command = commands.add_parser(name, help=purpose, description=purpose[0].upper() + purpose[1:] + ".")
        if name == chosen:
            try:
                module = importlib.import_module(f"webhook.commands.{name.replace('-', '_')}")
            except ModuleNotFoundError as error:
                return _explain_missing(name, extra, error)
            module.configure(command)
            command.set_defaults(run=module.run)
    _check_one_installation()
    parsed = parser.parse_args(words)
    code: int = parsed.run(parsed)
    return code


def _explain_missing(command: str, extra: str, error: ModuleNotFoundError) -> int:
    name = (error.name or "").partition(".")[0]
    if name in {"webhook", "vault"}:
        raise error
    print(
        f"omamori {command}: the package {name} is missing; install the extra {extra!r}: "
        f"pip install 'omamori[{extra}]'",
        file=sys.stderr,
    )
    return 2


def _check_one_installation() -> None:
    """`vault` and `webhook` are plain names: make sure that both are ours, from one place."""
    import vault  # noqa: PLC0415 - only to look where it is
    import webhook  # noqa: PLC0415

    parents = {Path(str(module.__file__)).resolve().parent.parent for module in (vault, webhook)}
    if len(parents) > 1:
        places = " and ".join(sorted(map(str, parents)))
        raise SystemExit(f"omamori: the packages vault and webhook come from {places}; install omamori on its own")
