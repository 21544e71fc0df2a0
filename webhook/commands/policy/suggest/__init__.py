"""Rule: `omamori policy suggest` prints the least access file for annotated manifests, or for what a namespace runs.

What a Pod asks for is decided by the webhook's own code, whatever the dialect. What cannot be granted or would be
refused is told on stderr, and ends with 1; the file has the rest.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping

from vault.errors import PathRefused
from vault.policy.access import DEFAULT_OWNER, Mount
from vault.policy.declarations import mount_of
from vault.policy.live import read_mounts
from vault.policy.suggesting import suggest_access
from webhook.commands.calls import FAILED, CallWrong
from webhook.commands.connection import add_vault_arguments, connect
from webhook.commands.policy.suggest.decision import add_decision_arguments, decision_settings, login_of
from webhook.commands.policy.suggest.needs import Needs
from webhook.commands.policy.suggest.sources import read_cluster, read_files
from webhook.commands.terminal import complain, write_document
from webhook.manifests.table import PIPELINE_ACCOUNT


def configure(parser: argparse.ArgumentParser) -> None:
    """What is looked at, how the webhook would decide, and the Vault whose mounts are asked for."""
    parser.add_argument(
        "manifests", nargs="*", metavar="MANIFEST", help="a file, a folder of them, or - for what is piped in"
    )
    parser.add_argument("--live", metavar="NAMESPACE", help="look at what runs in a namespace of a cluster")
    parser.add_argument("--kubeconfig", default=os.environ.get("KUBECONFIG"), help="with --live: KUBECONFIG")
    parser.add_argument("--context", help="with --live: the context of the kubeconfig")
    parser.add_argument("--namespace", help="of manifests that name none (default)")
    parser.add_argument(
        "--pipeline-service-account",
        default=PIPELINE_ACCOUNT,
        metavar="NAME",
        help=f"that runs Kubeflow's pipelines ({PIPELINE_ACCOUNT})",
    )
    parser.add_argument("--owner", default=DEFAULT_OWNER, help=f"whose the grants are ({DEFAULT_OWNER})")
    add_decision_arguments(parser)
    add_vault_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the file. 1: something could not be granted, or nothing asks for a secret."""
    if bool(arguments.manifests) == bool(arguments.live):
        raise CallWrong("give manifests, or --live NAMESPACE")
    settings, vault = decision_settings(arguments, os.environ)
    needs = Needs(settings, vault, arguments.namespace, arguments.pipeline_service_account)
    for manifest in read_cluster(arguments, needs) if arguments.live else read_files(arguments, needs):
        needs.add(manifest)
    suggestion = suggest_access(needs.found, login_of(settings, vault), _mounts(arguments), arguments.owner)
    problems = [*needs.problems, *suggestion.left_out]
    if not needs.found and not problems:
        problems = [f"nothing here asks for a secret of the Vault {vault}; {needs.looked_at} objects were looked at"]
    complain("policy", *(f"warning: {warning}" for warning in needs.warnings), *problems)
    write_document(suggestion.text)
    return FAILED if problems else 0


def _mounts(arguments: argparse.Namespace) -> Mapping[str, Mount]:
    """Ask for the mounts of the Vault that is named; none where none is. Raises Failure."""
    if not arguments.vault_address:
        return {}
    try:
        found = read_mounts(connect(arguments), "sys/mounts")
    except PathRefused as failure:
        raise CallWrong(
            f"{failure.message}; without --vault-address and VAULT_ADDR mounts are guessed from paths"
        ) from None
    return {path: mount_of(path, fields) for path, fields in found.items()}
