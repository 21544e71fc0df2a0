"""`omamori lint` within Helm, kustomize and pre-commit, each of which is run; Argo CD is in live/test_argo_cd.py.

The named tests T-KUS-2, T-HLM-3 and T-ACD-3 are among them; Argo CD's user of the latter is in the live suite, too.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.realparts.parts import part
from webhook.workloads.manifest import parse_manifests

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.timeout(300)

PROJECT = Path(__file__).parents[2]
PLUGIN = PROJECT / "deploy/helm/omamori-lint"
FUNCTION = PROJECT / "deploy/kustomize/lint.yaml"
CLEAN = "secret/data/shop/mail#password"
WRONG = "secret/data/shop/mail#password mod=1"
POD = """\
# a comment that stays
apiVersion: v1
kind: Pod
metadata:
  name: {name}
  annotations:
    file.omamori.dev/mail.pass: {wanted}
{more}spec:
  serviceAccountName: shop
  containers: [{{name: app, image: app}}]
"""
MANIFESTS, FOLDERS = 500, 10
SAID = "file.omamori.dev/mail.pass: has an unknown option mod="


def pod(name: str, wanted: str, more: str = "") -> str:
    """Write a Pod that asks for a secret."""
    return POD.format(name=name, wanted=wanted, more=more)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment whose PATH has the omamori command, and a home of its own."""
    folder = tmp_path_factory.mktemp("bin")
    command = folder / "omamori"
    command.write_text(f'#!/bin/sh\nPYTHONPATH={PROJECT} exec {sys.executable} -m webhook "$@"\n')
    command.chmod(0o755)
    # the home is new; how this machine reaches the package registry is not
    network = {name: value for name, value in os.environ.items() if name.startswith(("UV_", "PIP_", "SSL_"))}
    path = f"{folder}:{os.environ['PATH']}"
    return {**network, "UV_SYSTEM_CERTS": "1", "PATH": path, "HOME": str(tmp_path_factory.mktemp("home"))}


