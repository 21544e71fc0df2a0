"""All settings of the administrator, as one immutable value read from environment variables.

Every variable begins with `OMAMORI_`. A field of these classes is a row of the table of settings: its variable, its
parser, its default, what it means and where the chart has it. The page of settings and the chart are made of the rows.
A Vault named `eu-west` has its own variables, `OMAMORI_VAULT_EU_WEST_ADDRESS` and so on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from vault.contract.shown import quoted
from webhook.config.agent_settings import AgentSettings, Start, read_agent
from webhook.config.directories import parse_default_directory
from webhook.config.environ import PREFIX, Variables
from webhook.config.parsers import Choice, parse_boolean, parse_labels, parse_words
from webhook.config.row import required, row, rows_of
from webhook.config.server_settings import ServerSettings
from webhook.config.vault_parsers import ObjectKey
from webhook.config.vault_settings import DEFAULT_AUDIENCE, DEFAULT_ROLE_PATTERN, VaultSettings, read_vault

__all__ = [
    "DEFAULT_AUDIENCE",
    "DEFAULT_ROLE_PATTERN",
    "AgentSettings",
    "ObjectKey",
    "ServerSettings",
    "Settings",
    "Start",
    "VaultList",
    "VaultSettings",
    "from_environ",
]

DEFAULT_DIRECTORY = "/vault/secrets"

_VAULT_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")

EnvFiles = Literal["verify", "require", "assume", "never"]
_ENV_FILES: tuple[EnvFiles, ...] = get_args(EnvFiles)


def _parse_vault_names(text: str) -> tuple[str, ...]:
    names = parse_words(text)
    if not names:
        raise ValueError(f"is {quoted(text)}; list the names of your Vaults, the default one first")
    return names


@dataclass(frozen=True, slots=True)
class VaultList:
    """The list of Vaults; the settings of each are in VaultSettings."""

    names: tuple[str, ...] = required(
        "VAULTS",
        _parse_vault_names,
        "names of the Vaults that Pods may use, separated by commas, the default one first: `main,eu-west`",
        example="main",
        chart="vaults",
    )
    one_trust_domain: bool = row(
        "ONE_TRUST_DOMAIN",
        parse_boolean,
        False,
        "allows several Vaults with one audience: a token sent to one is then valid at the others",
        chart="oneTrustDomain",
    )


@dataclass(frozen=True, slots=True, eq=False)
class Settings:
    """All settings of the decision, created once and compared by identity. `vaults` has at least one, by name.

    `env_files` is how to determine that a Pod's kubelet reads EnvFiles (KEP-3721): each container's start checks it;
    only nodes with a label are used, too; it is assumed; or EnvFiles are not used.
    """

    vaults: Mapping[str, VaultSettings]
    default_vault: str
    agent: AgentSettings
    allowed_namespaces: tuple[str, ...] = row(
        "ALLOWED_NAMESPACES",
        parse_labels,
        (),
        "namespaces whose Pods may use omamori",
        unset="all",
        chart="namespaces.allowed",
    )
    denied_namespaces: tuple[str, ...] = row(
        "DENIED_NAMESPACES",
        parse_labels,
        ("kube-system", "kube-public", "kube-node-lease"),
        "namespaces whose Pods may not use omamori and are refused",
        chart="namespaces.denied",
    )
    tool_containers: tuple[str, ...] = row(
        "TOOL_CONTAINERS",
        parse_labels,
        (),
        "additional containers to treat as tools, which get no secrets unless named",
        chart="toolContainers",
    )
    env_files: EnvFiles = row(
        "ENV_FILES",
        Choice(_ENV_FILES),
        "verify",
        "whether nodes support env files (`fileKeyRef`): `verify` starts no container where the kubelet has not read "
        "them, `require` also uses nodes with a label alone, `assume` relies on it, `never` does not use them",
        chart="envFiles",
    )
    allow_restart: bool = row(
        "ALLOW_RESTART",
        parse_boolean,
        False,
        "allows `omamori.dev/on-change: restart` (Kubernetes 1.36 or later)",
        chart="allowRestart",
    )
    vault_k8s: bool = row(
        "DIALECT_VAULTK8S",
        parse_boolean,
        False,
        "also serves Pods with the annotations of the Vault Agent Injector (`vault.hashicorp.com/…`); where vault-k8s "
        "is still there, say which namespaces are whose, or both inject",
        chart="dialects.vaultK8s.enabled",
    )
    vault_k8s_served: tuple[str, ...] = row(
        "DIALECT_VAULTK8S_SERVED",
        parse_labels,
        (),
        "namespaces whose Pods are served in this dialect",
        unset="all but those that are left to vault-k8s",
        chart="dialects.vaultK8s.servedNamespaces",
    )
    vault_k8s_left: tuple[str, ...] = row(
        "DIALECT_VAULTK8S_LEFT",
        parse_labels,
        (),
        "namespaces that are left to vault-k8s: Pods in this dialect are then neither served nor refused",
        chart="dialects.vaultK8s.leftNamespaces",
    )
    directory: str = row(
        "DIRECTORY", parse_default_directory, DEFAULT_DIRECTORY, "default directory of the files", chart="directory"
    )


def from_environ(environ: Mapping[str, str]) -> tuple[Settings, ServerSettings]:
    """Read all settings. Raises SettingsInvalid with every mistake at once."""
    variables = Variables(environ)
    listed = variables.read(VaultList)
    names = tuple(dict.fromkeys(filter(_VAULT_NAME.fullmatch, listed.names)))
    _check_names(variables, listed, names)
    vaults = {name: read_vault(variables, name) for name in names}
    _check_audiences(variables, listed, vaults)
    settings = variables.read(
        Settings, vaults=vaults, default_vault=names[0] if names else "", agent=read_agent(variables)
    )
    _check_dialects(variables, settings)
    server = variables.read(ServerSettings)
    variables.finish(rows_of(VaultSettings))
    return settings, server


def _check_names(variables: Variables, listed: VaultList, names: tuple[str, ...]) -> None:
    if listed.names and names != listed.names:
        wrong = ", ".join(quoted(name) for name in listed.names if name not in names) or "one twice"
        variables.note("VAULTS", f"has {wrong}; a Vault's name has lower-case letters, digits and '-'")


def _check_dialects(variables: Variables, settings: Settings) -> None:
    both = ", ".join(sorted({*settings.vault_k8s_served} & {*settings.vault_k8s_left}))
    if both:
        variables.note("DIALECT_VAULTK8S_LEFT", f"has {both}, which {PREFIX}DIALECT_VAULTK8S_SERVED has, too")


def _check_audiences(variables: Variables, listed: VaultList, vaults: Mapping[str, VaultSettings]) -> None:
    """Refuse equal audiences: a Vault that receives a token could use it at every Vault with the same audience."""
    audiences = [
        each for vault in vaults.values() for each in {vault.audience, vault.vault_k8s_audience or vault.audience}
    ]
    if len(set(audiences)) != len(audiences) and not listed.one_trust_domain:
        variables.note(
            "VAULTS",
            "names Vaults with the same audience, so that one could log in to the other as a Pod; give each an "
            f"_AUDIENCE of its own, or set {PREFIX}ONE_TRUST_DOMAIN=true",
        )
