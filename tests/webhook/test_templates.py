"""Go templates in annotations: what becomes of them in the Plan and in the Pod, and what cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.webhook.builders import decided, ours, patched, plan_of, pod, reasons, secured, settings, spec_of
from vault.contract.plan import Template
from vault.gotemplate.limits import Limits
from webhook.admission.annotations.dialects import DIALECTS
from webhook.admission.annotations.parse import parse_annotations
from webhook.admission.decision import Denied, Patched, Unchanged
from webhook.admission.limits import MAX_DELIVERY_BYTES, MAX_TEMPLATE_BYTES, MAX_WORDS
from webhook.admission.plan import volumes
from webhook.doctor.dry_run import is_unserved

TEXT = '[[ with secret "secret/data/shop/db" ]]postgres://[[ .Data.data.username ]]@db/shop[[ end ]]\n'
ONE = {"template.omamori.dev/db.url": TEXT}
OPTIONS = "template-options.omamori.dev/db.url"
IN_VOLUME = {"template.omamori.dev/app.conf": "volume:conf/app.conf.tpl"}
CONFIG_MAP = {"name": "conf", "configMap": {"name": "shop-conf", "optional": True}}


def test_text_in_the_plan() -> None:
    """The text goes into the Plan as it is, with our delimiters, and needs no call that the webhook knows."""
    plan = plan_of(pod(ONE))

    assert plan.reads == ()
    assert plan.templates == (
        Template(
            directory="/omamori/omamori-files-0",
            name="db.url",
            mode="0444",
            text=TEXT,
            seen_at="/vault/secrets",
            annotation="template.omamori.dev/db.url",
        ),
    )


def test_options_in_the_plan() -> None:
    """Options mean what they mean for a file; another pair of delimiters is in the Plan."""
    options = 'as=url dir=/srv/app mode=0400 optional=true allow-short-lease=true delimiters="{{ }}" containers=app'
    annotations = {"template.omamori.dev/db.url": '{{ secret "kv/a" }}', OPTIONS: options}
    raw = pod(annotations, containers=[{"name": "app", "securityContext": secured(1000)}, {"name": "other"}])
    (template,) = plan_of(raw).templates

    assert (template.name, template.mode, template.optional) == ("url", "0400", True)
    assert (template.left, template.right, template.allows_short_lease) == ("{{", "}}", True)
    added = spec_of(raw)
    assert [each["mountPath"] for each in added["/spec/containers/0/volumeMounts"]] == ["/srv/app"]
    assert "/spec/containers/1/volumeMounts" not in added


def test_beside_files_and_variables() -> None:
    """Files and templates of a directory share a volume; each has its place in the Plan."""
    annotations = {"file.omamori.dev/mail": "kv/mail#k", **ONE, "env.omamori.dev/A": "kv/a#k"}
    plan = plan_of(pod(annotations))

    assert [each.name for each in plan.outputs] == ["mail"]
    assert [(each.directory, each.name) for each in plan.templates] == [("/omamori/omamori-files-0", "db.url")]
    assert [each.path for each in plan.reads] == ["kv/mail", "kv/a"]
    added = spec_of(pod(annotations))
    names = [each["name"] for each in added["/spec/volumes"]]
    assert names == ["omamori-token", "omamori-files-0", "omamori-env", "omamori-env-check"]


@pytest.mark.parametrize("mode", [{"omamori.dev/mode": "sidecar"}, {"omamori.dev/start": "fast"}, {}])
def test_modes(mode: dict[str, str]) -> None:
    """A template is made in every mode, and a second call changes nothing."""
    new = patched(pod({**ONE, **IN_VOLUME, **mode}, volumes=[CONFIG_MAP]))
    (container,) = new["spec"]["initContainers"]
    assert container.get("restartPolicy") == ("Always" if mode else None)
    assert len(plan_of(pod({**ONE, **mode})).templates) == 1


@pytest.mark.parametrize(
    "volume",
    [
        CONFIG_MAP,
        {"name": "conf", "configMap": {"name": "x"}, "secret": None},
        {"name": "conf", "projected": {"sources": [{"configMap": {"name": "a"}}, {"configMap": {"name": "b"}}]}},
    ],
)
def test_file_of_a_volume(volume: dict[str, Any]) -> None:
    """Several templates of a volume are mounted once, read-only, as a whole, and in our container alone."""
    annotations = {**IN_VOLUME, "template.omamori.dev/b": "volume:conf/d/b.tpl"}
    raw = pod(annotations, volumes=[volume])

    mounts = [each for each in ours(raw)["volumeMounts"] if each["name"] == "conf"]
    assert mounts == [{"name": "conf", "mountPath": "/omamori/templates/conf", "readOnly": True}]
    assert [(each.text, each.file) for each in plan_of(raw).templates] == [
        ("", "/omamori/templates/conf/app.conf.tpl"),
        ("", "/omamori/templates/conf/d/b.tpl"),
    ]
    new = patched(raw)
    assert new["spec"]["volumes"][0] == volume
    assert [each["name"] for each in new["spec"]["containers"][0]["volumeMounts"]] == ["omamori-files-0"]


SECRET_SOURCE = {"sources": [{"configMap": {"name": "a"}}, {"secret": {"name": "b"}}]}


@pytest.mark.parametrize(
    ("found", "says"),
    [
        ([], "there is no volume 'conf' in the Pod; add one, with configMap"),
        (None, "there is no volume 'conf'"),
        (
            [{"name": "conf", "emptyDir": {}}],
            "is of the kind emptyDir; a template is read from a configMap volume only",
        ),
        ([{"name": "conf", "secret": {"secretName": "x"}}], "is of the kind secret"),
        ([{"name": "conf", "hostPath": {"path": "/"}}], "is of the kind hostPath"),
        ([{"name": "conf", "configMap": {}, "hostPath": {"path": "/"}}], "is of the kind configMap, hostPath"),
        ([{"name": "conf", "projected": SECRET_SOURCE}], "is of the kind projected, of configMap, secret"),
        ([{"name": "conf", "projected": {"sources": [{}]}}], "is of the kind projected, of nothing"),
        ([{"name": "conf", "projected": {}}], "is of the kind projected, of nothing"),
        ([{"name": "conf"}], "is of the kind nothing"),
    ],
)
def test_a_volume_that_is_none_of_config_maps(found: Any, says: str) -> None:
    """What others may write, or what is secret, is no template; the reason says what the volume is."""
    decision = decided(pod(IN_VOLUME, volumes=found))
    assert isinstance(decision, Denied)
    assert decision.reason == "volume"
    assert decision.problems[0].where == "template.omamori.dev/app.conf"
    assert says in decision.problems[0].what


@pytest.mark.parametrize("name", ["omamori-token", "omamori-files-0", "omamori-state"])
def test_our_own_volumes_are_no_templates(name: str) -> None:
    """A volume of ours is none at the first call, and of another kind at the second."""
    asked = {"template.omamori.dev/a": f"volume:{name}/token"}
    assert reasons(pod(asked)) == ["volume"]
    copied = patched(pod({**ONE, "omamori.dev/mode": "sidecar"}))
    copied["metadata"]["annotations"].update(asked)
    assert reasons(copied) == ["volume"]


def test_what_others_leave_in_the_mount() -> None:
    """A default of the API server stays; a sub-path, by which another file would be the template, does not."""
    stored = patched(pod(IN_VOLUME, volumes=[CONFIG_MAP]))
    (mount,) = [each for each in stored["spec"]["initContainers"][0]["volumeMounts"] if each["name"] == "conf"]
    mount["recursiveReadOnly"] = "Disabled"
    assert isinstance(decided(stored), Unchanged)
    mount["subPath"] = "other"
    (again,) = [each for each in patched(stored)["spec"]["initContainers"][0]["volumeMounts"] if each["name"] == "conf"]
    assert again == {
        "name": "conf",
        "mountPath": "/omamori/templates/conf",
        "readOnly": True,
        "recursiveReadOnly": "Disabled",
    }


def test_a_template_that_goes_away() -> None:
    """Without its annotation, a copied Pod's mount of the volume goes, and the volume stays: it is the author's."""
    stored = patched(pod({**ONE, **IN_VOLUME}, volumes=[CONFIG_MAP]))
    del stored["metadata"]["annotations"]["template.omamori.dev/app.conf"]
    again = patched(stored)["spec"]
    assert "conf" not in [each["name"] for each in again["initContainers"][0]["volumeMounts"]]
    assert again["volumes"][0] == CONFIG_MAP


@pytest.mark.parametrize(
    ("annotations", "reason"),
    [
        ({**ONE, "file.omamori.dev/db.url": "kv/a#k"}, "duplicate"),
        ({**ONE, "file.omamori.dev/a": "kv/a#k as=db.url/x"}, "duplicate"),
        ({**ONE, "template.omamori.dev/a": TEXT, "template-options.omamori.dev/a": "as=db.url"}, "duplicate"),
        ({**ONE, "file.omamori.dev/a": "kv/a#k dir=/vault/secrets/db.url"}, "duplicate"),
        ({**ONE, OPTIONS: "containers=none"}, "containers"),
        ({**ONE, OPTIONS: "dir=/data"}, "mount"),
        ({**ONE, OPTIONS: "mode=0400"}, "mode"),
        ({**ONE, OPTIONS: "mode=0999"}, "annotation"),
        ({**ONE, "omamori.dev/resources": "memory-limit=48Mi"}, "resources"),
    ],
)
def test_refused(annotations: dict[str, str], reason: str) -> None:
    """What holds for a file holds for a template."""
    app = {"name": "app", "volumeMounts": [{"name": "own", "mountPath": "/data"}], "securityContext": secured(1)}
    spec = {"containers": [app, {"name": "other", "securityContext": secured(2)}]}
    assert set(reasons(pod(annotations, **spec))) == {reason}


def test_windows() -> None:
    """A Pod for Windows is refused for a template, too."""
    assert reasons(pod(ONE, os={"name": "windows"})) == ["windows"]


def test_a_mode_that_may_be_unreadable() -> None:
    """Where the user is not known, a template's mode is warned of by its annotation."""
    decision = decided(pod({**ONE, OPTIONS: "mode=0400"}))
    assert isinstance(decision, Patched)
    assert decision.warnings[0].startswith("template.omamori.dev/db.url: mode=0400 may be unreadable")


