"""Rule: `omamori policy render` prints what files stand for, for other tools, without asking a Vault."""

from __future__ import annotations

import argparse

from vault.policy.rendering import render_hcl, render_rbac, render_terraform
from webhook.commands.calls import CallWrong
from webhook.commands.policy.files import access, add_file_arguments
from webhook.commands.terminal import write_document


def configure(parser: argparse.ArgumentParser) -> None:
    """Files and the form."""
    add_file_arguments(parser)
    parser.add_argument(
        "-o",
        "--output",
        choices=("hcl", "terraform-json", "rbac"),
        default="hcl",
        help="policies; policies and roles for Terraform's Vault provider; what a reviewer needs for namespaceLabels",
    )
    parser.add_argument(
        "--reviewer", metavar="NAMESPACE/NAME", default="", help="for rbac: the ServiceAccount that asks TokenReview"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print it."""
    wanted = access(arguments)
    if arguments.output == "hcl":
        text = render_hcl(wanted)
    elif arguments.output == "terraform-json":
        text = render_terraform(wanted)
    else:
        namespace, slash, name = arguments.reviewer.partition("/")
        if not (namespace and slash and name):
            raise CallWrong(
                "rbac is for whom? give --reviewer NAMESPACE/NAME, the ServiceAccount that asks TokenReview"
            )
        text = render_rbac(wanted, namespace, name)
    write_document(text)
    return 0