def run(
    words: list[str | Path], environment: dict[str, str], cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program of others."""
    return subprocess.run(list(map(str, words)), env=environment, cwd=cwd, capture_output=True, text=True, check=False)


def chart(folder: Path, wanted: str) -> Path:
    """Write a chart with a Pod, a hook and a test."""
    templates = folder / "templates"
    templates.mkdir(parents=True)
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: shop\nversion: 1.0.0\n")
    hooks = {"web": "", "hook": "    helm.sh/hook: pre-install\n", "check": "    helm.sh/hook: test\n"}
    for name, more in hooks.items():
        (templates / f"{name}.yaml").write_text(pod(name, wanted if name == "hook" else CLEAN, more))
    return folder


@pytest.fixture(scope="module")
def helm(environment: dict[str, str]) -> list[str | Path]:
    """Helm, with the plugin installed as its file says."""
    program = part("helm") / "bin/helm"
    installed = run([program, "plugin", "install", PLUGIN], environment)
    assert installed.returncode == 0, installed.stderr
    return [program]


@pytest.mark.real
def test_helm(helm: list[str | Path], environment: dict[str, str], tmp_path: Path) -> None:
    """The chart is rendered as without the post-renderer, hooks and comments too; a mistake in a hook stops it."""
    words = [*helm, "template", "shop"]
    through = ["--post-renderer", "omamori-lint"]
    clean = chart(tmp_path / "clean", CLEAN)
    plain = run([*words, clean], environment)
    checked = run([*words, clean, *through], environment)

    assert checked.returncode == 0, checked.stderr
    assert checked.stdout == plain.stdout
    assert checked.stdout.count("# a comment that stays") == 3
    wrong = run([*words, chart(tmp_path / "wrong", WRONG), *through], environment)
    assert wrong.returncode != 0
    assert SAID in wrong.stderr
    assert "kind: Pod" not in wrong.stdout


@pytest.mark.real
def test_kustomize(environment: dict[str, str], tmp_path: Path) -> None:
    """As a function of it the build is what it is without it; a mistake ends the build with the finding."""
    build: list[str | Path] = [
        part("kustomize") / "bin/kustomize",
        "build",
        "--enable-alpha-plugins",
        "--enable-exec",
        ".",
    ]
    (tmp_path / "lint.yaml").write_text(FUNCTION.read_text())
    (tmp_path / "pod.yaml").write_text(pod("web", CLEAN))
    kustomization = tmp_path / "kustomization.yaml"
    kustomization.write_text("resources: [pod.yaml]\n")
    plain = run(build, environment, tmp_path)
    kustomization.write_text("resources: [pod.yaml]\ntransformers: [lint.yaml]\n")
    checked = run(build, environment, tmp_path)

    assert checked.returncode == 0, checked.stderr
    assert checked.stdout == plain.stdout != ""
    (tmp_path / "pod.yaml").write_text(pod("web", WRONG))
    wrong = run(build, environment, tmp_path)
    assert (wrong.returncode != 0, wrong.stdout) == (True, "")
    assert SAID in wrong.stderr


@pytest.mark.real
def test_five_hundred_manifests(
    environment: dict[str, str], tmp_path: Path, show: Callable[[str], None], capfd: pytest.CaptureFixture[str]
) -> None:
    """As Argo CD runs it: a copied folder, a home that cannot be written, no network; twice the same."""
    for folder in range(FOLDERS):
        (tmp_path / f"{folder}").mkdir()
        for each in range(MANIFESTS // FOLDERS):
            (tmp_path / f"{folder}/{each}.yaml").write_text(pod(f"web-{folder}-{each}", CLEAN))
    lint = ["unshare", "--net", "omamori", "lint", "-o", "manifests", "."]
    answers, told = [], []
    for _ in range(2):
        out = tmp_path.with_name("out.yaml")
        with out.open("wb") as written:
            started = time.monotonic()
            ending = {**environment, "HOME": "/proc"}
            process = subprocess.Popen(lint, cwd=tmp_path, env=ending, stdout=written)
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        told.append(f"{time.monotonic() - started:.1f} s, {used.ru_maxrss / 1024:.0f} MiB")
        assert process.returncode == 0
        said = capfd.readouterr().err.splitlines()
        assert said
        assert all(line.startswith("omamori lint: ") for line in said)
        answers.append(out.read_text())

    show(f"omamori lint -o manifests of {MANIFESTS} manifests: {', '.join(told)}")
    assert answers[0] == answers[1]
    names = {each.value["metadata"]["name"] for each in parse_manifests("out.yaml", answers[0])}
    assert len(names) == MANIFESTS


@pytest.mark.ecosystem
def test_pre_commit(environment: dict[str, str], tmp_path: Path) -> None:
    """The hook is installed from the checkout, as pre-commit does it, and a wrong manifest is not committed."""
    hooks, repository = tmp_path / "hooks", tmp_path / "repository"
    ignored = shutil.ignore_patterns(".*_cache", ".git", ".hypothesis", ".tools", ".venv", "build", "tests")
    shutil.copytree(PROJECT, hooks, ignore=ignored)
    git = ["git", "-c", "user.name=tests", "-c", "user.email=tests@localhost"]
    for folder in (hooks, repository):
        run(["git", "init", "--quiet", folder], environment)
    for words in (["add", "--all"], ["commit", "--quiet", "--message=hooks"]):
        assert run([*git, *words], environment, hooks).returncode == 0
    (repository / "clean.yaml").write_text(pod("web", CLEAN))
    (repository / "chart/templates").mkdir(parents=True)
    (repository / "chart/templates/web.yaml").write_text("{{ .Values.everything }}\n")
    run(["git", "add", "--all"], environment, repository)
    tool: list[str | Path] = [PROJECT / ".tools/bin/uv", "tool", "run", "pre-commit", "try-repo", hooks, "omamori-lint"]

    clean = run([*tool, "--all-files"], environment, repository)
    assert clean.returncode == 0, clean.stdout + clean.stderr
    (repository / "wrong.yaml").write_text(pod("web", WRONG))
    run(["git", "add", "--all"], environment, repository)
    wrong = run([*tool, "--all-files"], environment, repository)
    assert wrong.returncode == 1
    assert f"wrong.yaml:7:5: error: Pod web: {SAID}" in wrong.stdout
