"""Files that are mounted one by one (`mount=file`): what each container gets, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.webhook.builders import decided, patched, plan_of, pod, reasons, spec_of
from webhook.admission.decision import Denied, Patched
from webhook.config.directories import canonical
from webhook.config.paths import is_within

Json = dict[str, Any]

A = "file.omamori.dev/a"
OURS = "omamori-files-0"
CLOSED: dict[str, Json] = {
    "conf": {"configMap": {"name": "x"}},
    "hidden": {"secret": {"secretName": "x"}},
    "joined": {"projected": {"sources": []}},
    "down": {"downwardAPI": {"items": []}},
    "image": {"image": {"reference": "x"}},
    "claim-ro": {"persistentVolumeClaim": {"claimName": "x", "readOnly": True}},
}
OPEN: dict[str, Json] = {
    "scratch": {"emptyDir": {}},
    "claim": {"persistentVolumeClaim": {"claimName": "x"}},
    "empty": {},
}
VOLUMES = [{"name": name, **source} for name, source in (*CLOSED.items(), *OPEN.items())]


def mounting(volume: str, path: str, **fields: Any) -> Json:
    """A mount of one of the Pod's volumes."""
    return {"name": volume, "mountPath": path, **fields}


def asking(annotations: dict[str, str], *mounts: Json, **container: Any) -> Json:
    """A Pod with these annotations, and a container with mounts of its own."""
    return pod(annotations, volumes=VOLUMES, containers=[{"name": "app", "volumeMounts": list(mounts), **container}])


def single(path: str) -> dict[str, str]:
    """The annotation of a single file at a path."""
    directory, _, name = path.rpartition("/")
    return {A: f"kv/a#k dir={directory} as={name} mount=file"}


def ours_in(new: Json, number: int = 0) -> list[Json]:
    """Our mounts in a container of a Pod."""
    found = new["spec"]["containers"][number].get("volumeMounts", [])
    return [each for each in found if each["name"].startswith("omamori-files-")]


def test_each_file_has_a_mount_of_its_own() -> None:
    """Two files of one name in two folders, and a template: one volume, where each is named as its annotation is."""
    annotations = {
        "file.omamori.dev/one": "kv/a#k dir=/etc as=tls.key mount=file",
        "file.omamori.dev/two": "kv/b#k dir=/srv/app as=tls.key mount=file",
        "template.omamori.dev/one": '[[ secret "kv/c" ]]',
        "template-options.omamori.dev/one": "dir=/srv/app as=deep/t mount=file",
        "token.omamori.dev/one": "mount=file",
    }
    raw = pod(annotations)
    new = patched(raw)
    assert ours_in(new) == [
        {"name": OURS, "mountPath": path, "readOnly": True, "subPath": name}
        for path, name in (
            ("/etc/tls.key", "file.omamori.dev/one"),
            ("/srv/app/tls.key", "file.omamori.dev/two"),
            ("/srv/app/deep/t", "template.omamori.dev/one"),
            ("/vault/secrets/one", "token.omamori.dev/one"),
        )
    ]
    plan = plan_of(raw)
    names = [each.name for each in plan.outputs]
    assert names == ["file.omamori.dev/one", "file.omamori.dev/two", "token.omamori.dev/one"]
    assert [each.name for each in plan.templates] == ["template.omamori.dev/one"]
    assert {each.directory for each in plan.outputs} == {f"/omamori/{OURS}"} == {plan.templates[0].directory}
    assert plan.templates[0].seen_at == ""


def test_a_template_sees_no_directory() -> None:
    """The folder of a single file is the image's, so a template in it has none to write beside itself."""
    annotations = {"template.omamori.dev/one": '[[ secret "kv/c" ]]', "template-options.omamori.dev/one": "dir=/etc"}
    options = annotations["template-options.omamori.dev/one"]
    seen = []
    for changed in (f"{options}/app", f"{options} mount=file"):
        [template] = plan_of(pod({**annotations, "template-options.omamori.dev/one": changed})).templates
        seen.append(template.seen_at)
    assert seen == ["/etc/app", ""]


