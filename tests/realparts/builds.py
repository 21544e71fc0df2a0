"""How each real part is built from the package registries: Debian, Maven and Go modules.

Every build function takes an empty folder and the version, fills the folder, and raises on any failure.
Facts that cost time to find stand as comments where they are used.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DEBIAN_RELEASE = "bookworm"

DEBIAN_PACKAGES = (
    "containerd",
    "containernetworking-plugins",
    "debootstrap",
    "etcd-server",
    "gcc",
    "iproute2",
    "iptables",
    "libc6-dev",
    "podman",
    "runc",
    "util-linux",
)

KUBERNETES_COMMANDS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kubectl")

SOURCE = Path(__file__).parent / "source"

PROGRESS_SECONDS = 15.0


def say(line: str) -> None:
    """A line of progress, at once: builds are long and run in pipes."""
    print(f"parts: {line}", flush=True)


def run(
    command: Sequence[str | Path],
    *,
    label: str,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    total_lines: int | None = None,
) -> None:
    """Run a long command, with a line of progress every 15 s; its output is shown only when it fails."""
    started = time.monotonic()
    lines: list[str] = []
    process = subprocess.Popen(
        [str(word) for word in command],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )

    def progress(done: threading.Event) -> None:
        while not done.wait(PROGRESS_SECONDS):
            count = f"{len(lines)} of about {total_lines}" if total_lines else f"{len(lines)} lines"
            say(f"{label}: {time.monotonic() - started:.0f} s, {count}")

    done = threading.Event()
    reporter = threading.Thread(target=progress, args=(done,), daemon=True)
    reporter.start()
    assert process.stdout is not None
    try:
        lines.extend(process.stdout)
        code = process.wait()
    finally:
        done.set()
        if process.poll() is None:
            process.terminate()
    if code != 0:
        sys.stdout.writelines(lines[-60:])
        message = f"{label}: {' '.join(map(str, command))} ended with {code}"
        raise RuntimeError(message)


def debian_packages(folder: Path, _version: str) -> None:
    """Install what Debian has ready; the folder only remembers that it was done.

    Nothing is downloaded where everything is installed already: a machine may come with the packages.
    """
    missing = [name for name in DEBIAN_PACKAGES if not _installed(name)]
    if missing:
        environment = {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
        run(["apt-get", "update"], label="apt-get update", env=environment)
        # --no-install-recommends: podman's recommendations alone are 300 MB
        run(
            ["apt-get", "install", "-y", "--no-install-recommends", *missing],
            label="apt-get install",
            env=environment,
        )
    (folder / "packages.txt").write_text("\n".join(DEBIAN_PACKAGES) + "\n")


def _installed(package: str) -> bool:
    answer = subprocess.run(
        ["dpkg-query", "-W", "-f=${db:Status-Status}", package], capture_output=True, text=True, check=False
    )
    return answer.stdout == "installed"


def dynamodb_local(folder: Path, version: str) -> None:
    """DynamoDB Local and its run-time dependencies, as jars and native libraries in `lib/`."""
    pom = (SOURCE / "dynamodb-local.pom.xml").read_text().replace("@VERSION@", version)
    (folder / "pom.xml").write_text(pom)
    run(
        ["mvn", "-B", "-q", "dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory=lib"],
        label="dynamodb-local",
        cwd=folder,
    )
    if not list((folder / "lib").glob("DynamoDBLocal-*.jar")):
        message = "dynamodb-local: Maven ended well but left no DynamoDBLocal jar"
        raise RuntimeError(message)


def pause(folder: Path, _version: str) -> None:
    """The process that holds a Pod's namespaces open: static, so that its image needs no other file."""
    run(["gcc", "-Os", "-static", "-o", folder / "pause", SOURCE / "pause.c"], label="pause")


def rootfs(folder: Path, _version: str) -> None:
    """A small Debian with Python: the base of the images, as `rootfs.tar`.

    python3-minimal lacks json and ssl, so it is python3.
    """
    tree = folder / "tree"
    run(
        ["debootstrap", "--variant=minbase", "--include=python3,ca-certificates", DEBIAN_RELEASE, tree],
        label="rootfs",
    )
    for useless in ("var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/locale", "usr/share/man"):
        shutil.rmtree(tree / useless, ignore_errors=True)
    # device nodes of debootstrap are not needed in an image and cannot be unpacked everywhere
    run(
        ["tar", "--numeric-owner", "--exclude=./dev/*", "-C", tree, "-cf", folder / "rootfs.tar", "."],
        label="rootfs tar",
    )
    shutil.rmtree(tree)


