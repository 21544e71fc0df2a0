"""Manifests of real life that `omamori migrate` once broke: each moves rightly, or stays with a reason."""

from __future__ import annotations

from typing import Any

import pytest

from webhook.migrate.secrets.documents import Moving, Outcome, migrate_text
from webhook.migrate.secrets.source import Source
from webhook.sources.settings import assumed_settings
from webhook.workloads.manifest import parse_manifests

DB = Source("shop", "db", ("password", "username"), "secret/data/shop/db")
OPEN = Source("shop", "open", (), "secret/data/shop/open")
CIPHERS = Source("shop", "ciphers", ("key",), "secret/data/shop/ciphers")
POD = "apiVersion: v1\nkind: Pod\nmetadata: {{name: a, namespace: shop{0}}}\nspec:\n{1}"
PASSWORD = "      - name: PW\n        valueFrom: {secretKeyRef: {name: db, key: password}}\n"
ONE = "  containers:\n  - name: app\n    image: a\n    env:\n" + PASSWORD.replace("      ", "    ", 1).replace(
    "        ", "      "
)
MOUNTED = "  containers:\n  - name: app\n    image: a\n    volumeMounts: [{name: v, mountPath: /etc/db}]\n"
KAMUS = (
    "  initContainers:\n  - name: k\n    image: soluto/kamus-init-container:1\n"
    "    args: [-e, /in, -d, /out, -n, c.json]\n"
    "    volumeMounts: [{name: in, mountPath: /in}, {name: out, mountPath: /out}]\n"
)
VOLUMES = "  volumes: [{name: in, configMap: {name: ciphers}}, {name: out, emptyDir: {}}]\n"


def migrated(text: str) -> Outcome:
    """Migrate a text, with all that is known here."""
    sources = {(each.namespace, each.name): each for each in (DB, OPEN)}
    return migrate_text(
        "f.yaml", text, Moving(sources, "default", assumed_settings(frozenset()), {("shop", "ciphers"): CIPHERS})
    )


def annotations_in(outcome: Outcome) -> dict[str, Any]:
    """Return the annotations of the first object, which is a Pod."""
    found: dict[str, Any] = parse_manifests("f.yaml", outcome.text)[0].metadata["annotations"]
    return found


MOVES = {
    "a user as a number": (POD.format("", ONE + "  securityContext: {runAsUser: 1000}\n"), {"env.omamori.dev/PW"}),
    "an empty list above a list": (
        POD.format("", ONE + "    resources:\n  - name: b\n    image: b\n"),
        {"env.omamori.dev/PW"},
    ),
    "annotations that are empty": (POD.format(", annotations: ", ONE), {"env.omamori.dev/PW"}),
    "CRLF": (POD.format("", ONE).replace("\n", "\r\n"), {"env.omamori.dev/PW"}),
    "a byte order mark": ("\ufeff" + POD.format("", ONE), {"env.omamori.dev/PW"}),
    "a list in a text": (
        "kind: ConfigMap\napiVersion: v1\ndata:\n  a: |\n    x:\n          - y\n---\n" + POD.format("", ONE),
        None,
    ),
}


@pytest.mark.parametrize("name", MOVES)
def test_moves(name: str) -> None:
    """The file is YAML as before, with the change alone."""
    text, expected = MOVES[name]
    outcome = migrated(text)

    assert len(outcome.moved) == 1, outcome.stays
    if expected is not None:
        assert annotations_in(outcome).keys() == expected
    assert ("\r\n" in outcome.text) == ("\r\n" in text)
    assert outcome.text.startswith("\ufeff") == text.startswith("\ufeff")
    for old, new in zip(parse_manifests("f", text), parse_manifests("f", outcome.text), strict=True):
        assert old.kind != "ConfigMap" or old.value == new.value
    assert migrated(outcome.text).moved == []


def test_who_gets_it_is_said() -> None:
    """Where the Pod's own annotations choose containers, or there are several, or one has a tool's name."""
    for text in (
        POD.format(", annotations: {omamori.dev/containers: other}", ONE + "  - {name: other, image: a}\n"),
        POD.format("", ONE + "  - {name: other, image: a}\n"),
        POD.format("", ONE.replace("name: app", "name: istio-proxy")),
    ):
        outcome = migrated(text)
        assert annotations_in(outcome)["env.omamori.dev/PW"].endswith(("containers=app", "containers=istio-proxy"))


