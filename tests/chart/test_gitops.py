"""What GitOps tools ask of a chart (rule R3): the same bytes at each render, and no field that somebody else owns."""

from __future__ import annotations

import json
import re
from copy import deepcopy

import pytest

from tests.support.cluster.rendering import CHART, Document, Values, kits, merged, render

pytestmark = pytest.mark.real

# each gives another answer at another time, or at another cluster
UNSTEADY = re.compile(
    r"\b(lookup|gen(CA|PrivateKey|SelfSigned\w*|Signed\w*)|rand\w+|shuffle|uuidv4|now|date\w*|ago|htpasswd|bcrypt|"
    r"getHostByName|env|expandenv|Release\.(Revision|IsInstall|IsUpgrade|Time)|Capabilities)\b"
)


def actions(text: str) -> list[str]:
    """Give what stands in a template's braces, comments left out."""
    return re.findall(r"\{\{-?(?!-?\s*/\*)(.*?)-?\}\}", text, re.DOTALL)


@pytest.mark.parametrize("kit", sorted(kits()))
def test_same_bytes(kit: str) -> None:
    """Two renders are the same bytes."""
    assert render(kits()[kit]).text == render(kits()[kit]).text


def test_order_of_values_does_not_matter() -> None:
    """The same values in another order are the same bytes."""
    values = kits()["everything"]
    turned = dict(reversed(values.items())) | {"vaults": dict(reversed(values["vaults"].items()))}
    assert render(turned).text == render(values).text


def test_nothing_unsteady() -> None:
    """No template calls a function whose answer may be another one next time; NOTES.txt is applied to nothing."""
    looked_at = 0
    for file in (CHART / "templates").rglob("*"):
        if file.suffix not in {".yaml", ".tpl"}:
            continue
        found = [action for action in actions(file.read_text()) if UNSTEADY.search(re.sub(r'"[^"]*"', "", action))]
        assert found == [], file
        looked_at += 1
    assert looked_at > 15


@pytest.mark.parametrize("planted", ["{{ now }}", "{{- $x := genCA `a` 1 -}}", '{{ lookup "v1" "Secret" "a" "b" }}'])
def test_unsteady_is_found(planted: str) -> None:
    """The search finds what it looks for."""
    assert UNSTEADY.search(actions(f"a: {planted} # b")[0])


def test_no_bundle_key() -> None:
    """The key of the CA is not there at all, so that whoever writes it owns it; but where the CA is a value."""
    for kit, values in kits().items():
        for (kind, _), each in render(values).documents.items():
            if kind == "MutatingWebhookConfiguration":
                assert ("caBundle" in each["webhooks"][0]["clientConfig"]) is (kit in {"own-ca", "given-authority"})


def test_job_has_a_name_of_its_own() -> None:
    """A Job cannot be changed, so other files are another Job; the same files are the same one."""
    kit = kits()["everything"]
    other = {**kit, "accessFiles": {**kit["accessFiles"], "files": {"shop.yaml": "accessVersion: 1\n"}}}
    names = [next(name for kind, name in render(each).documents if kind == "Job") for each in (kit, other, kit)]
    assert names[0] == names[2] != names[1]


@pytest.mark.parametrize(
    "more",
    [
        {"nodeSelector": {"a": "b"}, "accessFiles": {"nodeSelector": None}},
        {"commonLabels": {"a": "b"}},
        {"images": {"pullSecrets": ["other"]}},
        {"securityContext": {"privileged": False}},
        {"accessFiles": {"tokenSecret": {"key": "other"}}},
    ],
    ids=str,
)
def test_another_pod_is_another_job(more: Values) -> None:
    """What changes the Job's Pod, wherever it is said, makes another Job: Kubernetes would refuse the change."""
    kit = kits()["everything"]
    (one,), (other,) = (jobs(values) for values in (kit, merged(kit, more)))
    assert one["spec"]["template"] != other["spec"]["template"]
    assert one["metadata"]["name"] != other["metadata"]["name"]


def test_what_is_no_matter_of_the_job() -> None:
    """What does not change the Job's Pod leaves its name: it is not run again for nothing."""
    kit = kits()["everything"]
    assert jobs(kit) == jobs(merged(kit, {"replicas": 7, "webhook": {"nodeSelector": {"a": "b"}}}))


def jobs(values: Values) -> list[Document]:
    """Give the Jobs that are rendered."""
    return [each for (kind, _), each in render(values).documents.items() if kind == "Job"]


def test_common_labels_select_nothing() -> None:
    """The labels of all objects are at each of them and at each Pod, and in no selector, which could not be changed."""
    kit = kits()["everything"]
    label, other = "example.com/cost", merged(kit, {"commonLabels": {"example.com/cost": "43"}})
    rendered, changed = render(kit), render(other)
    for (kind, name), each in rendered.documents.items():
        if "extra" in name or name == "as-text":
            continue
        assert each["metadata"]["labels"][label] == "42"
        template = each["spec"].get("template") if "spec" in each else None
        assert template is None or template["metadata"]["labels"][label] == "42"
        if kind != "Job":
            assert text_without_labels(each) == text_without_labels(changed[kind, name])


def text_without_labels(document: Document) -> str:
    """Give an object without its own labels and those of its Pods."""
    copy = deepcopy(document)
    del copy["metadata"]["labels"]
    if "template" in copy.get("spec", {}):
        del copy["spec"]["template"]["metadata"]["labels"]
    return json.dumps(copy)


def test_no_tracking_labels() -> None:
    """No object says which tool or which release of the chart made it: Helm itself adds what it needs (rule R16)."""
    for each in render(kits()["everything"]).documents.values():
        labels = each["metadata"]["labels"]
        assert not {"helm.sh/chart", "app.kubernetes.io/managed-by"} & set(labels)


@pytest.mark.parametrize(
    ("release", "name"), [("omamori", "omamori"), ("my-omamori", "my-omamori"), ("prod", "prod-omamori")]
)
def test_names(release: str, name: str) -> None:
    """Everything has the release's name, and refers to what is there."""
    rendered = render(kits()["least"], name=release, namespace="elsewhere")
    parts = {name, *(f"{name}-{part}" for part in ("backstop", "misplaced", "controller"))}
    assert {each for _, each in rendered.documents} == parts
    service = rendered["MutatingWebhookConfiguration", name]["webhooks"][0]["clientConfig"]["service"]
    assert (service["name"], service["namespace"]) == (name, "elsewhere")
    assert all(each["metadata"].get("namespace", "elsewhere") == "elsewhere" for each in rendered.documents.values())


def test_long_name() -> None:
    """With the longest name of a release no object's name is too long for what Kubernetes makes of it."""
    rendered = render(kits()["least"], name="a" * 53)
    assert all(len(name) <= 63 for _, name in rendered.documents)


def test_service_finds_the_webhook() -> None:
    """The Service, the budget and the policy select the webhook's Pods, and not the controller's."""
    rendered = render(kits()["everything"])
    labels = {
        name: rendered["Deployment", name]["spec"]["template"]["metadata"]["labels"]
        for name in ("charm", "charm-controller")
    }
    selectors = [
        rendered["Service", "charm"]["spec"]["selector"],
        rendered["PodDisruptionBudget", "charm"]["spec"]["selector"]["matchLabels"],
        rendered["NetworkPolicy", "charm"]["spec"]["podSelector"]["matchLabels"],
    ]
    for selector in selectors:
        assert selector.items() <= labels["charm"].items()
        assert not selector.items() <= labels["charm-controller"].items()
