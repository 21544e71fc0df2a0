"""deploy/kustomize/annotate: the component, built by kustomize, annotates what it says, with every overlay around it.

The test T-KUS-1 of the list of deployment systems.
"""

from __future__ import annotations

import shutil
import subprocess
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.docs.pages import DOCS, PROJECT
from tests.docs.test_with import files_and_variables, found_in
from tests.ecosystem.manifests import annotations_of, explain, is_its_own, lint, objects_with_pods, without
from tests.realparts.parts import part
from tests.support.webhook.builders import patched
from webhook.workloads.manifest import Manifest, parse_manifests
from webhook.workloads.registry import KINDS, find_pods

COMPONENT = PROJECT / "deploy/kustomize/annotate"
YAML_READER = YAML(typ="safe", pure=True)
MEANT = {
    "file.omamori.dev/db.env": "secret/data/shop/db dir=/srv/db",
    "env.omamori.dev/DB_PASSWORD": "secret/data/shop/db#password@3",
}
NAMES = {
    "vault.hashicorp.com/agent-configmap": "conf",
    "vault.hashicorp.com/agent-extra-secret": "extra",
    "vault.hashicorp.com/tls-secret": "extra",
}
# kinds of which only what has annotations is annotated
ONLY_ANNOTATED = {"AnalysisTemplate", "ClusterAnalysisTemplate", "AnalysisRun", "EventBus"}
OBJECTS = list({(each["kind"], each["metadata"]["name"]): each for each in objects_with_pods()}.values())
OVERLAYS: dict[str, dict[str, Any]] = {
    "prefix": {"namePrefix": "dev-"},
    "suffix": {"nameSuffix": "-eu"},
    "both": {"namePrefix": "dev-", "nameSuffix": "-eu", "labels": [{"pairs": {"team": "shop"}}]},
}
real = pytest.mark.real


