"""How each real part is built from the package registries of Maven, Go modules and PyPI; debian.py has what Debian has.

Every build function takes an empty folder and the version, fills the folder, and raises on any failure.
Facts that cost time to find stand as comments where they are used.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tests.realparts import debian
from tests.realparts.gomodules import GoModule, consumer_of, go_mod_of, source_of
from tests.realparts.progress import run

KUBERNETES_COMMANDS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kubectl")
CONTAINERD_COMMANDS = ("containerd", "containerd-shim-runc-v2", "ctr")

CRDS = {
    "github.com/cert-manager/cert-manager@v1.20.3": ("deploy/crds/cert-manager.io_certificates.yaml",),
    "github.com/prometheus-operator/prometheus-operator@v0.90.1": tuple(
        f"example/prometheus-operator-crd/monitoring.coreos.com_{kind}.yaml"
        for kind in ("servicemonitors", "podmonitors", "prometheusrules")
    ),
}

SOURCE = Path(__file__).parent / "source"
PROJECT = Path(__file__).parents[2]
LAUNCHER = PROJECT / "vault/launcher"


def dynamodb_local(folder: Path, version: str) -> None:
    """DynamoDB Local and its run-time dependencies, as jars and native libraries in `lib/`."""
    _by_maven(folder, version, "dynamodb-local", "DynamoDBLocal")


def springboot(folder: Path, version: str) -> None:
    """Spring Boot's readers of configuration, as jars in `lib/`."""
    _by_maven(folder, version, "springboot", "spring-boot")


def _by_maven(folder: Path, version: str, name: str, jar: str) -> None:
    """Copy what NAME.pom.xml asks for into `lib/`; a jar of that name has to be there."""
    pom = (SOURCE / f"{name}.pom.xml").read_text().replace("@VERSION@", version)
    (folder / "pom.xml").write_text(pom)
    run(
        ["mvn", "-B", "-q", "dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory=lib"],
        label=name,
        cwd=folder,
    )
    if not list((folder / "lib").glob(f"{jar}-*.jar")):
        message = f"{name}: Maven ended well but left no {jar} jar"
        raise RuntimeError(message)


def pause(folder: Path, _version: str) -> None:
    """The process that holds a Pod's namespaces open: static, so that its image needs no other file."""
    run(["gcc", "-Os", "-static", "-o", folder / "pause", SOURCE / "pause.c"], label="pause")


def launcher(folder: Path, _version: str) -> None:
    """The programs for containers of any image: in `tree/`, where the agent's image has them, and to be checked."""
    make: list[str | Path] = ["make", "-C", LAUNCHER]
    run([*make, f"OUT={folder / 'tree/opt/omamori/bin'}"], label="launcher")
    # dynamic: valgrind and the sanitizers put their own functions in the place of the libc's
    for name, more in (("valgrind", ""), ("sanitized", "-fsanitize=address,undefined -fno-sanitize-recover")):
        options = ["CC=gcc", f"CFLAGS=-g -O1 {more}", "LDFLAGS=", "LDLIBS="]
        run([*make, f"OUT={folder / name}", *options], label=f"launcher, {name}")


def goload(folder: Path, _version: str) -> None:
    """A client that sends reviews as the API server does: Go's own HTTP, of the standard library alone."""
    _standard(folder, "goload")


def gotemplate(folder: Path, _version: str) -> None:
    """Go's text/template, to ask what it makes of a template."""
    _standard(folder, "gotemplate")


def goregexp(folder: Path, _version: str) -> None:
    """Go's regexp, to ask what it does with a pattern."""
    _standard(folder, "goregexp")


def consultemplate(folder: Path, version: str) -> None:
    """Consul-Template, to ask what it makes of a template: the package itself, by a program of ours."""
    module = consumer_of(folder / "module", "github.com/hashicorp/consul-template", f"v{version}")
    _own_program(module, "consultemplate")
    module.build(["./consultemplate"], folder / "bin", label=f"consul-template {version}", ldflags="")
    shutil.rmtree(module.folder)


