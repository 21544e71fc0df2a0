"""`omamori migrate`: the commands that rewrite manifests from other tools' annotations."""

from __future__ import annotations

from vault.cli.command import Argument, Command, Group, Option
from vault.cli.exit_codes import CHANGES, FAILED, OK
from vault.cli.options import ClusterOptions, VaultOptions
from vault.cli.parameters import InputFile, Parsed, parse_named_address
from webhook.migrate.pattern import PATTERN, parse_pattern

_VAULT_K8S = Command(
    "vault-k8s",
    "webhook.migrate.command",
    "rewrite manifests from the annotations of vault-k8s to omamori's own",
    Argument(
        "files",
        "a manifest, or - for standard input, which is rewritten to standard output",
        type=InputFile(),
        nargs=-1,
        required=True,
        metavar="FILE...",
    ),
    Option("--check", is_flag=True, help="only report"),
    Option(
        "--keep-templates",
        is_flag=True,
        help="a template that is one key stays a template: the same bytes also where the value is a list or a map",
    ),
    Option(
        "vault_addresses",
        "--vault-address",
        type=Parsed(parse_named_address, "NAME=URL"),
        multiple=True,
        help="name of the Vault in the settings that the annotation service gives the address of; several times",
    ),
    Option("--auth-mount", metavar="PATH", help="path of the auth method in the settings, which auth-path may repeat"),
    extra="vault",
    more="A Pod is moved whole or not at all. What is not moved stays as it is, byte by byte, and is reported with "
    "what to do. Files that are not YAML, such as Helm templates, are named and not touched.",
    examples=(
        "omamori migrate vault-k8s --check deploy/*.yaml",
        "omamori migrate vault-k8s deployment.yaml",
        "helm template shop ./chart | omamori migrate vault-k8s - > shop.yaml",
    ),
    codes={
        OK: "what can be moved is moved, or with --check there is nothing to move",
        FAILED: "a file was not read, or the call is wrong",
        CHANGES: "with --check: there is something to move",
    },
)

_MOVED = (
    Argument("files", "manifests, or folders of them", type=InputFile(), nargs=-1, required=True, metavar="FILE..."),
    Option("--check", is_flag=True, help="only report"),
    Option("--write", is_flag=True, help="first write the values of the live Secrets to Vault"),
    Option("-n", "--namespace", default="default", show_default=True, help="namespace of manifests that name none"),
    Option(
        "--path",
        type=Parsed(parse_pattern, "PATTERN"),
        default=PATTERN,
        show_default=True,
        help="where in Vault the values are, by what they are called in Kubernetes",
    ),
)
_CODES = {
    OK: "what can be moved is moved, or there is nothing to move",
    FAILED: "a file or a Secret was not read, or its path has other values",
    CHANGES: "with --check: there is something to move",
}
_SEALED_SECRETS = Command(
    "sealed-secrets",
    "webhook.migrate.sealed_secrets",
    "move what Pods take from SealedSecrets to annotations, and the values to Vault",
    *_MOVED,
    extra="cli",
    groups={"cluster": ClusterOptions, "vault": VaultOptions},
    more="Variables, envFrom and volumes become annotations; what Kubernetes itself reads is named and remains. A Pod "
    "moves whole or not at all, and only where the webhook would take it. Values go through memory alone.",
    examples=(
        "omamori migrate sealed-secrets --check deploy/",
        "omamori migrate sealed-secrets --write --path 'kv/data/{namespace}/{name}' deploy/",
    ),
    codes=_CODES,
)
_KAMUS = Command(
    "kamus",
    "webhook.migrate.kamus",
    "move what Kamus decrypts for Pods to annotations",
    *_MOVED,
    extra="cli",
    groups={"cluster": ClusterOptions, "vault": VaultOptions},
    more="The init container of Kamus becomes annotations that make the same files, and so do uses of KamusSecrets. "
    "What it decrypts from a ConfigMap has to be brought to Vault by hand: the report says to which path and keys.",
    examples=("omamori migrate kamus --check deploy/",),
    codes=_CODES,
)
_EXTERNAL_SECRETS = Command(
    "external-secrets",
    "webhook.migrate.external_secrets",
    "report what Pods take from ExternalSecrets of Vault, and the annotations that give the same",
    Argument("files", "manifests, or folders of them", type=InputFile(), nargs=-1, required=True, metavar="FILE..."),
    Option("-n", "--namespace", default="default", show_default=True, help="namespace of manifests that name none"),
    extra="cli",
    more="It changes nothing. The stores have to be among the files: they say the mount, and the version of KV.",
    examples=("omamori migrate external-secrets deploy/",),
    codes={OK: "the report is whole", FAILED: "a file was not read"},
)

MIGRATE = Group(
    "migrate",
    "rewrite manifests from other tools' annotations",
    {
        "vault-k8s": _VAULT_K8S,
        "sealed-secrets": _SEALED_SECRETS,
        "kamus": _KAMUS,
        "external-secrets": _EXTERNAL_SECRETS,
    },
)