def write(file: Path, value: Any) -> None:
    """Write a YAML file, and its folder."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as opened:
        YAML().dump(value, opened)


def with_annotations(value: Any, name: str = "") -> Any:
    """Give an object with an empty map of annotations wherever its kind needs one to be annotated."""
    if isinstance(value, dict):
        made = {key: with_annotations(each, key) for key, each in value.items()}
        is_place = (name == "template" and "spec" in value) or name in {"jetstream", "native"}
        return {**made, "metadata": {"annotations": {}, **made.get("metadata", {})}} if is_place else made
    return [with_annotations(each) for each in value] if isinstance(value, list) else value


def application(folder: Path, objects: list[Any], annotations: dict[str, str] | None, **more: Any) -> Path:
    """Write a kustomization of some objects, with the component if there are annotations, and its names."""
    kustomization: dict[str, Any] = {
        "resources": [],
        "configMapGenerator": [{"name": "conf", "namespace": "cases", "literals": ["a=b"]}],
    }
    kustomization |= {"secretGenerator": [{"name": "extra", "namespace": "cases", "literals": ["a=b"]}], **more}
    for number, each in enumerate(objects):
        write(folder / f"{number}.yaml", each)
        kustomization["resources"].append(f"{number}.yaml")
    if annotations is not None:
        shutil.copytree(COMPONENT, folder / "annotate")
        transformer = YAML_READER.load((COMPONENT / "annotations.yaml").read_text())
        write(folder / "annotate/annotations.yaml", transformer | {"annotations": annotations})
        kustomization["components"] = ["annotate"]
    write(folder / "kustomization.yaml", kustomization)
    return folder


def build(folder: Path) -> dict[tuple[str, str], Any]:
    """Build a kustomization by kubectl: the objects by kind and name."""
    command: list[str | Path] = [part("kubernetes") / "bin/kubectl", "kustomize", folder]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {(each.kind, each.metadata["name"]): dict(each.value) for each in parse_manifests("built.yaml", text)}


def overlaid(folder: Path, base: Path, overlay: dict[str, Any]) -> dict[tuple[str, str], Any]:
    """Build an overlay of a base."""
    write(folder / "kustomization.yaml", {"resources": [f"../{base.name}"], **overlay})
    return build(folder)


def renamed(name: str, overlay: dict[str, Any]) -> str:
    """Give a name as the overlay makes it."""
    return f"{overlay.get('namePrefix', '')}{name}{overlay.get('nameSuffix', '')}"


def test_every_kind_has_its_places() -> None:
    """The field specs have the places of every kind that omamori knows Pods of, but those that need a name."""
    specs = YAML_READER.load((COMPONENT / "annotations.yaml").read_text())["fieldSpecs"]
    rows = {(each.get("group", ""), each["kind"], each["path"].replace("/", ".")) for each in specs}
    groups = {kind.name: kind.api_version.rpartition("/")[0] for kind in KINDS}
    wanted = {
        (groups[kind.name], kind.name, place.replace("[]", ""))
        for kind in KINDS
        for place in kind.places.split(", ")
        if " " not in place and not place.endswith("templates[].metadata.annotations")
    }

    assert rows == wanted
    assert {each["kind"] for each in specs if "create" not in each} == ONLY_ANNOTATED


def test_every_place_has_its_names() -> None:
    """The names of ConfigMaps and Secrets are followed in each of these places, and in templates of Workflows."""
    specs = YAML_READER.load((COMPONENT / "annotations.yaml").read_text())["fieldSpecs"]
    places = {each["path"] for each in specs}
    places |= {f"spec/{each}templates/metadata/annotations" for each in ("", "workflowSpec/")}
    names = YAML_READER.load((COMPONENT / "names.yaml").read_text())["nameReference"]

    followed = {(each["kind"], spec["path"]) for each in names for spec in each["fieldSpecs"]}
    keys = {key.replace("/", "\\/"): "ConfigMap" if key.endswith("configmap") else "Secret" for key in NAMES}
    assert followed == {(kind, f"{place}/{key}") for key, kind in keys.items() for place in places}


@real
def test_every_pod_asks_for_it(tmp_path: Path) -> None:
    """Each Pod of each kind has the annotations, all else is as it was, and lint finds nothing."""
    objects = [with_annotations(each) for each in OBJECTS]
    made = build(application(tmp_path / "with", objects, MEANT))
    plain = build(application(tmp_path / "without", objects, None))

    assert made.keys() == plain.keys()
    assert {kind for kind, _ in made} == {kind.name for kind in KINDS} | {"ConfigMap", "Secret"}
    for key, value in made.items():
        assert without(value, set(MEANT)) == without(plain[key], set()), key
        for pod in filter(is_its_own, find_pods(Manifest(value))):
            assert annotations_of(pod) == MEANT, key
        assert [each for each in lint(value) if each.rule != "reference"] == []


@real
def test_only_what_has_annotations(tmp_path: Path) -> None:
    """A metric without a Job gets none, and a bus no second type; what has no annotations there is left alone."""
    objects = [each for each in OBJECTS if each["kind"] in ONLY_ANNOTATED]
    made = build(application(tmp_path / "with", objects, MEANT))
    plain = build(application(tmp_path / "without", objects, None))

    assert len(objects) >= 5
    assert made == plain


@real
@pytest.mark.parametrize("overlay", OVERLAYS.values(), ids=OVERLAYS)
def test_overlays(tmp_path: Path, overlay: dict[str, Any]) -> None:
    """Around the component an overlay changes nothing of what the Pods get, but the ServiceAccount that logs in."""
    objects = [with_annotations(each) for each in OBJECTS]
    base = application(tmp_path / "base", objects, MEANT)
    plain = build(base)
    made = overlaid(tmp_path / "overlay", base, overlay)

    shown = {key: explain(value) for key, value in plain.items()}
    assert sum(map(len, shown.values())) > 20
    for (kind, name), pods in shown.items():
        others = explain(made.get((kind, renamed(name, overlay)), {}))
        assert [(each.mode, each.containers) for each in pods] == [(each.mode, each.containers) for each in others]
        assert [each for each in lint(made.get((kind, renamed(name, overlay)), {})) if each.rule != "reference"] == []


@real
def test_kinds_that_kustomize_does_not_know(tmp_path: Path) -> None:
    """A prefix renames the ServiceAccount and the volumes' ConfigMaps of a Deployment; of a Rollout it does not."""
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "checkout", "namespace": "cases"}}
    some = [deepcopy(next(each for each in OBJECTS if each["kind"] == kind)) for kind in ("Deployment", "Rollout")]
    for each in some:
        spec = each["spec"]["template"]["spec"]
        spec |= {"serviceAccountName": "checkout", "volumes": [{"name": "conf", "configMap": {"name": "conf"}}]}
    base = application(tmp_path / "base", [account, *some], MEANT)

    made = overlaid(tmp_path / "overlay", base, {"namePrefix": "dev-"})

    (conf,) = [name for kind, name in made if kind == "ConfigMap"]
    seen = {}
    for (kind, _), value in made.items():
        for pod in explain(value):
            seen[kind] = (pod.logins[0].role, value["spec"]["template"]["spec"]["volumes"][0]["configMap"]["name"])
    assert seen == {"Deployment": ("cases.dev-checkout", conf), "Rollout": ("cases.checkout", "conf")}


