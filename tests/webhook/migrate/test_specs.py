"""The same request of the same Pod: what the webhook makes of the old and of the new annotations."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.webhook.builders import decided
from tests.support.webhook.vault_k8s import admitted, mounted, named, our_container, plan_in, theirs
from tests.webhook.migrate.cases import Json, migrated, pod_text, pods_in
from webhook.admission.annotations.pod_annotations import InjectionSpec
from webhook.admission.decision import Denied, Patched
from webhook.migrate.vault_k8s.equality import essence_of
from webhook.migrate.vault_k8s.options import Options

NAMES = st.sampled_from(["db", "DB-Creds", ".pgpass", "a_b", "conf.json", "x" * 40])
PATHS = st.sampled_from(["secret/data/shop/db", "kv1/x", "database/creds/shop", "secret/data/a b"])
BOOLEANS = st.sampled_from(["true", "false", "1", "f", ""])
TEMPLATES = st.sampled_from(
    [
        '{{ with secret "secret/data/shop/db" }}{{ .Data.data.password }}{{ end }}',
        '{{- with secret "secret/data/shop/db?version=2" -}}{{ index .Data.data "a-b" }}{{ end -}}',
        '{{ with secret "database/creds/shop" }}{{ .Data.password }}{{ end }}',
        '{{ with secret "kv1/x" }}{{ .Data.k | base64Decode }}{{ end }}',
        '{{ with secret "secret/data/x" }}{{ range $k, $v := .Data.data }}\n  {{ $k }}={{ $v }} {{ end }}{{ end }}\n\n',
        '{{ with secret "secret/data/x" }}{{ if .Data.data.y }}1{{ end }}{{ end }}',
        "\t{{ timestamp }}\r\n",
        '{{ env "POD_IP" }}',
        "{{ broken",
        "no action",
    ]
)
OF_THE_POD = {
    "role": st.sampled_from(["shop", "a.b"]),
    "agent-pre-populate-only": BOOLEANS,
    "agent-pre-populate": BOOLEANS,
    "agent-init-first": BOOLEANS,
    "agent-inject-containers": st.sampled_from(["app", "app, worker", "worker,nothing"]),
    "agent-inject-default-template": st.sampled_from(["map", "JSON"]),
    "agent-inject-token": BOOLEANS,
    "agent-limits-cpu": st.sampled_from(["500m", "", "0"]),
    "agent-limits-mem": st.sampled_from(["256Mi", "1Gi", "8Mi"]),
    "agent-requests-mem": st.sampled_from(["32Mi", ""]),
    "agent-run-as-user": st.sampled_from(["0", "1500", "100"]),
    "agent-run-as-group": st.sampled_from(["0", "1500"]),
    "agent-run-as-same-user": BOOLEANS,
    "agent-share-process-namespace": BOOLEANS,
    "secret-volume-path": st.sampled_from(["/srv/secrets", "/etc/app/s"]),
    "preserve-secret-case": BOOLEANS,
    "template-static-secret-render-interval": st.sampled_from(["1m", "90", "3600s", ""]),
    "log-level": st.just("debug"),
    "auth-type": st.just("kubernetes"),
    "nothing": st.just("x"),
}
OF_A_SECRET = {
    "agent-inject-secret-": PATHS,
    "agent-inject-template-": TEMPLATES,
    "agent-inject-file-": st.sampled_from(["conf/app.ini", "db", "with blank"]),
    "agent-inject-perms-": st.sampled_from(["0400", "640", "444"]),
    "secret-volume-path-": st.sampled_from(["/srv/other", "/srv/secrets"]),
    "agent-inject-command-": st.sampled_from(["pkill -HUP app", "true"]),
    "error-on-missing-key-": BOOLEANS,
    "agent-template-left-delim-": st.just("{{"),
}


@st.composite
def asked(draw: st.DrawFn) -> dict[str, str]:
    """Annotations of vault-k8s, in any order."""
    found = {"agent-inject": "true", "role": "shop"}
    for name in draw(st.lists(st.sampled_from(list(OF_THE_POD)), max_size=5, unique=True)):
        found[name] = draw(OF_THE_POD[name])
    for secret in draw(st.lists(NAMES, min_size=1, max_size=3, unique=True)):
        kinds = draw(st.lists(st.sampled_from(list(OF_A_SECRET)), min_size=1, max_size=4, unique=True))
        for kind in {"agent-inject-secret-", *kinds} if draw(st.integers(0, 9)) else kinds:
            found[kind + secret] = draw(OF_A_SECRET[kind])
    return named(**{name: found[name] for name in draw(st.permutations(list(found)))})


@st.composite
def specs(draw: st.DrawFn) -> Json:
    """What a Pod is besides."""
    user: Json = draw(st.sampled_from([{}, {"securityContext": {"runAsUser": 1500}}]))
    init: Json = draw(st.sampled_from([{}, {"initContainers": [{"name": "first", "image": "x"}]}]))
    sharing: Json = draw(st.sampled_from([{}, {"shareProcessNamespace": True}]))
    return {"containers": [{"name": "app", "image": "x"}, {"name": "worker", "image": "x"}], **user, **init, **sharing}


def outcome_of(raw: Json) -> dict[str, Any]:
    """What the webhook makes of a Pod, without the names of annotations."""
    new, _ = admitted(raw, theirs())
    plan = plan_in(new)
    mounts = {
        each["name"]: mounted(new, each["name"])
        for kind in ("initContainers", "containers")
        for each in new["spec"].get(kind, [])
        if not each["name"].startswith("omamori-")
    }
    places = {f"/omamori/{name}": place for found in mounts.values() for place, name in found.items()}
    files: dict[tuple[str, str], tuple[str, tuple[Any, ...]]] = {}
    for each in plan.templates:
        takes_leases = each.allows_short_lease and plan.mode == "init"
        made = (each.text, each.file, each.left, each.right, takes_leases, each.optional)
        files[places[each.directory], each.name] = (each.mode, made)
    for output in plan.outputs:
        read = plan.reads[output.read]
        content = (read.path, read.version, read.login, output.key, output.format, output.decode)
        files[places[output.directory], output.name] = (output.mode, content)
    container = our_container(new)
    security = {name: each for name, each in container["securityContext"].items() if name != "runAsGroup"}
    return {
        "session": plan.sessions[0].role,
        "mounts": {name: set(found) for name, found in mounts.items()},
        "files": files,
        "staying": (plan.mode, plan.refresh_seconds, plan.on_change, plan.signal, plan.process),
        "order": [each["name"] for each in new["spec"]["initContainers"]],
        "kind": container.get("restartPolicy"),
        "security": security,
        "resources": container["resources"],
    }


@settings(max_examples=150)
@given(asked(), specs())
def test_the_same_request(annotations: dict[str, str], spec: Json) -> None:
    """What moves with its templates kept becomes the same Plan, mounts and container; what is refused stays."""
    text = pod_text(annotations, **spec)
    outcome = migrated(text, Options(keep_templates=True))
    (old,), (new,) = pods_in(text), pods_in(outcome.text)
    assert bool(outcome.moved) == (old != new)
    if not outcome.moved:
        assert outcome.stays
        return
    assert isinstance(decided(old, theirs()), Patched)
    assert not any(name.startswith("vault.hashicorp.com/agent") for name in new["metadata"]["annotations"])
    assert outcome_of(old) == outcome_of(new)


@settings(max_examples=60)
@given(asked(), specs())
def test_keys(annotations: dict[str, str], spec: Json) -> None:
    """Where a template becomes one key, all that is not in the file is the same."""
    text = pod_text(annotations, **spec)
    outcome = migrated(text)
    (old,), (new,) = pods_in(text), pods_in(outcome.text)
    if not outcome.moved:
        assert old == new
        return
    one, other = outcome_of(old), outcome_of(new)
    for each in (one, other):
        each["files"] = {place: mode for place, (mode, _) in each["files"].items()}
        each.pop("resources")
    assert one == other


def test_moves_often() -> None:
    """The properties are not of Pods that stay."""
    counts = {True: 0, False: 0}

    @settings(max_examples=60)
    @given(asked(), specs())
    def count(annotations: dict[str, str], spec: Json) -> None:
        counts[bool(migrated(pod_text(annotations, **spec)).moved)] += 1

    count()
    assert counts[True] > 15, counts


def test_essence_differs() -> None:
    """A difference is seen: in the mode of a file, in its text."""
    from webhook.admission.annotations.parse import parse_annotations  # noqa: PLC0415

    seen = []
    for mode, text in (("0400", "[[ timestamp ]]"), ("0444", "[[ timestamp ]]"), ("0400", "[[ timestamp]]")):
        found = {"template.omamori.dev/x": text, "template-options.omamori.dev/x": f"mode={mode}"}
        spec = parse_annotations({"metadata": {"annotations": found}})
        assert spec is not None
        seen.append(essence_of(spec))
    assert seen[0] != seen[1] != seen[2] != seen[0]


@pytest.mark.parametrize("name", ["agent-json-patch", "proxy-address", "client-cert"])
def test_refused_stays(name: str) -> None:
    """What the webhook refuses stays, with the annotation's name."""
    text = pod_text(named(agent_inject="true", role="shop", agent_inject_secret_db="a/b") | named(**{name: "x"}))
    assert isinstance(decided(pods_in(text)[0], theirs()), Denied)
    outcome = migrated(text)
    assert outcome.text == text
    assert name in outcome.stays[0]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("agent-configmap", "conf"),
        ("agent-extra-secret", "tls"),
        ("agent-json-patch", '[{"op": "add", "path": "/env/-", "value": {"name": "A", "value": "b"}}]'),
        ("agent-json-patch", '[{"op": "replace", "path": "/startupProbe/periodSeconds", "value": 9}]'),
    ],
)
def test_container_stays(name: str, text: str) -> None:
    """What the dialect honours of our container, and ours cannot say, stays."""
    text = pod_text(named(agent_inject="true", role="shop", agent_inject_secret_db="a/b") | named(**{name: text}))
    outcome = migrated(text)
    assert outcome.text == text
    assert name in outcome.stays[0]


