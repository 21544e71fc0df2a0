"""`omamori doctor`: what is wrong with a live installation, and what mends it; from the operator's own machine.

Exit codes: 0 all is well; 1 the call is wrong, or the cluster could not be asked; 2 there is something to do, or
something that could not be looked at.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from vault.injector.secret import Secret
from webhook.cluster import Cluster
from webhook.commands.calls import FAILED, TO_DO, CallWrong
from webhook.commands.connection import (
    add_timeout_argument,
    check_address,
    name_unused_variables,
    telling_of_waits,
    timeout_of,
)
from webhook.commands.doctor.vaultside import Account, Way, read_login, read_vault
from webhook.commands.terminal import complain, tell, write_document
from webhook.doctor.checking import check_cluster, check_vaults, is_well
from webhook.doctor.configured import with_trust
from webhook.doctor.reading import Eye, read_deployment, read_seen
from webhook.doctor.report import render_json, render_text
from webhook.doctor.seen import Place
from webhook.errors import ClusterFailed
from webhook.settings import Settings

_NAME = "omamori"
_OPTIONS = {"service_account": "--service-account", "path": "--path"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Which installation, which ServiceAccounts, and how Vault is reached from here."""
    parser.add_argument("-n", "--namespace", default=_NAME, help=f"of the installation ({_NAME})")
    parser.add_argument("--name", default=_NAME, help=f"that the chart gives everything ({_NAME})")
    parser.add_argument("--kubeconfig", default=os.environ.get("KUBECONFIG"), help="KUBECONFIG")
    parser.add_argument("--context", help="of the kubeconfig (the current one)")
    parser.add_argument(
        "--service-account",
        action="append",
        default=[],
        metavar="NAMESPACE/NAME",
        help="log in to Vault as this ServiceAccount, by a token of ten minutes; may be repeated",
    )
    parser.add_argument(
        "--path",
        action="append",
        default=[],
        help="that they should be able to read: secret/data/shop/db. It is not read: Vault is asked, with VAULT_TOKEN "
        "where the login itself may not ask",
    )
    parser.add_argument(
        "--pod-namespace", help="where a Pod is created by dry run (that of the first ServiceAccount, or default)"
    )
    parser.add_argument("--vault", metavar="NAME", help="where to log in (the settings' default Vault)")
    parser.add_argument(
        "--vault-address",
        action="append",
        default=[],
        metavar="NAME=URL",
        help="where a Vault is reached from here, if not as Pods do; may be repeated",
    )
    parser.add_argument("--vault-ca-file", type=Path, metavar="FILE", help="a CA in PEM, in place of the settings'")
    add_timeout_argument(parser)
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text", help="for people or for programs")


def run(arguments: argparse.Namespace) -> int:
    """Look, judge, tell."""
    try:
        return _run(arguments)
    except (CallWrong, ClusterFailed) as error:
        complain("doctor", *str(error).splitlines())
        return FAILED


def _run(arguments: argparse.Namespace) -> int:
    accounts = [_account(each) for each in arguments.service_account]
    if arguments.path and not accounts:
        raise CallWrong("--path is of a --service-account: who should be able to read it?")
    way = _way(arguments)
    eye = Eye(Cluster(arguments.kubeconfig, arguments.context), Place(arguments.namespace, arguments.name))
    deployment, configured = read_deployment(eye)
    settings = configured.settings if configured else None
    namespace = arguments.pod_namespace or _served(accounts, settings)
    vault = _vault(arguments.vault, way, settings, namespace)
    seen = read_seen(eye, deployment, configured, namespace, vault)
    trusting = with_trust(configured, seen.trust) if configured else None
    findings = list(check_cluster(seen, configured, trusting))
    if trusting is not None:
        with telling_of_waits():
            vaults = [read_vault(eye, each, way, namespace) for each in trusting.vaults.values()]
            logins = [read_login(eye, trusting.vaults[vault], way, each, arguments.path) for each in accounts]
        findings += check_vaults(vaults, logins)
    not_asked_for = [option for name, option in _OPTIONS.items() if not getattr(arguments, name)]
    if arguments.output == "json":
        write_document(render_json(eye.place, findings, not_asked_for) + "\n")
    else:
        tell(*render_text(eye.place, findings, not_asked_for).split("\n"))
    return 0 if is_well(findings) else TO_DO


def _account(text: str) -> Account:
    namespace, slash, name = text.partition("/")
    if not (namespace and slash and name) or "/" in name:
        raise CallWrong(f"--service-account is {text!r}; write NAMESPACE/NAME")
    return Account(namespace, name)


def _way(arguments: argparse.Namespace) -> Way:
    addresses: dict[str, str] = {}
    for text in arguments.vault_address:
        name, equals, address = text.partition("=")
        if not equals or "://" not in address:
            raise CallWrong(f"--vault-address is {text!r}; write NAME=https://HOST:PORT, with a name of the settings")
        check_address(f"--vault-address {name}", address)
        addresses[name] = address.rstrip("/")
    try:
        pem = arguments.vault_ca_file.read_text() if arguments.vault_ca_file else ""
    except (OSError, UnicodeDecodeError) as error:
        words = error.strerror if isinstance(error, OSError) else "is not text"
        raise CallWrong(f"--vault-ca-file {arguments.vault_ca_file}: {words}") from None
    token = os.environ.get("VAULT_TOKEN", "")
    name_unused_variables(os.environ, can_have_proxy=False)
    return Way(addresses, pem, Secret(token) if token else None, timeout_of(arguments))


def _served(accounts: list[Account], settings: Settings | None) -> str:
    """A namespace whose Pods are served, as far as the settings say so."""
    if accounts:
        return accounts[0].namespace
    return settings.allowed_namespaces[0] if settings and settings.allowed_namespaces else "default"


def _vault(wanted: str | None, way: Way, settings: Settings | None, namespace: str) -> str:
    """The Vault that Pods of a namespace use, unless it is said; "": there are no settings. Raises CallWrong."""
    if settings is None:
        return wanted or ""
    unknown = {*filter(None, [wanted]), *way.addresses} - settings.vaults.keys()
    if unknown:
        raise CallWrong(f"there is no Vault {', '.join(sorted(unknown))}; there are: {', '.join(settings.vaults)}")
    if wanted:
        return wanted
    open_to = [each.name for each in settings.vaults.values() if namespace in (each.pod_namespaces or (namespace,))]
    return open_to[0] if open_to else settings.default_vault
