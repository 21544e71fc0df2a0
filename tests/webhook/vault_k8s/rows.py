"""What comes of each of vault-k8s' annotations that is honoured, and which values the others are tested with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from tests.support.webhook.vault_k8s import Json, our_container
from vault.contract.plan import Plan

Seen: TypeAlias = Callable[[Plan, Json], Any]

X = {"agent-inject-secret-x": "a/b"}
SHARED = {"agent-share-process-namespace": "true"}
CLIENT = {"tls-secret": "client", "client-cert": "/vault/tls/tls.crt", "client-key": "/vault/tls/tls.key"}
COPIED = {"agent-copy-volume-mounts": "app"}


def _of(name: str, *fields: str) -> Seen:
    """Fields of the template of a name."""
    return lambda plan, _: [getattr(each, field) for each in plan.templates if each.name == name for field in fields]


def _plan(*fields: str) -> Seen:
    return lambda plan, _: [getattr(plan, each) for each in fields]


def _session(field: str) -> Seen:
    return lambda plan, _: getattr(plan.sessions[0], field)


def _names(plan: Plan, _: Json) -> list[str]:
    return [each.name for each in plan.templates]


def _tokens(plan: Plan, _: Json) -> list[tuple[str, str, bool]]:
    return [(each.name, each.mode, plan.reads[each.read].login) for each in plan.outputs]


def _texts(plan: Plan, _: Json) -> str:
    return "".join(each.text for each in plan.templates)


def _place(_: Plan, new: Json) -> list[str]:
    """The init containers, and who gets the files."""
    init = [each["name"] for each in new["spec"]["initContainers"]]
    every = [*new["spec"]["initContainers"], *new["spec"]["containers"]]
    mounts = {each["name"]: [mount["mountPath"] for mount in each.get("volumeMounts", [])] for each in every}
    return [*init, "|", *(name for name, places in mounts.items() if "/vault/secrets" in places)]


def _directories(_: Plan, new: Json) -> list[str]:
    return sorted(each["mountPath"] for each in new["spec"]["containers"][1]["volumeMounts"])


def _sharing(_: Plan, new: Json) -> object:
    return new["spec"].get("shareProcessNamespace")


def _amount(kind: str, name: str) -> Seen:
    return lambda _, new: our_container(new)["resources"][kind][name]


def _volume(name: str) -> Seen:
    return lambda _, new: next(each["secret"]["secretName"] for each in new["spec"]["volumes"] if each["name"] == name)


def _security(field: str) -> Seen:
    return lambda _, new: our_container(new)["securityContext"][field]


def _configured(plan: Plan, new: Json) -> tuple[list[str], str, list[str]]:
    """The files of the one configuration, its ConfigMap, and what the Plan has of templates."""
    (found,) = plan.configurations
    volumes = new["spec"]["volumes"]
    name = next(each["configMap"]["name"] for each in volumes if each["name"] == "omamori-agent-config")
    return [each.rpartition("/")[2] for each in found.files], name, [each.name for each in plan.templates]


SIDECAR, INIT = "omamori-sidecar", "omamori-init"
BOTH = ["app", "worker"]
CPU = '[{"op": "replace", "path": "/resources/limits/cpu", "value": 3}]'
JSON = '{{ with secret "secret/data/shop/db" }}{{ .Data | toJSON }}\n{{ end }}'

# the annotation, its value, what is looked at, and what it is; with other annotations where it says nothing alone
HONOURED: list[tuple[str, str, Seen, Any, dict[str, str]]] = [
    ("agent-inject", "1", _names, ["db"], {}),
    ("agent-inject-status", "update", _names, ["db"], {}),
    ("agent-inject-containers", "worker", _place, ["migrate", SIDECAR, "|", "worker"], {}),
    ("agent-init-first", "true", _place, [SIDECAR, "migrate", "|", "migrate", *BOTH], {}),
    ("agent-pre-populate", "false", _place, ["migrate", SIDECAR, "|", *BOTH], {}),
    ("agent-pre-populate-only", "true", _place, ["migrate", INIT, "|", *BOTH], {}),
    ("agent-configmap", "conf", _configured, (["config.hcl", "config-init.hcl"], "conf", []), {"role": "-"}),
    ("agent-extra-secret", "extra", _volume("omamori-extra-secret"), "extra", {}),
    ("agent-copy-volume-mounts", "app", _names, ["db", "t"], {"agent-inject-template-file-t": "/conf/t"}),
    ("agent-inject-secret-<n>", "kv/a", _names, ["db", "x"], {}),
    ("agent-inject-template-<n>", "{{ 1 }}", _of("x", "text", "left", "right"), ["{{ 1 }}", "{{", "}}"], {}),
    (
        "agent-inject-template-file-<n>",
        "/conf/d/t",
        _of("x", "text", "file"),
        ["", "/omamori/templates/conf/d/t"],
        COPIED,
    ),
    ("agent-inject-default-template", "JSON", _texts, JSON, {}),
    ("agent-template-left-delim-<n>", "<%", _of("x", "left", "right"), ["<%", "}}"], X),
    ("agent-template-right-delim-<n>", "%>", _of("x", "left", "right"), ["{{", "%>"], X),
    ("agent-inject-file-<n>", "d/f.txt", _names, ["db", "d/f.txt"], X),
    ("agent-inject-perms-<n>", "0640", _of("x", "mode"), ["0640"], X),
    ("agent-inject-command-<n>", "pkill nginx", _plan("on_change", "signal"), ["signal", "TERM"], X | SHARED),
    ("error-on-missing-key-<n>", "true", _of("x", "missing_key"), ["error"], X),
    ("secret-volume-path[-<n>]", "/srv/x", _directories, ["/srv/x", "/vault/secrets"], X),
    ("preserve-secret-case[-<n>]", "true", _names, ["X", "db"], {"agent-inject-secret-X": "a/b"}),
    ("agent-inject-token", "true", _tokens, [("token", "0640", True)], {}),
    ("role", "other", _session("role"), "other", {}),
    ("auth-type", "kubernetes", _session("auth_kind"), "kubernetes", {}),
    ("auth-path", "auth/k8s-2", _session("auth_mount"), "k8s-2", {}),
    ("auth-config-<p>", "other", _session("role"), "other", {"role": "-"}),
    ("namespace", "team/a", _session("namespace"), "team/a", {}),
    ("service", "https://vault.example.com:8200", _session("vault"), "main", {}),
    ("tls-secret", "client", _volume("omamori-tls-secret"), "client", CLIENT),
    ("tls-server-name", "vault.example.com", _session("tls_server_name"), "", {}),
    ("client-cert", "/vault/tls/c.crt", _session("client_certificate_file"), "/vault/tls/c.crt", CLIENT),
    ("client-key", "/vault/tls/c.key", _session("client_key_file"), "/vault/tls/c.key", CLIENT),
    ("agent-limits-cpu", "1", _amount("limits", "cpu"), "1", {}),
    ("agent-limits-mem", "100Mi", _amount("limits", "memory"), "100Mi", {}),
    ("agent-limits-ephemeral", "2Gi", _amount("limits", "ephemeral-storage"), "2Gi", {}),
    ("agent-requests-cpu", "10m", _amount("requests", "cpu"), "10m", {}),
    ("agent-requests-mem", "16Mi", _amount("requests", "memory"), "16Mi", {}),
    ("agent-requests-ephemeral", "1Gi", _amount("requests", "ephemeral-storage"), "1Gi", {}),
    ("agent-run-as-user", "1234", _security("runAsUser"), 1234, {}),
    ("agent-run-as-group", "4321", _security("runAsGroup"), 4321, {"agent-run-as-user": "1234"}),
    ("agent-run-as-same-user", "true", _security("runAsUser"), 1500, {}),
    ("agent-share-process-namespace", "true", _sharing, True, {}),
    ("agent-json-patch", CPU, _amount("limits", "cpu"), "3", {}),
    ("agent-init-json-patch", CPU, _amount("limits", "cpu"), "3", {"agent-pre-populate-only": "true"}),
    ("template-static-secret-render-interval", "90s", _plan("mode", "refresh_seconds"), ["sidecar", 90], {}),
]

# a value that asks for something, where the parser does not take any text
WARNED = {
    "auth-min-backoff": "2s",
    "auth-max-backoff": "1m30s",
    "agent-auto-auth-exit-on-err": "true",
    "client-max-retries": "3",
    "client-timeout": "60",
    "agent-set-security-context": "false",
    "agent-cache-enable": "true",
    "agent-cache-use-auto-auth-token": "force",
    "agent-cache-exit-on-err": "true",
    "agent-enable-quit": "true",
    "template-config-exit-on-retry-failure": "false",
    "template-max-connections-per-host": "10",
    "template-lease-renewal-threshold": "0.5",
    "agent-disable-idle-connections": "auto-auth,templating",
    "agent-disable-keep-alives": "caching",
    "agent-revoke-on-shutdown": "false",
    "agent-revoke-grace": "5",
}
REFUSED = {"tls-skip-verify": "1"}
# what each parser refuses
WRONG = {
    "agent-init-first": "maybe",
    "agent-pre-populate": "yes",
    "agent-pre-populate-only": "tRuE",
    "agent-inject-containers": " , ",
    "agent-inject-default-template": "yaml",
    "agent-inject-file-x": "../x",
    "agent-extra-secret": "Extra_1",
    "agent-configmap": "Conf_1",
    "agent-json-patch": '[{"op": "remove", "path": "/env"}]',
    "agent-init-json-patch": "{",
    "agent-inject-perms-x": "rw-r--r--",
    "agent-inject-command-x": "nginx -s reload",
    "error-on-missing-key-x": "maybe",
    "agent-template-left-delim-x": "\n",
    "agent-template-right-delim-x": "«",
    "secret-volume-path": "secrets",
    "secret-volume-path-x": "/etc",
    "preserve-secret-case": "maybe",
    "agent-inject-token": "maybe",
    "auth-type": "gcp",
    "auth-path": "auth/a b",
    "auth-config-audience": "vault",
    "auth-config-role": "no role",
    "auth-min-backoff": "5",
    "auth-max-backoff": "soon",
    "agent-auto-auth-exit-on-err": "maybe",
    "namespace": "a b",
    "service": "vault",
    "tls-skip-verify": "maybe",
    "tls-secret": "Client_1",
    "client-max-retries": "many",
    "client-timeout": "soon",
    "agent-limits-cpu": "many",
    "agent-limits-mem": "-1Mi",
    "agent-limits-ephemeral": "1 Gi",
    "agent-requests-cpu": "x",
    "agent-requests-mem": "64MB",
    "agent-requests-ephemeral": "Gi",
    "agent-run-as-user": "-1",
    "agent-run-as-group": "staff",
    "agent-run-as-same-user": "maybe",
    "agent-set-security-context": "maybe",
    "agent-share-process-namespace": "maybe",
    "agent-cache-enable": "maybe",
    "agent-cache-use-auto-auth-token": "maybe",
    "agent-cache-exit-on-err": "maybe",
    "agent-enable-quit": "maybe",
    "template-config-exit-on-retry-failure": "maybe",
    "template-static-secret-render-interval": "often",
    "template-max-connections-per-host": "few",
    "template-lease-renewal-threshold": "most",
    "agent-disable-idle-connections": "all",
    "agent-disable-keep-alives": "auto_auth",
    "agent-revoke-on-shutdown": "maybe",
    "agent-revoke-grace": "-5",
}