def test_a_tool_that_is_named() -> None:
    """A tool's container that a template names gets no more at the second call, which adds nothing."""
    annotations = {**ONE, "file.omamori.dev/own": "kv/a#k", OPTIONS: "containers=istio-proxy"}
    new = patched(pod(annotations, containers=[{"name": "app"}, {"name": "istio-proxy"}]))
    volumes_of = [container["volumeMounts"][0]["name"] for container in new["spec"]["containers"]]
    assert volumes_of == ["omamori-files-0", "omamori-files-1"]


def test_all_problems_at_once() -> None:
    """Problems of a text, of options and of others come in one message, each with its annotation."""
    annotations = {
        "template.omamori.dev/a": "no action",
        "template-options.omamori.dev/b": "mode=9 format=json",
        "template.omamori.dev/b": " ",
        "template.omamori.dev/c": "volume:v/../x",
        "omamori.dev/role": "a/b",
    }
    decision = decided(pod(annotations))
    assert isinstance(decision, Denied)
    assert [problem.where for problem in decision.problems] == [
        "template.omamori.dev/a",
        *["template-options.omamori.dev/b"] * 2,
        *["template.omamori.dev/b", "template.omamori.dev/c", "omamori.dev/role"],
    ]


def test_words_of_a_text() -> None:
    """A text may have more blanks and commas than options may: nothing is made of each of them."""
    text = TEXT + "a, b\n" * (MAX_WORDS + 1)
    assert isinstance(decided(pod({"template.omamori.dev/a": text})), Patched)
    assert reasons(pod({"file.omamori.dev/a": "kv/a#k" + " " * (MAX_WORDS + 1)})) == ["too-large"]
    assert reasons(pod({**ONE, OPTIONS: "mode=0400" + " " * (MAX_WORDS + 1)})) == ["too-large"]


