"""Hypothesis strategies: Pods as the API server may send them, and texts that annotations may hold.

pods()                any Pod, with and without our annotations, valid or not in detail, right in shape
annotated_pods()      Pods that ask for files in ways that are well formed; most of them are accepted
annotation_values()   anything, with what our grammar knows more often than by chance
json_values()         any JSON
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

NAMES = st.from_regex(r"[a-z]([-a-z0-9]{0,8}[a-z0-9])?", fullmatch=True)
COIN = st.sampled_from([False, True])
MOSTLY = st.sampled_from([True, True, True, False])
USERS = st.one_of(st.none(), st.sampled_from([0, 1000, 2000, 65532]))


def json_values() -> st.SearchStrategy[Any]:
    """Any JSON value of moderate size."""
    scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8)
    return st.recursive(
        scalars,
        lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=6), children, max_size=3),
        max_leaves=8,
    )


def annotation_values() -> st.SearchStrategy[str]:
    """Texts with the words of the grammar."""
    words = st.sampled_from(
        [
            *("secret/data/shop/db", "kv/x", "#", "@3", "@", "%41", "%", " ", "\n", "=", '"', '"a b"', "#password"),
            *("as=", "as=.pgpass", "dir=/x", "dir=", "format=env", "format=", "mode=0400", "mode=9", "containers=app"),
            *("decode=base64", "optional=true", "data.x=", 'data.x="a b"', "data.", "..", "/"),
            *("[[ . ]]", "{{", "volume:", "volume:own/a", 'delimiters="{{ }}"', "delimiters="),
        ]
    )
    return st.lists(words | st.text(max_size=4), max_size=6).map(" ".join) | st.lists(words, max_size=5).map("".join)


@st.composite
def security_contexts(draw: st.DrawFn) -> dict[str, Any]:
    """A security context with users and groups."""
    context: dict[str, Any] = {}
    for field in ("runAsUser", "runAsGroup"):
        value = draw(USERS)
        if value is not None:
            context[field] = value
    return context


@st.composite
def containers(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """One container with any of the fields that we read, and some that we do not."""
    container: dict[str, Any] = {"name": name, "image": draw(st.sampled_from(["a:1", "b:2"]))}
    if draw(COIN):
        container["securityContext"] = draw(security_contexts())
    if draw(COIN):
        paths = draw(st.lists(st.sampled_from(["/data", "/etc/app", "/vault", "/home/app"]), unique=True, max_size=2))
        container["volumeMounts"] = [{"name": "own", "mountPath": path} for path in paths]
    if draw(COIN):
        quantity = draw(st.sampled_from(["50m", "1"]))
        container["resources"] = {"limits": {"cpu": quantity, "memory": "64Mi"}}
    if draw(COIN):
        container["env"] = [{"name": "A", "value": draw(st.text(max_size=5))}]
    if draw(COIN):
        container["command"] = draw(
            st.sampled_from([["app"], ["/var/run/argo/argoexec", "emissary", "--", "app", "x"]])
        )
    if draw(COIN):
        container["args"] = draw(st.lists(st.text(max_size=5), max_size=3))
    if draw(COIN):
        container["futureField"] = draw(json_values())
    return container


@st.composite
def pods(draw: st.DrawFn, annotations: st.SearchStrategy[dict[str, str]] | None = None) -> dict[str, Any]:
    """A Pod, with the annotations of a strategy or with any."""
    names = draw(st.lists(NAMES, min_size=1, max_size=5, unique=True))
    split = draw(st.integers(1, len(names)))
    spec: dict[str, Any] = {"containers": [draw(containers(name)) for name in names[:split]]}
    has_empty_list: bool = draw(COIN)
    if names[split:] or has_empty_list:
        spec["initContainers"] = [draw(containers(name)) for name in names[split:]]
        for container in spec["initContainers"]:
            if draw(COIN):
                container["restartPolicy"] = "Always"
    if draw(COIN):
        spec["volumes"] = [{"name": "own", "emptyDir": {}}, {"name": "conf", "configMap": {"name": "conf"}}]
    if draw(COIN):
        spec["securityContext"] = draw(security_contexts()) | draw(st.sampled_from([{}, {"fsGroup": 3000}]))
    if draw(COIN):
        spec["serviceAccountName"] = draw(NAMES)
    if draw(COIN):
        spec["futureField"] = draw(json_values())
    if draw(st.integers(0, 9)) == 0:
        spec["nodeSelector"] = {"kubernetes.io/os": "windows"}
    if draw(COIN):
        spec["automountServiceAccountToken"] = False
    if draw(st.integers(0, 4)) == 0:
        spec["resources"] = {"limits": {"cpu": "100m", "memory": "32Mi"}}
    metadata: dict[str, Any] = {"generateName": "x-"}
    found = draw(_any_annotations(names) if annotations is None else annotations)
    has_empty_map: bool = draw(COIN)
    if found or has_empty_map:
        metadata["annotations"] = found
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def _any_annotations(names: list[str]) -> st.SearchStrategy[dict[str, str]]:
    keys = st.sampled_from(
        [
            *("file.omamori.dev/db", "file.omamori.dev/db.env", "FILE.omamori.dev/x", "file.omamori.dev/"),
            *("omamori.dev/role", "omamori.dev/vault", "omamori.dev/containers", "omamori.dev/position"),
            *("omamori.dev/run-as-user", "omamori.dev/resources", "omamori.dev/dir", "omamori.dev/inject"),
            *("omamori.dev/mode", "omamori.dev/nothing", "env.omamori.dev/X", "other.dev/x", "omamori.dev"),
            *("template.omamori.dev/t", "template-options.omamori.dev/t"),
        ]
    )
    values = annotation_values() | st.sampled_from(
        [*names, "first", "last", f"after:{names[-1]}", "true", "false", "1000"]
    )
    return st.dictionaries(keys, values, max_size=4)


@st.composite
def annotated_pods(draw: st.DrawFn) -> dict[str, Any]:
    """Pods that ask for files, of secrets or of templates, for variables, or for all, by either delivery."""
    references = st.sampled_from(["secret/data/a", "secret/data/b#k", "kv/c", "kv/c#k"])
    options = st.sampled_from(
        [
            "optional=true",
            "dir=/srv/x",
            "as=sub/name",
            "dir=/vault/secrets/in",
            "mode=0444",
            "mount=file",
            "dir=/etc mount=file",
        ]
    )
    values = references | references | references | st.builds("{} {}".format, references, options)
    files = st.dictionaries(NAMES.map("file.omamori.dev/{}".format), values, max_size=4)
    encoded = references | st.builds("{} {}".format, references, st.sampled_from(["optional=true", "encode=base64"]))
    names = st.sampled_from(["B_1", "x.y", "C", "D", "E", "A"]).map("env.omamori.dev/{}".format)
    annotations = {**draw(files), **draw(st.dictionaries(names, encoded, max_size=3))}
    texts = st.sampled_from(['[[ secret "kv/c" ]]', "$[[ . ]]é", "volume:conf/a"])
    for name, text in draw(st.dictionaries(st.sampled_from(["t1", "t2"]), texts, max_size=2)).items():
        annotations[f"template.omamori.dev/{name}"] = text
        if draw(COIN):
            annotations[f"template-options.omamori.dev/{name}"] = draw(options)
    if draw(st.integers(0, 3)) == 0:
        sets = st.sampled_from(["kv/c", "kv/c prefix=P_", "secret/data/b keys=a,b rename=a:A upper=true", "kv/c#m"])
        annotations["envfrom.omamori.dev/s"] = draw(sets)
    if "envfrom.omamori.dev/s" in annotations or draw(st.integers(0, 2)) == 0:
        annotations["omamori.dev/env-delivery"] = draw(st.sampled_from(["exec", "auto"]))
    if not annotations:
        annotations = {"env.omamori.dev/D": "kv/c#k"}
    pod: dict[str, Any] = draw(pods(annotations=st.just(annotations)))
    if draw(MOSTLY):
        _take_all(pod)
    return pod


def _take_all(pod: dict[str, Any]) -> None:
    """Give each container what most requests for secrets want of it: a command, and the volume of a template."""
    spec = pod["spec"]
    for container in (*spec["containers"], *spec.get("initContainers", [])):
        container.setdefault("command", ["app"])
    if "volumes" not in spec:
        spec["volumes"] = [{"name": "own", "emptyDir": {}}, {"name": "conf", "configMap": {"name": "conf"}}]
