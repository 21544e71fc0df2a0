"""The `omamori` command: its subcommands and the handling of exit codes, Ctrl-C and closed pipes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click
from click.shell_completion import shell_complete

from vault.cli.command import Group, UsageError
from vault.cli.exit_codes import FAILED, INTERRUPTED
from vault.cli.terminal import complain, prepare_streams, warn

COMPLETION_VARIABLE = "_OMAMORI_COMPLETE"
_HERE = "webhook.cli"
_VERSION = click.version_option(package_name="omamori", message="omamori %(version)s")

OMAMORI = _VERSION(
    Group(
        "omamori",
        "HashiCorp Vault secrets in Kubernetes Pods",
        {
            "serve": (f"{_HERE}.declared:SERVE", "serve the admission webhook; settings come from the environment"),
            "controller": (
                f"{_HERE}.declared:CONTROLLER",
                "keep the webhook's certificates; settings come from the environment",
            ),
            "doctor": (
                f"{_HERE}.declared:DOCTOR",
                "find problems of a live installation, and how to fix them",
            ),
            "policy": (f"{_HERE}.policy:POLICY", "keep Vault's policies and roles in line with access files"),
            "explain": (f"{_HERE}.declared:EXPLAIN", "show what would become of the Pods of manifests"),
            "lint": (f"{_HERE}.declared:LINT", "find in manifests what would be refused, ignored or changed"),
            "env-names": (
                f"{_HERE}.declared:ENV_NAMES",
                "print annotations that turn a secret's keys into variables, without their values",
            ),
            "migrate": (f"{_HERE}.migrate:MIGRATE", "rewrite manifests from other tools' annotations"),
            "storage": (
                "vault.storage.commands.declared:STORAGE",
                "create and check the DynamoDB table that stores Vault's data",
            ),
            "demo": (f"{_HERE}.declared:DEMO", "demonstrate injection on this machine, with an embedded Vault"),
            "completion": (f"{_HERE}.declared:COMPLETION", "print the shell completion script"),
        },
    )
)


def main(arguments: list[str] | None = None) -> int:
    """Run a command. Returns its exit code (vault/cli/exit_codes.py)."""
    words = sys.argv[1:] if arguments is None else arguments
    prepare_streams()
    try:
        instruction = os.environ.get(COMPLETION_VARIABLE)
        if instruction:
            return shell_complete(OMAMORI, {}, "omamori", COMPLETION_VARIABLE, instruction)
        return _run(words)
    except KeyboardInterrupt:
        warn("omamori: interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        # the reader has closed the pipe (`| head`); the interpreter would report that again when it flushes
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _run(words: list[str]) -> int:
    try:
        _check_one_installation()
        with OMAMORI.make_context("omamori", list(words)) as context:
            code: int = OMAMORI.invoke(context)
            return code
    except click.exceptions.Exit as end:  # of --help and --version
        return end.exit_code
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx is not None else "omamori"
        if isinstance(error, click.exceptions.NoArgsIsHelpError):
            warn(*error.message.splitlines())
        elif isinstance(error, UsageError):
            complain(*error.message.splitlines(), command=path)
        else:
            said = error.format_message().removesuffix(".")
            see = f" See {path} --help" if said.endswith("?") else f"; see {path} --help"
            complain(f"{said[0].lower()}{said[1:]}{see}", command=path)
        return FAILED


def _check_one_installation() -> None:
    """Check that the packages `vault` and `webhook`, whose names are common, are ours. Raises CallWrong."""
    import vault  # noqa: PLC0415 - only to look where it is
    import webhook  # noqa: PLC0415

    parents = {Path(str(module.__file__)).resolve().parent.parent for module in (vault, webhook)}
    if len(parents) > 1:
        places = " and ".join(sorted(map(str, parents)))
        raise UsageError(f"the packages vault and webhook come from {places}; install omamori on its own")
