"""`omamori policy`: the commands on access files, and `suggest`, which also reads Kubernetes manifests."""

from __future__ import annotations

from vault.cli.command import Argument, Command, Group, Option
from vault.cli.exit_codes import FAILED, OK
from vault.cli.options import ClusterOptions, VaultOptions
from vault.cli.parameters import Choice, InputFile
from vault.contract.plan import AUTH_KINDS
from vault.policy.commands.declared import COMMANDS
from vault.policy.commands.options import OWNER
from webhook.config.environ import PREFIX
from webhook.config.settings import DEFAULT_AUDIENCE
from webhook.sources import DEFAULT_VAULT_NAME
from webhook.workloads import PIPELINE_ACCOUNT

_SUGGEST = Command(
    "suggest",
    "webhook.suggest.command",
    "print the minimal access file for annotated manifests, or for the workloads of a namespace",
    Argument(
        "manifests",
        "a file, a folder of them, or - for standard input",
        type=InputFile(),
        nargs=-1,
        metavar="[MANIFEST]...",
    ),
    Option("--live", metavar="NAMESPACE", help="read the workloads of this namespace in a cluster"),
    Option("--namespace", help="namespace of manifests that name none; default: default"),
    Option(
        "--pipeline-service-account",
        default=PIPELINE_ACCOUNT,
        show_default=True,
        help="ServiceAccount that runs Kubeflow's pipelines",
    ),
    OWNER,
    Option("--settings-file", type=InputFile(), help=f"the chart's values, or lines {PREFIX}NAME=VALUE"),
    Option(
        "--vault-name",
        help=f"the Vault's name in the settings; default: the first of the settings, or {DEFAULT_VAULT_NAME}",
    ),
    Option("--auth-kind", type=Choice(AUTH_KINDS), help=f"without settings: how Pods log in ({AUTH_KINDS[0]})"),
    Option("--auth-mount", help="without settings: the path of the auth method (its kind)"),
    Option("--audience", help=f"without settings: of the Pods' tokens ({DEFAULT_AUDIENCE})"),
    extra="vault",
    groups={"cluster": ClusterOptions, "vault": VaultOptions},
    more=f"Without --settings-file the variables {PREFIX}… of the environment count. --live needs the extra 'cluster'.",
    examples=(
        "omamori policy suggest deployment.yaml > access.yaml",
        "helm template shop ./chart | omamori policy suggest -",
        "omamori policy suggest --live shop",
    ),
    codes={OK: "printed", FAILED: "something could not be granted, nothing asks for a secret, or the call is wrong"},
)

POLICY = Group("policy", "keep Vault's policies and roles in line with access files", {**COMMANDS, "suggest": _SUGGEST})
