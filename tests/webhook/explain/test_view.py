"""What `omamori explain` shows is what the webhook does: the patched Pod and its Plan say the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import given

from tests.support.webhook.builders import ENVIRONMENT, decided, patched, plan_of
from tests.support.webhook.strategies import annotated_pods
from vault.contract.plan import Output, Plan, Template
from webhook.admission.decision import Denied, Patched
from webhook.admission.pod.ownership import is_our_container, is_our_variable, is_our_volume_name
from webhook.config.settings import from_environ
from webhook.explain.picture import PodView
from webhook.explain.view import view
from webhook.sources.settings import assumed_settings
from webhook.workloads.manifest import Manifest, parse_manifests
from webhook.workloads.registry import find_pods

SETTINGS, _ = from_environ(ENVIRONMENT)
POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: shop
  namespace: shop
  annotations:
    omamori.dev/env-delivery: auto
    file.omamori.dev/tls.pem: "pki/issue/shop#certificate data.common_name=shop"
    file.omamori.dev/hosts: secret/data/hosts@3 dir=/srv/in mount=file
    env.omamori.dev/PASSWORD: secret/data/db#password
    envfrom.omamori.dev/more: secret/data/more prefix=P_ containers=app
    template.omamori.dev/known: '[[ secret "secret/data/db" ]]'
    template.omamori.dev/computed: '[[ secret (env "PATH") ]]'
    token.omamori.dev/vault-token: "true"
spec:
  serviceAccountName: shop
  initContainers: [{name: first, image: a, command: [run]}]
  containers: [{name: app, image: a, command: [run]}, {name: other, image: a}]
"""


def shown(text: str) -> PodView:
    """Show the only Pod of a manifest, with settings that allow what any could."""
    (manifest,) = parse_manifests("pod.yaml", text)
    (pod,) = find_pods(manifest)
    return view(pod, assumed_settings(frozenset()))


@given(annotated_pods())
def test_any_pod(raw: dict[str, Any]) -> None:
    """The outcome is the decision's; files, variables and paths are those of the Pod and the Plan that it makes."""
    raw["metadata"]["namespace"] = "shop"
    (pod,) = find_pods(Manifest(raw))
    decision = decided(raw)

    seen = view(pod, SETTINGS)

    assert seen.outcome == {Denied: "denied", Patched: "patched"}.get(type(decision), "unchanged")
    if isinstance(decision, Denied):
        assert list(seen.problems) == [str(each) for each in decision.problems]
        return
    assert seen.warnings == decision.warnings
    if not isinstance(decision, Patched):
        return
    made, plan = patched(raw), plan_of(raw)
    assert {(c.name, each.name, each.mode) for c in seen.containers for each in c.files} == set(files_of(made, plan))
    by_kubelet = {(c.name, each.name) for c in seen.containers for each in c.variables if each.by == "kubelet"}
    assert by_kubelet == set(variables_of(made))
    order = [each["name"] for each in (*made["spec"]["initContainers"], *made["spec"]["containers"])]
    assert [each.name for each in seen.containers] == order
    reads = {each.path for each in plan.reads if not each.login}
    assert all(any(f'path "{path}"' in login.policy for login in seen.logins) for path in reads)
    assert [(each.vault, each.role) for each in seen.logins] == [(each.vault, each.role) for each in plan.sessions]


def files_of(made: Mapping[str, Any], plan: Plan) -> Iterator[tuple[str, str, str]]:
    """Yield container, path and mode of each file, from the mounts of the Pod and the outputs of the Plan."""
    (ours,) = [each for each in made["spec"]["initContainers"] if is_our_container(each)]
    directories = {mount["name"]: mount["mountPath"] for mount in ours["volumeMounts"]}
    for container in (*made["spec"]["initContainers"], *made["spec"]["containers"]):
        if container is ours:
            continue
        for mount in container.get("volumeMounts", ()):
            if not is_our_volume_name(mount["name"]):
                continue
            outputs: list[Output | Template] = [*plan.outputs, *plan.templates]
            for each in outputs:
                if each.directory == directories.get(mount["name"]):
                    if "subPath" not in mount:
                        yield container["name"], f"{mount['mountPath']}/{each.name}", each.mode
                    elif mount["subPath"] == each.name:
                        yield container["name"], mount["mountPath"], each.mode


def variables_of(made: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield container and name of each variable that the kubelet sets."""
    for container in (*made["spec"]["initContainers"], *made["spec"]["containers"]):
        for each in filter(is_our_variable, container.get("env", ())):
            if not each["name"].startswith("OMAMORI_"):
                yield container["name"], each["name"]


def test_words() -> None:
    """A version, a key, a format, a write, an own name, what only the Pod knows."""
    seen = shown(POD)

    assert (seen.outcome, seen.mode, seen.place) == ("patched", "init", "pod.yaml:1")
    _, app, other = [each for each in seen.containers if each.kind != "ours"]
    assert {each.name: each.source for each in app.files} == {
        "/srv/in/hosts": "secret/data/hosts, version 3, as json",
        "/vault/secrets/computed": "a template",
        "/vault/secrets/known": "a template",
        "/vault/secrets/tls.pem": "certificate of pki/issue/shop",
        "/vault/secrets/vault-token": "a Vault token of its own",
    }
    assert [(each.name, each.by, each.source) for each in app.variables] == [
        ("PASSWORD", "launcher", "password of secret/data/db"),
        ("P_*", "launcher", "each key of secret/data/more"),
    ]
    assert [(each.name, each.by) for each in other.variables] == [("PASSWORD", "kubelet")]
    (login,) = seen.logins
    assert login.policy.splitlines() == [
        'path "pki/issue/shop" { capabilities = ["update"] }',
        'path "secret/data/hosts" { capabilities = ["read"] }',
        'path "secret/data/db" { capabilities = ["read"] }',
        'path "secret/data/more" { capabilities = ["read"] }',
    ]
    assert seen.unknown == ("template.omamori.dev/computed",)