def kubernetes(folder: Path, version: str) -> None:
    """The API server, controller manager, scheduler, kubelet and kubectl, and the kubelet's own `$(NAME)` expansion."""
    release = version.split(".", 1)[1]
    staging = f"v0.{release}"
    wanted = _go_mod_of(f"k8s.io/kubernetes@v{version}")
    # k8s.io/kubernetes requires its staging modules at v0.0.0 and replaces them by folders of its own tree, which
    # does not reach consumers: each of them is replaced here by the published module of the same release.
    staged = [each["Path"] for each in wanted["Require"] if each["Version"] == "v0.0.0"]
    module = GoModule(
        folder / "module",
        requires=[(each["Path"], staging if each["Path"] in staged else each["Version"]) for each in wanted["Require"]]
        + [("k8s.io/kubernetes", f"v{version}")],
        replaces=[f"{path} => {path} {staging}" for path in staged],
        go=wanted["Go"],
        godebug=[f"{each['Key']}={each['Value']}" for each in wanted.get("GoDebug") or []],
    )
    expand = module.folder / "kubeexpand"
    expand.mkdir()
    shutil.copy(SOURCE / "kubeexpand.go", expand / "main.go")
    major, minor, _patch = version.split(".")
    prefix = "k8s.io/component-base/version.git"
    stamp = f"-X {prefix}Version=v{version} -X {prefix}Major={major} -X {prefix}Minor={minor}"
    packages = [f"k8s.io/kubernetes/cmd/{command}" for command in KUBERNETES_COMMANDS]
    module.build([*packages, "./kubeexpand"], folder / "bin", label=f"kubernetes {version}", ldflags=stamp)
    shutil.rmtree(module.folder)


def vault(folder: Path, version: str) -> None:
    """HashiCorp Vault with every storage, DynamoDB's among them (OpenBao has it no more)."""
    wanted = _go_mod_of(f"github.com/hashicorp/vault@v{version}")
    foreign = [
        f"{each['Old']['Path']} {each['Old'].get('Version', '')} => {each['New']['Path']} {each['New']['Version']}"
        for each in wanted["Replace"]
        if "Version" in each["New"]  # the others are folders of Vault's own tree: ./api and ./sdk
    ]
    module = GoModule(
        folder / "module",
        requires=[(each["Path"], each["Version"]) for each in wanted["Require"]]
        + [("github.com/hashicorp/vault", f"v{version}")],
        replaces=foreign,
        go=wanted["Go"],
        godebug=[],
    )
    module.build(["github.com/hashicorp/vault"], folder / "bin", label=f"vault {version}", ldflags="")
    shutil.rmtree(module.folder)


def _go_mod_of(module: str) -> dict[str, Any]:
    """The go.mod of a published module, as `go mod edit -json` prints it."""
    answer = subprocess.run(["go", "mod", "download", "-json", module], capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        message = f"go mod download {module}: {answer.stdout}{answer.stderr}"
        raise RuntimeError(message)
    path = json.loads(answer.stdout)["GoMod"]
    listed = subprocess.run(["go", "mod", "edit", "-json", path], capture_output=True, text=True, check=True)
    parsed: dict[str, Any] = json.loads(listed.stdout)
    return parsed


class GoModule:
    """An own Go module whose only purpose is to build programs of another one, with that one's own versions."""

    def __init__(
        self,
        folder: Path,
        *,
        requires: Sequence[tuple[str, str]],
        replaces: Sequence[str],
        go: str,
        godebug: Sequence[str],
    ) -> None:
        """Write go.mod into a new folder."""
        self.folder = folder
        folder.mkdir(parents=True)
        lines = ["module realparts", "", f"go {go}", ""]
        lines += [f"godebug {each}" for each in godebug]
        lines += ["require (", *(f"\t{path} {version}" for path, version in requires), ")"]
        lines += ["replace (", *(f"\t{each}" for each in replaces), ")"]
        (folder / "go.mod").write_text("\n".join(lines) + "\n")

    def build(self, packages: Sequence[str], into: Path, *, label: str, ldflags: str) -> None:
        """Build static programs into a folder; a build that was cut off goes on where it was, from Go's cache."""
        into.mkdir(parents=True)
        environment = {"CGO_ENABLED": "0", "GOFLAGS": "-mod=mod -buildvcs=false"}
        run(["go", "mod", "download"], label=f"{label}, modules", cwd=self.folder, env=environment)
        deps = subprocess.run(
            ["go", "list", "-deps", *packages],
            cwd=self.folder,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        count = len(deps.stdout.splitlines()) or None
        run(
            ["go", "build", "-v", "-trimpath", "-ldflags", f"-s -w {ldflags}", "-o", f"{into}/", *packages],
            label=label,
            cwd=self.folder,
            env=environment,
            total_lines=count,
        )