def test_a_container_has_only_its_own_files() -> None:
    """One volume serves all containers, and each mounts of it what it is to have, beside whole directories."""
    annotations = {
        "file.omamori.dev/both": "kv/a#k dir=/etc mount=file",
        "file.omamori.dev/first": "kv/b#k dir=/etc mount=file containers=a",
        "file.omamori.dev/whole": "kv/c#k",
    }
    new = patched(pod(annotations, containers=[{"name": "a"}, {"name": "b"}]))
    found = [{each["mountPath"]: each.get("subPath", "") for each in ours_in(new, number)} for number in (0, 1)]
    assert found == [
        {"/vault/secrets": "", "/etc/both": "file.omamori.dev/both", "/etc/first": "file.omamori.dev/first"},
        {"/vault/secrets": "", "/etc/both": "file.omamori.dev/both"},
    ]
    assert [each["name"] for each in new["spec"]["volumes"]] == ["omamori-token", "omamori-files-0", "omamori-files-1"]


@pytest.mark.parametrize("volume", CLOSED)
def test_no_mount_point_in_what_is_read_only(volume: str) -> None:
    """A volume that is always read-only around the file is refused, with its kind and the way out."""
    decision = decided(asking(single("/etc/app/key"), mounting(volume, "/etc/app")))
    assert isinstance(decision, Denied)
    [problem] = decision.problems
    assert (problem.reason, problem.where) == ("mount", A)
    kind = next(iter(CLOSED[volume]))
    said = "with readOnly: true" if volume == "claim-ro" else f"a volume of the kind {kind}, which is always read-only"
    assert f"/etc/app/key is in what container app mounts at /etc/app, {said}" in problem.what
    assert "mount the files of that volume one by one with subPath" in problem.what


SCRATCH, CONF = "scratch", "conf"
TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount"


@pytest.mark.parametrize(
    ("path", "mounts", "said"),
    [
        # around it
        ("/srv/key", [mounting(SCRATCH, "/srv")], ""),
        ("/srv/key", [mounting("claim", "/srv/")], ""),
        ("/srv/key", [mounting("empty", "/srv")], ""),
        ("/srv/key", [mounting("unknown", "/srv")], ""),
        ("/srv/key", [mounting(SCRATCH, "/srv", readOnly=False)], ""),
        ("/srv/key", [mounting(SCRATCH, "/srv", readOnly=True)], "with readOnly: true"),
        ("/srv/key", [mounting(SCRATCH, "/srv/../srv//", readOnly=True)], "with readOnly: true"),
        # the innermost one counts
        ("/srv/in/key", [mounting(CONF, "/srv"), mounting(SCRATCH, "/srv/in")], ""),
        ("/srv/in/key", [mounting(SCRATCH, "/srv"), mounting(CONF, "/srv/in")], "configMap"),
        # beside it
        ("/srv/key", [mounting(CONF, "/srv/conf", subPath="conf")], ""),
        ("/srv/key", [mounting(CONF, "/srv/key2"), mounting(CONF, "/sr")], ""),
        # at its path, or inside it
        ("/srv/key", [mounting(SCRATCH, "/srv/key")], "collides with what container app mounts at /srv/key;"),
        ("/srv/key", [mounting(CONF, "/srv/key", subPath="key")], "collides"),
        ("/srv/key", [mounting(CONF, "/srv"), mounting(SCRATCH, "/srv//key")], "collides"),
        ("/srv/key", [mounting(SCRATCH, "/srv/key/deep")], "collides with what container app mounts at /srv/key/deep;"),
        # through the link that /var/run is
        (f"{TOKEN}/key", [mounting("joined", TOKEN)], "projected"),
        ("/run/secrets/kubernetes.io/serviceaccount/key", [mounting("joined", TOKEN)], "projected"),
        ("/run/secrets/key", [mounting("joined", TOKEN)], ""),
        ("/run/key", [mounting(SCRATCH, "/var/run/key")], "collides"),
        ("/var/run/key", [mounting(CONF, "/var")], "configMap"),
        ("/run/key", [mounting(CONF, "/var")], ""),
    ],
)
def test_mounts_of_the_container(path: str, mounts: list[Json], said: str) -> None:
    """What is refused beside a mount of the container's own, and what is not."""
    decision = decided(asking(single(path), *mounts))
    if not said:
        assert isinstance(decision, Patched), decision
        return
    assert isinstance(decision, Denied)
    [problem] = decision.problems
    assert (problem.reason, problem.where) == ("mount", A)
    assert said in problem.what


@pytest.mark.parametrize(
    ("container", "path", "said"),
    [
        ({"terminationMessagePath": "/srv/log"}, "/srv/log", "collides"),
        ({"terminationMessagePath": "/srv/log"}, "/srv/log/key", "which is no folder"),
        ({"volumeDevices": [{"name": "v", "devicePath": "/srv/disk"}]}, "/srv/disk/key", "which is no folder"),
        ({"terminationMessagePath": "/srv/log"}, "/srv/key", ""),
    ],
)
def test_other_mount_points(container: Json, path: str, said: str) -> None:
    """A termination message and a block device are at their path, and are no folders."""
    decision = decided(asking(single(path), **container))
    assert isinstance(decision, Denied if said else Patched), decision
    if isinstance(decision, Denied):
        assert said in decision.problems[0].what