def test_resources_of_a_patch() -> None:
    """Resources that a patch states become those of our annotation."""
    patch = '[{"op": "replace", "path": "/resources/limits/cpu", "value": "700m"}]'
    text = pod_text(named(agent_inject="true", role="shop", agent_inject_secret_db="a/b", agent_json_patch=patch))
    (old,), (new,) = pods_in(text), pods_in(migrated(text).text)
    assert new["metadata"]["annotations"]["omamori.dev/resources"] == "cpu-limit=700m"
    assert outcome_of(old)["resources"] == outcome_of(new)["resources"]


CLIENT = {"tls-secret": "client", "client-cert": "/vault/tls/tls.crt", "client-key": "/vault/tls/tls.key"}


@pytest.mark.parametrize(
    ("kind", "annotations"),
    [
        ("approle", {"agent-extra-secret": "ids", "auth-config-role-id-file-path": "/vault/custom/role-id"}),
        ("cert", CLIENT),
        ("aws", {"auth-config-type": "iam"}),
    ],
)
def test_own_logins_stay(kind: str, annotations: dict[str, str]) -> None:
    """A login by what a Pod brings stays: ours are by the Pod's ServiceAccount."""
    usual = {"agent-inject": "true", "role": "shop", "agent-inject-secret-db": "a/b", "auth-type": kind}
    outcome = migrated(pod_text(named(**usual, **annotations)))
    assert not outcome.moved
    assert f"auth-type: ours log in with the Pod's ServiceAccount alone, never by {kind}" in outcome.stays[0]


def test_a_client_certificate_stays() -> None:
    """Ours show none, whatever the login."""
    usual = {"agent-inject": "true", "role": "shop", "agent-inject-secret-db": "a/b"}
    outcome = migrated(pod_text(named(**usual, **CLIENT)))
    assert not outcome.moved
    assert "client-cert: ours show no client certificate" in outcome.stays[0]


COMPARED = {
    *("files", "templates", "tokens", "role", "mode", "refresh_seconds", "on_change", "position", "resources"),
    *("containers", "directory", "run_as_user", "container"),
}
# what vault-k8s cannot ask for, what stays as it is (obstacles.py), and what is said of annotations
NOT_COMPARED = {
    *("annotations", "warnings", "renamed", "variables", "variable_sets", "env_delivery", "start", "vault", "login"),
    *("serves_init_containers", "shares_processes", "configuration", "directories"),
}


def test_each_field_of_a_request_is_compared_or_is_not_for_a_reason() -> None:
    """A new field of the request fails here until somebody has decided whether moving a Pod may change it."""
    assert {each.name for each in fields(InjectionSpec)} == COMPARED | NOT_COMPARED
    assert not COMPARED & NOT_COMPARED
