"""What annotations of vault-k8s say that ours cannot: each with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vault.contract.plan import OWN_AUTH_KINDS
from vault.gotemplate.errors import TemplateError
from webhook.admission.annotations.pod_annotations import InjectionSpec, TemplateSpec
from webhook.admission.annotations.vault_k8s.fields import INIT_PATCH, PATCH
from webhook.admission.annotations.vault_k8s.table import DOMAIN as THEIRS
from webhook.admission.rawjson import mapping_in
from webhook.migrate.vault_k8s.gotemplates import Key, find_keys, reads_variables
from webhook.migrate.vault_k8s.options import Options

_GROUP, _OTHERS = 0o040, 0o004
_VARIABLES = ("NAMESPACE", "HOST_IP", "POD_IP")


def find_obstacles(
    spec: InjectionSpec, pod: Mapping[str, Any], options: Options, keys: Mapping[str, Key]
) -> Iterator[str]:
    """Say what keeps a Pod's annotations. `keys` are templates that become a file of one key."""
    if spec.configuration is not None:
        yield (
            f"{spec.configuration.annotation}: what the ConfigMap {spec.configuration.config_map} says is not known "
            "here; write its role as omamori.dev/role, and each of its templates as template.omamori.dev/…"
        )
        return
    yield from _of_login(spec, options)
    yield from _of_pod(spec, pod)
    yield from _of_container(spec)
    for each in spec.templates:
        if each.annotation not in keys:
            what = _of_template(each)
            if what:
                yield f"{each.annotation}: {what}"


def _of_login(spec: InjectionSpec, options: Options) -> Iterator[str]:
    login = spec.login
    if login.auth_kind in OWN_AUTH_KINDS:
        yield (
            f"{THEIRS}/auth-type: ours log in with the Pod's ServiceAccount alone, never by {login.auth_kind}; give it "
            "a role and name it by omamori.dev/role"
        )
    elif login.client_certificate_file:
        yield f"{THEIRS}/client-cert: ours show no client certificate; take it away if Vault does not ask for one"
    if login.address is not None and options.vault_of(login.address) is None:
        yield (
            f"{THEIRS}/service: ours name a Vault of the administrator's settings, not an address; say which one it "
            f"is: --vault-address NAME={login.address}"
        )
    if login.auth_mount is not None and login.auth_mount != options.auth_mount:
        yield (
            f"{THEIRS}/auth-path: the settings say the path of a Vault's auth method, ours cannot; where it is the one "
            f"of the settings, say so: --auth-mount {login.auth_mount}"
        )
    if login.namespace is not None:
        yield (
            f"{THEIRS}/namespace: ours cannot name a namespace in Vault; set up a Vault of its own with it in the "
            "settings, take the annotation away and name that Vault by omamori.dev/vault"
        )


def _of_pod(spec: InjectionSpec, pod: Mapping[str, Any]) -> Iterator[str]:
    if spec.shares_processes and mapping_in(pod, "spec").get("shareProcessNamespace") is not True:
        yield (
            f"{THEIRS}/agent-share-process-namespace: ours do not change the Pod; write shareProcessNamespace: true "
            "into its spec"
        )
    if spec.container.user is not None:
        modes = [each.mode or 0 for each in spec.placed]
        if any(mode & _GROUP and not mode & _OTHERS for mode in modes):
            yield (
                f"{THEIRS}/agent-run-as-group: ours have no group for files that only their group may read; give the "
                "Pod an fsGroup and take agent-run-as-user away, or let the files be read by their user alone (0400)"
            )


def _of_container(spec: InjectionSpec) -> Iterator[str]:
    own = spec.container
    if own.extra_secret:
        yield f"{THEIRS}/agent-extra-secret: ours mount no Secret for omamori; take it away if it is not needed"
    patch = f"{THEIRS}/{PATCH if spec.mode == 'sidecar' else INIT_PATCH}"
    for what, is_there in (("variables", own.variables), ("times of a probe", own.probe_times)):
        if is_there:
            yield f"{patch}: ours set no {what} of omamori's container; take them out if nothing needs them"


def _of_template(template: TemplateSpec) -> str:
    """Return why a template is no template of ours, "" where it is one."""
    if template.volume:
        return (
            f"is a file of a ConfigMap, which may need what ours lack: {', '.join(_VARIABLES)}, and false for a key "
            "that is not there; where it does not, write by hand, as an annotation of template.omamori.dev, "
            f"volume:{template.volume}/{template.path}"
        )
    if reads_variables(template, _VARIABLES):
        return f"reads one of the variables {', '.join(_VARIABLES)}, which vault agent's container has and ours lacks"
    if template.delimiters[0] not in template.text:
        return "has no action, and ours need one; put what is no secret into a ConfigMap"
    try:
        found = find_keys(template)
    except TemplateError as error:
        return f"is no template that vault agent could run: {error}"
    if template.missing_key == "default" and found.tests:
        return (
            "asks by a field whether a key is there (if, with, range, or, default), which is an error in ours when it "
            'is not; ask by index: {{ if index .Data.data "key" }}'
        )
    return ""
