"""`omamori demo` of a file with several Pods, and its short output."""

from __future__ import annotations

from pathlib import Path

from tests.webhook.test_commands import run

_CRON = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: cron, namespace: shop}
spec:
  schedule: "* * * * *"
  jobTemplate:
    spec:
      template:
        metadata: {annotations: {file.omamori.dev/a: secret/data/cron, omamori.dev/vault: mount-0}}
        spec: {containers: [{name: app, image: app}]}
"""
_QUIET = "apiVersion: v1\nkind: Pod\nmetadata: {name: quiet}\nspec: {containers: [{name: app, image: app}]}\n"
_WRONG = """\
apiVersion: v1
kind: Pod
metadata: {name: wrong, annotations: {file.omamori.dev/a: "secret/data/cron mod=0400"}}
spec: {containers: [{name: app, image: app}]}
"""
_STATEFUL = """\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: stateful, namespace: shop}
spec:
  template:
    metadata: {annotations: {file.omamori.dev/b: secret/data/stateful}}
    spec: {containers: [{name: app, image: app}]}
"""


def test_each_pod_that_asks_is_shown(tmp_path: Path) -> None:
    """A Pod that cannot be shown is named, the others are shown; one that asks for nothing is left out."""
    manifest = tmp_path / "all.yaml"
    manifest.write_text(f"{_CRON}---\n{_QUIET}---\n{_WRONG}---\n{_STATEFUL}")

    ended = run("demo", "--pod", manifest, "--short")

    assert ended.returncode == 1, ended.stdout + ended.stderr
    cron, wrong, stateful = ended.stdout.split("\nPod ")[1:]
    assert cron.startswith("1 of 3: CronJob shop/cron\n")
    assert "app        /vault/secrets/a " in cron
    assert wrong.startswith("2 of 3: Pod wrong\n")
    assert "unknown option mod=" in wrong
    assert stateful.startswith("3 of 3: StatefulSet shop/stateful\n")
    assert "1. a Vault" in stateful
    assert "app        /vault/secrets/b " in stateful
    assert "quiet" not in ended.stdout


def test_short(tmp_path: Path) -> None:
    """A single Pod has no title. Short, there are the steps, warnings and what the application sees, and no more."""
    manifest = tmp_path / "cron.yaml"
    manifest.write_text(_CRON)

    long, short = run("demo", "--pod", manifest), run("demo", "--pod", manifest, "--short")

    assert (long.returncode, short.returncode) == (0, 0), short.stdout + short.stderr
    assert long.stdout.startswith("\n1. a Vault\n")
    for words in ("its log:", "+  initContainers:", "only mount paths", "in all"):
        assert words in long.stdout
        assert words not in short.stdout
    for words in (
        "5. the injected program runs",
        "warning: the Pod uses the ServiceAccount",
        "app        /vault/secrets/a ",
    ):
        assert words in short.stdout
