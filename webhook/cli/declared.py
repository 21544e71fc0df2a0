"""Declarations of the standalone commands; each is implemented in a separate module."""

from __future__ import annotations

from vault.cli.command import Argument, Command, Option
from vault.cli.exit_codes import CHANGES, FAILED, OK
from vault.cli.options import NO_COLOR, OUTPUT, TIMEOUT, ClusterOptions, VaultOptions
from vault.cli.parameters import SERVICE_ACCOUNT, VAULT_ADDRESS, Choice, InputFile, Parsed, parse_named_address
from webhook.admission.annotations.parsers import parse_role
from webhook.config.environ import PREFIX
from webhook.workloads import PIPELINE_ACCOUNT

_NAME = "omamori"

SERVE = Command(
    "serve",
    "webhook.server.command",
    "serve the admission webhook; settings come from the environment",
    extra="webhook",
    more="docs/settings.md lists all settings. On SIGTERM it answers pending requests and ends.",
    codes={OK: "it was told to stop", FAILED: "the settings are wrong, or the port is taken; standard error says why"},
    is_server=True,
)

CONTROLLER = Command(
    "controller",
    "webhook.controller.command",
    "keep the webhook's certificates; settings come from the environment",
    extra="controller",
    more="docs/settings.md lists all settings. It runs until SIGTERM.",
    codes={
        OK: "it was told to stop",
        FAILED: "the settings are wrong, there is no cluster, or the Lease is lost; standard error says why",
    },
    is_server=True,
)

DOCTOR = Command(
    "doctor",
    "webhook.doctor.command",
    "find problems of a live installation, and how to fix them",
    Option("-n", "--namespace", default=_NAME, show_default=True, help="namespace of the installation"),
    Option("--name", default=_NAME, show_default=True, help="name that the chart gives its objects"),
    Option(
        "service_accounts",
        "--service-account",
        type=SERVICE_ACCOUNT,
        multiple=True,
        help="log in to Vault as this ServiceAccount, with a token valid for ten minutes; may be given several times",
    ),
    Option(
        "paths",
        "--path",
        multiple=True,
        help="a path that they must be able to read: secret/data/shop/db. It is not read: Vault is asked, with "
        "VAULT_TOKEN where the login itself may not ask; may be given several times",
    ),
    Option(
        "--pod-namespace",
        help="namespace in which a Pod is created by dry run; default: that of the first ServiceAccount, or default",
    ),
    Option("--vault-name", help="name of the Vault to log in to; default: the settings' default Vault"),
    Option("--role", type=Parsed(parse_role, "ROLE"), help="role of the login; default: by the pattern of the Vault"),
    Option(
        "vault_addresses",
        "--vault-address",
        type=Parsed(parse_named_address, "NAME=URL"),
        multiple=True,
        help="address of a Vault from here, if it differs from that for Pods; may be given several times",
    ),
    Option("--vault-ca-file", type=InputFile(), help="a CA in PEM, instead of the one in the settings"),
    TIMEOUT,
    OUTPUT,
    extra="controller",
    groups={"cluster": ClusterOptions},
    examples=(
        "omamori doctor",
        "omamori doctor --service-account shop/checkout --path secret/data/shop/db",
        "omamori doctor -o json | jq '.findings[] | select(.status != \"ok\")'",
    ),
    codes={
        OK: "no problems",
        FAILED: "the call is wrong, or the cluster could not be reached",
        CHANGES: "there are problems, or something could not be checked",
    },
)

_MANIFESTS = (
    Argument("manifests", "a file, a folder, or - for standard input", type=InputFile(), nargs=-1, required=True),
    Option(
        "-n",
        "--namespace",
        envvar="ARGOCD_APP_NAMESPACE",  # which Argo CD sets for a plugin
        default="default",
        show_default=True,
        help="namespace of manifests that name none",
    ),
    Option(
        "settings_file",
        "--settings",
        type=InputFile(),
        help=f"the chart's values, or lines {PREFIX}NAME=VALUE; default: the variables {PREFIX}… of the environment",
    ),
    Option(
        "--pipeline-service-account",
        default=PIPELINE_ACCOUNT,
        show_default=True,
        help="ServiceAccount that runs Kubeflow's pipelines",
    ),
)