def test_a_colon() -> None:
    """A file's name may have a ':', which the API server takes in no mount path."""
    assert isinstance(decided(pod({A: "kv/a#k dir=/srv as=a:b"})), Patched)
    decision = decided(pod({A: "kv/a#k dir=/srv as=a:b mount=file"}))
    assert isinstance(decision, Denied)
    assert (decision.problems[0].where, "as=" in decision.problems[0].what) == (A, True)
    decision = decided(pod({A: "kv/a#k as=a:b mount=file"}))
    assert isinstance(decision, Denied)


WHOLE = "file.omamori.dev/whole"


@pytest.mark.parametrize(
    ("whole", "path", "reason"),
    [
        ("kv/b#k dir=/srv", "/srv/key", "mount"),
        ("kv/b#k dir=/srv", "/srv/deep/key", "mount"),
        ("kv/b#k dir=/run/app", "/var/run/app/key", "mount"),
        ("kv/b#k", "/vault/secrets/key", "mount"),
        ("kv/b#k dir=/srv/deep", "/srv/key", ""),
        ("kv/b#k dir=/srv2", "/srv/key", ""),
        ("kv/b#k dir=/srv mount=file", "/srv/key", ""),
        ("kv/b#k dir=/srv containers=other", "/srv/key", ""),
        # two files at one path, and a file where another one needs a folder
        ("kv/b#k dir=/srv as=key mount=file", "/srv/key", "duplicate"),
        ("kv/b#k dir=/var/run as=key mount=file", "/run/key", "duplicate"),
        ("kv/b#k dir=/srv/key mount=file", "/srv/key", "duplicate"),
        ("kv/b#k dir=/srv/key", "/srv/key", "duplicate"),
    ],
)
def test_beside_other_files_of_ours(whole: str, path: str, reason: str) -> None:
    """A directory of ours is mounted whole and read-only, so a single file in it is refused, and so is a conflict."""
    annotations = {k: f"{v} containers=app" for k, v in single(path).items()} | {WHOLE: whole}
    if "containers=" not in whole:
        annotations[WHOLE] += " containers=app"
    raw = pod(annotations, containers=[{"name": "app"}, {"name": "other"}])
    if not reason:
        assert isinstance(decided(raw), Patched)
        return
    assert set(reasons(raw)) == {reason}
    if reason == "mount":
        decision = decided(raw)
        assert isinstance(decision, Denied)
        assert decision.problems[0].where == A
        assert WHOLE in decision.problems[0].what
        assert "give that one mount=file, too, or one of them another dir=" in decision.problems[0].what


@pytest.mark.parametrize(
    "annotations",
    [
        {A: "kv/a#k mount=file"},
        {"template.omamori.dev/t": "[[ . ]]", "template-options.omamori.dev/t": "mount=file"},
        {"token.omamori.dev/t": "mount=file"},
    ],
)
def test_modes(annotations: dict[str, str]) -> None:
    """A sidecar could never refresh a single file; mode init can have it, however it starts."""
    assert reasons(pod({**annotations, "omamori.dev/mode": "sidecar"})) == ["sidecar"]
    decision = decided(pod({**annotations, "omamori.dev/mode": "sidecar"}))
    assert isinstance(decision, Denied)
    assert decision.problems[0].where == next(iter(annotations))
    for start in ("init", "fast"):
        assert isinstance(decided(pod({**annotations, "omamori.dev/start": start})), Patched)


def test_no_warning_of_what_is_not_hidden() -> None:
    """/tmp is not said to become read-only where only one file is mounted in it."""
    warnings = [decided(pod({A: f"kv/a#k dir=/tmp {option}"})) for option in ("mount=file", "mount=directory")]
    assert [any("/tmp" in each for each in found.warnings) for found in warnings] == [False, True]  # type: ignore[union-attr]


@pytest.mark.parametrize(("first", "second"), [("file", "directory"), ("directory", "file")])
def test_a_copied_pod_with_another_mount(first: str, second: str) -> None:
    """In a copy whose annotation was changed, our mounts are as they would be in a new Pod."""
    made = {mount: patched(pod({A: f"kv/a#k dir=/srv mount={mount}"})) for mount in (first, second)}
    copied = made[first]
    copied["metadata"]["annotations"] = made[second]["metadata"]["annotations"]
    assert ours_in(patched(copied)) == ours_in(made[second])