@real
def test_names_in_annotations(tmp_path: Path) -> None:
    """The names in annotations of the Vault Agent Injector are those of the generated objects, in every kind."""
    objects = [with_annotations(each) for each in OBJECTS]
    base = application(tmp_path / "base", objects, NAMES)

    made = overlaid(tmp_path / "overlay", base, OVERLAYS["both"])

    (conf,) = [name for kind, name in made if kind == "ConfigMap"]
    (extra,) = [name for kind, name in made if kind == "Secret"]
    assert conf.startswith("dev-conf-eu-")
    followed = dict(zip(NAMES, (conf, extra, extra), strict=True))
    left = set()
    for (kind, _), value in made.items():
        for pod in filter(is_its_own, find_pods(Manifest(value))):
            if annotations_of(pod) != followed:
                left.add(kind)
    # no namespace says which ConfigMap is meant
    assert left == {kind.name for kind in KINDS if not kind.is_namespaced}


@real
def test_a_volume_of_templates(tmp_path: Path) -> None:
    """A template names the Pod's volume; kustomize renames the ConfigMap in it, and our container mounts that."""
    deployment = deepcopy(next(each for each in OBJECTS if each["kind"] == "Deployment"))
    deployment["spec"]["template"]["spec"]["volumes"] = [{"name": "templates", "configMap": {"name": "conf"}}]
    asked = {"template.omamori.dev/app.conf": "volume:templates/app.conf"}
    base = application(tmp_path / "base", [deployment], asked)

    made = overlaid(tmp_path / "overlay", base, OVERLAYS["both"])

    (conf,) = [name for kind, name in made if kind == "ConfigMap"]
    (pod,) = find_pods(Manifest(made["Deployment", "dev-deployment-eu"]))
    spec = patched(dict(pod.pod))["spec"]
    volumes = {each["name"]: each.get("configMap", {}).get("name") for each in spec["volumes"]}
    assert conf in {volumes[mount["name"]] for mount in spec["initContainers"][0]["volumeMounts"]}


@real
def test_example_of_the_page(tmp_path: Path) -> None:
    """The example of docs/with/kustomize.md, with a copy of the component, gives what the page says."""
    page = DOCS / "with/kustomize.md"
    shutil.copytree(DOCS / "with/examples/kustomize", tmp_path / "app")
    shutil.copytree(COMPONENT, tmp_path / "app/omamori")

    made = build(tmp_path / "app")

    pods = [pod for value in made.values() for pod in explain(value)]
    assert [finding for value in made.values() for finding in lint(value)] == []
    assert files_and_variables(pods) == found_in(page)
    assert [len(files_and_variables([pod])) for pod in pods] == [1, 2]