def test_modes() -> None:
    """All may read by default; a group of the Pod reads, too; 0400 is octal."""
    for volume, group, expected in (
        ("{secretName: db}", "", "0444"),
        ("{secretName: db, defaultMode: 0400}", "", "0400"),
        ("{secretName: db, defaultMode: 256}", "", "0400"),
        ("{secretName: db, defaultMode: 0400}", "  securityContext: {fsGroup: 2000}\n", "0440"),
    ):
        outcome = migrated(POD.format("", MOUNTED + group + f"  volumes: [{{name: v, secret: {volume}}}]\n"))
        assert outcome.moved, outcome.stays
        assert f"mode={expected}" in annotations_in(outcome)["file.omamori.dev/password"]


def test_optional_in_yaml_1_1() -> None:
    """`no` is false for Kubernetes."""
    for word, is_optional in (("no", False), ("yes", True), ("true", True), ("false", False)):
        outcome = migrated(POD.format("", ONE.replace("key: password", f"key: password, optional: {word}")))
        assert ("optional=true" in annotations_in(outcome)["env.omamori.dev/PW"]) == is_optional


def test_kamus_beside_a_secret_of_the_same_name() -> None:
    """Both files are there, under two annotations."""
    own = MOUNTED.replace("[{name: v,", "[{name: out, mountPath: /k}, {name: v,")
    volumes = VOLUMES.replace("]\n", ", {name: v, secret: {secretName: db, items: [{key: password, path: c.json}]}}]\n")
    outcome = migrated(POD.format("", KAMUS + own + volumes))

    assert outcome.moved, outcome.stays
    assert sorted(text.split()[0] for text in annotations_in(outcome).values()) == [
        "secret/data/shop/ciphers",
        "secret/data/shop/db#password",
    ]


STAYS = {
    "injection is off": (POD.format(', annotations: {omamori.dev/inject: "false"}', ONE), "would inject nothing"),
    "a merge key": (
        POD.format("", ONE.replace("  - name: app", "  - <<: {tty: true}\n    name: app")),
        "cannot be rewritten",
    ),
    "a directive": ("%YAML 1.1\n---\n" + POD.format("", ONE), "cannot be rewritten"),
    "keys that are not known": (
        POD.format("", "  containers:\n  - name: app\n    image: a\n    envFrom: [{secretRef: {name: open}}]\n"),
        "the keys of the Secret shop/open are not known",
    ),
    "keys of a volume that are not known": (
        POD.format("", MOUNTED + "  volumes: [{name: v, secret: {secretName: open}}]\n"),
        "the keys of the Secret shop/open are not known",
    ),
    "an ephemeral container": (
        POD.format(
            "",
            MOUNTED
            + "  ephemeralContainers: [{name: d, image: a, volumeMounts: [{name: v, mountPath: /v}]}]\n"
            + "  volumes: [{name: v, secret: {secretName: db}}]\n",
        ),
        "an ephemeral container mounts",
    ),
    "Kamus by a subPath": (
        POD.format(
            "",
            KAMUS
            + MOUNTED.replace("name: v, mountPath: /etc/db", "name: out, mountPath: /a/c.json, subPath: c.json")
            + VOLUMES,
        ),
        "by a subPath",
    ),
    "Kamus with items": (
        POD.format(
            "",
            KAMUS
            + MOUNTED.replace("name: v", "name: out")
            + VOLUMES.replace("{name: ciphers}", "{name: ciphers, items: [{key: key, path: other}]}"),
        ),
        "has items",
    ),
    "ciphertexts that others read": (
        POD.format("", KAMUS + MOUNTED.replace("name: v", "name: in") + VOLUMES),
        "mounts the ciphertexts, too",
    ),
}


@pytest.mark.parametrize("name", STAYS)
def test_stays(name: str) -> None:
    """The file is as it was, and the reason is said."""
    text, reason = STAYS[name]
    outcome = migrated(text)

    assert outcome.text == text
    assert outcome.moved == []
    assert any(reason in each for each in outcome.stays), outcome.stays


def test_a_volume_that_nobody_mounts_here() -> None:
    """It stays: an overlay may mount it."""
    text = POD.format("", "  containers: [{name: app, image: a}]\n  volumes: [{name: v, secret: {secretName: db}}]\n")
    outcome = migrated(text)
    assert parse_manifests("f", outcome.text)[0].value == parse_manifests("f", text)[0].value


def test_a_secret_of_another_namespace() -> None:
    """An object that names no namespace may be meant."""
    outcome = migrated(POD.format("", ONE).replace(", namespace: shop", ""))
    assert any("names no namespace, so its db" in each for each in outcome.notes)