LINT = Command(
    "lint",
    "webhook.lint.command",
    "find in manifests what would be refused, ignored or changed, before anything is deployed",
    *_MANIFESTS,
    Option(
        "--access",
        type=InputFile(),
        multiple=True,
        help="an access file, or a folder of them, for the default Vault: what they do not grant is found, too",
    ),
    Option(
        "-o",
        "--output",
        type=Choice(("text", "json", "sarif", "junit", "manifests", "krm")),
        default="text",
        show_default=True,
        help="text for people; json, sarif and junit for programs; manifests: the input itself where there is no error;"
        " krm: the ResourceList that was read, with results",
    ),
    Option("--strict", is_flag=True, help="exit with 2 for warnings, too"),
    extra="cli",
    examples=(
        "omamori lint deploy/",
        "helm template shop ./chart | omamori lint --namespace shop --settings values.yaml -",
        "omamori lint --access access/ deploy/",
        "omamori lint -o sarif . > omamori.sarif",
        "kustomize build . | omamori lint -o manifests - | kubectl apply -f -",
    ),
    codes={
        OK: "nothing is wrong",
        FAILED: "the call or the settings are wrong",
        CHANGES: "an error was found, or with --strict a warning",
    },
)

EXPLAIN = Command(
    "explain",
    "webhook.explain.command",
    "show what would become of the Pods of manifests: files, variables, logins, the policy that they need",
    *_MANIFESTS,
    Option(
        "-o",
        "--output",
        type=Choice(("text", "markdown", "json", "svg")),
        default="text",
        show_default=True,
        help="text for a terminal, markdown and svg for reviews, json for programs",
    ),
    extra="cli",
    examples=("omamori explain deployment.yaml", "kustomize build . | omamori explain -o markdown -"),
    codes={
        OK: "shown",
        FAILED: "the call or the settings are wrong",
        CHANGES: "a Pod would be refused, or a file could not be read",
    },
)

ENV_NAMES = Command(
    "env-names",
    "webhook.suggest.env_names",
    "print annotations that turn a secret's keys into variables, without their values",
    Argument("path", "the API path, as a Vault policy names it: secret/data/shop/db"),
    Option("--prefix", default="", help="prefix of each variable's name: DB_"),
    extra="vault",
    groups={"vault": VaultOptions},
    examples=("omamori env-names secret/data/shop/db --prefix DB_",),
    codes={OK: "printed", FAILED: "the call is wrong, Vault refuses, or there is nothing at the path"},
)

DEMO = Command(
    "demo",
    "webhook.demo.command",
    "demonstrate injection on this machine, with an embedded Vault",
    Option("--pod", type=InputFile(), help="your own manifest; each Pod of it that asks for secrets is shown"),
    Option(
        "--vault-address",
        type=VAULT_ADDRESS,
        help="a Vault of yours; the token in VAULT_TOKEN must be allowed to add a policy and an auth method, which the "
        "demo removes again",
    ),
    Option("--vault-ca-file", type=InputFile(), help="the CA of that Vault"),
    TIMEOUT,
    NO_COLOR,
    Option("--reveal", is_flag=True, help="show the values of the secrets"),
    Option("--short", is_flag=True, help="leave out logs, the patch and times"),
    extra="demo",
    examples=("omamori demo", "omamori demo --pod deployment.yaml --short --reveal"),
    codes={OK: "all steps went well", FAILED: "a step failed for one of the Pods; its message says why"},
)

COMPLETION = Command(
    "completion",
    "webhook.cli.completion",
    "print the shell completion script",
    Argument("shell", "bash, zsh or fish", type=Choice(("bash", "zsh", "fish")), metavar="SHELL"),
    examples=(
        'eval "$(omamori completion bash)"       # in ~/.bashrc',
        'eval "$(omamori completion zsh)"        # in ~/.zshrc',
        "omamori completion fish > ~/.config/fish/completions/omamori.fish",
    ),
    codes={OK: "printed"},
)