@pytest.mark.parametrize("wrong", [None, "another"])
def test_the_sub_path_is_as_wanted(wrong: str | None) -> None:
    """A mount of ours whose subPath somebody has changed or removed is brought back, at its path."""
    whole = patched(pod(single("/srv/key")))
    [mount] = ours_in(whole)
    wanted = dict(mount)
    if wrong is None:
        del mount["subPath"]
    else:
        mount["subPath"] = wrong
    mount["recursiveReadOnly"] = "Disabled"
    assert ours_in(patched(whole)) == [{**wanted, "recursiveReadOnly": "Disabled"}]


PLACES = st.sampled_from(["/srv", "/srv/in", "/srv/in/deep", "/run/x", "/var/run/x", "/var", "/etc", "/etc/app"])
NAMES = st.sampled_from(["a", "in", "in/deep", "x"])


@st.composite
def own_mounts(draw: st.DrawFn) -> list[Json]:
    """Mounts of a container, at most one at a path as it is written."""
    places = PLACES | st.builds("{}/{}".format, PLACES, NAMES)
    read_only = st.sampled_from([{}, {"readOnly": True}])
    return [
        mounting(draw(st.sampled_from([*CLOSED, *OPEN])), path, **draw(read_only))
        for path in draw(st.lists(places, max_size=2, unique=True))
    ]


@st.composite
def mixed_pods(draw: st.DrawFn) -> Json:
    """Pods with files of both kinds, and mounts of their own around, beside and at them."""
    names = ["one", "two"]
    containers = [{"name": name, "volumeMounts": draw(own_mounts())} for name in names]
    annotations = {}
    for number in range(draw(st.integers(1, 4))):
        mount = draw(st.sampled_from(["file", "file", "directory"]))
        served = draw(st.sampled_from(["one", "two", "one,two"]))
        text = f"kv/a#k dir={draw(PLACES)} as={draw(NAMES)} mount={mount} containers={served}"
        annotations[f"file.omamori.dev/{number}"] = text
    return pod(annotations, volumes=VOLUMES, containers=containers)


def is_closed(mount: Json) -> bool:
    """Whether the runtime can make no mount point in a mount."""
    return mount["name"] in CLOSED or mount.get("readOnly", False)


@given(mixed_pods())
def test_accepted_pods(raw: Json) -> None:
    """No two mounts at one path; each single file once, where it is to be, and in nothing that is read-only."""
    if isinstance(decided(raw), Denied):
        assert set(reasons(raw)) <= {"annotation", "mount", "duplicate"}
        return
    new = patched(raw)
    asked = {
        name: dict(word.partition("=")[::2] for word in text.split()[1:])
        for name, text in raw["metadata"]["annotations"].items()
    }
    for number, container in enumerate(new["spec"]["containers"]):
        mounts = container.get("volumeMounts", [])
        paths = [canonical(each["mountPath"]) for each in mounts]
        ours = ours_in(new, number)
        for mount in ours:
            path = canonical(mount["mountPath"])
            assert paths.count(path) == 1
            around = [each for each in mounts if each is not mount and is_within(path, canonical(each["mountPath"]))]
            innermost = max(around, key=lambda each: len(canonical(each["mountPath"])), default=None)
            assert innermost is None or not is_closed(innermost)
        wanted = {
            name: f"{options['dir']}/{options['as']}"
            for name, options in asked.items()
            if options["mount"] == "file" and container["name"] in options["containers"].split(",")
        }
        found = [(each["subPath"], each["mountPath"]) for each in ours if "subPath" in each]
        assert sorted(found) == sorted(wanted.items())


def test_the_property_sees_both_outcomes() -> None:
    """The Pods above are neither all refused nor all accepted."""
    outcomes = set()

    @given(mixed_pods())
    def note(raw: Json) -> None:
        outcomes.add(type(decided(raw)))

    note()
    assert outcomes == {Denied, Patched}


def test_facts_are_read_only_where_a_file_asks() -> None:
    """A Pod without single files gets the same patch with any kind of volume, and ours has no subPath."""
    raw = asking({A: "kv/a#k"}, mounting(CONF, "/etc/app"))
    added = spec_of(raw)
    assert not any("subPath" in each for each in patched(raw)["spec"]["containers"][0]["volumeMounts"])
    assert added