def gohcl(folder: Path, version: str) -> None:
    """HCL as Vault parses it, to ask what it makes of a text."""
    module = GoModule(
        folder / "module",
        requires=[("github.com/hashicorp/hcl", f"v{version}")],
        replaces=[],
        go="1.24",
        godebug=[],
    )
    _own_program(module, "gohcl")
    module.build(["./gohcl"], folder / "bin", label=f"hcl {version}", ldflags="-s -w")
    shutil.rmtree(module.folder)


def _standard(folder: Path, name: str) -> None:
    """Build a program of ours that is on Go's standard library alone."""
    run(
        ["go", "build", "-trimpath", "-ldflags", "-s -w", "-o", folder / name, SOURCE / f"{name}.go"],
        label=name,
        env={"CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false"},
    )


def wallclock(folder: Path, _version: str) -> None:
    """The library that sets a process's wall clock off."""
    options = ["-Os", "-shared", "-fPIC", "-Wall", "-Werror"]
    run(["gcc", *options, "-o", folder / "wallclock.so", SOURCE / "wallclock.c"], label="wallclock")


def kubernetes(folder: Path, version: str) -> None:
    """The API server, controller manager, scheduler, kubelet and kubectl, and the kubelet's own `$(NAME)` expansion."""
    module = _kubernetes_module(folder / "module", version)
    _own_program(module, "kubeexpand")
    packages = [f"k8s.io/kubernetes/cmd/{command}" for command in KUBERNETES_COMMANDS]
    label = f"kubernetes {version}"
    module.build([*packages, "./kubeexpand"], folder / "bin", label=label, ldflags=_kubernetes_stamp(version))
    shutil.rmtree(module.folder)


def kubelet(folder: Path, version: str) -> None:
    """The kubelet alone, of a release that nodes may still have beside a newer API server."""
    module = _kubernetes_module(folder / "module", version)
    package = "k8s.io/kubernetes/cmd/kubelet"
    module.build([package], folder / "bin", label=f"kubelet {version}", ldflags=_kubernetes_stamp(version))
    shutil.rmtree(module.folder)


def kubeproxy(folder: Path, version: str) -> None:
    """What leads connections to a Service's address to its endpoints; few tests need it, so it is not `kubernetes`'."""
    module = _kubernetes_module(folder / "module", version)
    package = "k8s.io/kubernetes/cmd/kube-proxy"
    module.build([package], folder / "bin", label=f"kube-proxy {version}", ldflags=_kubernetes_stamp(version))
    shutil.rmtree(module.folder)


def kubeenv(folder: Path, version: str) -> None:
    """What a container gets of the variables of an env file, by the kubelet's own parser."""
    module = _kubernetes_module(folder / "module", version)
    _own_program(module, "kubeenv")
    module.build(["./kubeenv"], folder / "bin", label=f"kubeenv {version}", ldflags="")
    shutil.rmtree(module.folder)


def checkov(folder: Path, version: str) -> None:
    """Checkov in an environment of its own, with its hundred dependencies: `bin/python -m checkov.main`."""
    _environment(folder, f"checkov=={version}", label="checkov")


def pipelines(folder: Path, version: str) -> None:
    """The SDKs of Kubeflow Pipelines and hera (`kfp-VERSION_hera-VERSION`), in an environment of their own: 130 MB."""
    kfp, hera = (each.partition("-")[2] for each in version.split("_"))
    _environment(folder, f"kfp[kubernetes]=={kfp}", f"hera=={hera}", label="kfp, hera")


def _environment(folder: Path, *packages: str, label: str) -> None:
    """Make an environment of Python with some packages of PyPI."""
    uv = PROJECT / ".tools/bin/uv"  # the Makefile's
    run([uv, "venv", "--quiet", "--relocatable", "--python", sys.executable, "--allow-existing", folder], label=label)
    run([uv, "pip", "install", "--python", folder / "bin/python", *packages], label=label)


def helm(folder: Path, version: str) -> None:
    """Helm, in 4 minutes; its published module replaces no other one, so Go can install it as it is."""
    major = version.split(".", 1)[0]
    _install(folder, f"helm.sh/helm/v{major}/cmd/helm@v{version}", label=f"helm {version}")