@pytest.mark.parametrize(("more", "refused"), [(0, False), (1, True)])
def test_size_of_a_text(more: int, refused: bool) -> None:
    """A text that the agent's parser would refuse for its size is refused, counted in bytes."""
    text = TEXT + "é" * ((MAX_TEMPLATE_BYTES - len(TEXT.encode())) // 2)
    text += "x" * (MAX_TEMPLATE_BYTES - len(text.encode()) + more)
    decision = decided(pod({"template.omamori.dev/a": text}))
    assert isinstance(decision, Denied) == refused


def test_size_of_all_texts() -> None:
    """The Plan has a text once for each group of containers with the same files; all of them are bounded."""
    text = TEXT + "x" * (MAX_TEMPLATE_BYTES - len(TEXT))
    own = {f"file.omamori.dev/{name}": f"kv/a#k containers={name}" for name in "abc"}
    three = [{"name": name} for name in "abc"]
    assert isinstance(decided(pod({"template.omamori.dev/t": text}, containers=three)), Patched)
    annotations = {"template.omamori.dev/t": text, **own}
    assert 3 * len(text) > MAX_DELIVERY_BYTES
    assert reasons(pod(annotations, containers=three)) == ["too-large"]


def test_bounds_of_the_agent() -> None:
    """What the webhook leaves room for is what the agent allows."""
    assert Limits().text_bytes == MAX_TEMPLATE_BYTES
    assert Limits().output_bytes == volumes.TEMPLATE_BYTES


def test_room_for_the_output() -> None:
    """A volume has room for two outputs as large as a template's may be, and our container's limit for all of it."""
    added = spec_of(pod(ONE))
    (files,) = [each for each in added["/spec/volumes"] if each["name"] == "omamori-files-0"]
    assert files["emptyDir"]["sizeLimit"] == "3Mi"
    assert reasons(pod({**ONE, "omamori.dev/resources": "memory-limit=50Mi"})) == ["resources"]
    assert patched(pod({**ONE, "omamori.dev/resources": "memory-limit=51Mi"}))


def test_unparsed_options_say_nothing_of_the_text() -> None:
    """Where the delimiters are not known, a text is not blamed for having none of them."""
    decision = decided(pod({"template.omamori.dev/db.url": "{{ . }}", OPTIONS: "delimiters={{"}))
    assert isinstance(decision, Denied)
    assert [problem.where for problem in decision.problems] == [OPTIONS]


def test_it_asks_for_a_secret() -> None:
    """A template alone is something to inject, and its prefix is among those of the dialect."""
    spec = parse_annotations(pod(ONE))
    assert spec is not None
    assert not spec.warnings
    assert "template.omamori.dev" in DIALECTS[0].prefixes
    assert isinstance(decided(pod({**ONE, "omamori.dev/inject": "false"}), settings()), Unchanged)
    assert is_unserved(pod(ONE))  # as doctor sees a Pod that got nothing
    assert not is_unserved(patched(pod(ONE)))