def kustomize(folder: Path, version: str) -> None:
    """kustomize, since the one in kubectl runs no functions; as Helm."""
    _install(folder, f"sigs.k8s.io/kustomize/kustomize/v5@v{version}", label=f"kustomize {version}")


def kwok(folder: Path, version: str) -> None:
    """kwok, which plays nodes and the life of their Pods; as Helm."""
    _install(folder, f"sigs.k8s.io/kwok/cmd/kwok@v{version}", label=f"kwok {version}")


def containerd(folder: Path, version: str) -> None:
    """The daemon, shim and ctr of containerd 2, and the runc that this release was tested with; as Helm."""
    module = "github.com/containerd/containerd/v2"
    commands = [f"{module}/cmd/{command}@v{version}" for command in CONTAINERD_COMMANDS]
    # each of the snapshotters left out needs a C library; the node has overlayfs
    _install(folder, *commands, label=f"containerd {version}", tags="no_btrfs no_zfs no_devmapper")
    # runc sets a container up in C; without seccomp it refuses ours, which ask for the runtime's default profile
    debian.install("libseccomp-dev", "pkgconf")
    runc = (source_of(f"{module}@v{version}") / "script/setup/runc-version").read_text().strip()
    _install(folder, f"github.com/opencontainers/runc@{runc}", label=f"runc {runc}", tags="seccomp", cgo=True)


def _install(folder: Path, *packages: str, label: str, tags: str = "", cgo: bool = False) -> None:
    """Build programs of a published module whose go.mod is enough, by the versions in it."""
    run(
        ["go", "install", "-trimpath", "-ldflags", "-s -w", "-tags", tags, *packages],
        label=label,
        env={"CGO_ENABLED": str(int(cgo)), "GOFLAGS": "-buildvcs=false", "GOBIN": str(folder / "bin")},
    )


def crds(folder: Path, _version: str) -> None:
    """The kinds of others that our chart makes, as their operators publish them."""
    for module, files in CRDS.items():
        source = source_of(module)
        for file in files:
            shutil.copy(source / file, folder)


def _kubernetes_stamp(version: str) -> str:
    """Give the linker's flags by which the programs know their version; without them it is 0.0.0."""
    major, minor, _patch = version.split(".")
    prefix = "k8s.io/component-base/version.git"
    return f"-X {prefix}Version=v{version} -X {prefix}Major={major} -X {prefix}Minor={minor}"


def _kubernetes_module(folder: Path, version: str) -> GoModule:
    """A module in which Kubernetes' own packages can be built."""
    release = version.split(".", 1)[1]
    staging = f"v0.{release}"
    wanted = go_mod_of(f"k8s.io/kubernetes@v{version}")
    # k8s.io/kubernetes requires its staging modules at v0.0.0 and replaces them by folders of its own tree, which
    # does not reach consumers: each of them is replaced here by the published module of the same release.
    staged = [each["Path"] for each in wanted["Require"] if each["Version"] == "v0.0.0"]
    return GoModule(
        folder,
        requires=[(each["Path"], staging if each["Path"] in staged else each["Version"]) for each in wanted["Require"]]
        + [("k8s.io/kubernetes", f"v{version}")],
        replaces=[f"{path} => {path} {staging}" for path in staged],
        go=wanted["Go"],
        godebug=[f"{each['Key']}={each['Value']}" for each in wanted.get("GoDebug") or []],
    )


def _own_program(module: GoModule, name: str) -> None:
    """Put a program of ours into the module."""
    (module.folder / name).mkdir()
    shutil.copy(SOURCE / f"{name}.go", module.folder / name / "main.go")


def vault(folder: Path, version: str) -> None:
    """HashiCorp Vault with every storage, DynamoDB's among them (OpenBao has it no more)."""
    module = consumer_of(folder / "module", "github.com/hashicorp/vault", f"v{version}")
    module.build(["github.com/hashicorp/vault"], folder / "bin", label=f"vault {version}", ldflags="")
    shutil.rmtree(module.folder)
