"""What each container of a Pod has: of Kubernetes' Secrets as a kubelet gives it, of omamori as webhook and agent do.

Both are files by their path, with content and the bits that let one read, and variables by `$NAME`.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.support.vault.program import run_program
from tests.support.vault.server import VaultServer
from tests.support.webhook.builders import patched, plan_of
from webhook.admission.pod.ownership import is_our_container, is_our_variable, is_our_volume_name

Delivered = dict[str, dict[str, tuple[bytes, int]]]
Secrets = Mapping[str, Mapping[str, bytes]]
_VARIABLE = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")
_READ = 0o444


def by_kubelet(spec: Mapping[str, Any], secrets: Secrets) -> Delivered:
    """Give what a kubelet gives the containers of a Pod (pkg/kubelet/kubelet_pods.go, pkg/volume/secret)."""
    volumes = {each["name"]: each["secret"] for each in spec.get("volumes", ()) if "secret" in each}
    found: Delivered = {}
    for container in (*spec.get("initContainers", ()), *spec["containers"]):
        mine = found.setdefault(container["name"], {})
        for source in container.get("envFrom", ()):
            if "secretRef" in source:
                for key, value in secrets[source["secretRef"]["name"]].items():
                    if _VARIABLE.fullmatch(name := source.get("prefix", "") + key):
                        mine[f"${name}"] = (value, 0)
        for each in container.get("env", ()):
            mine.pop(f"${each['name']}", None)
            if reference := each.get("valueFrom", {}).get("secretKeyRef"):
                mine[f"${each['name']}"] = (secrets[reference["name"]][reference["key"]], 0)
        for mount in container.get("volumeMounts", ()):
            if mount["name"] in volumes:
                mine.update(_mounted(volumes[mount["name"]], mount, secrets))
    return found


def _mounted(
    volume: Mapping[str, Any], mount: Mapping[str, Any], secrets: Secrets
) -> Iterator[tuple[str, tuple[bytes, int]]]:
    values = secrets[volume["secretName"]]
    usual = volume.get("defaultMode", 0o644)
    items = volume.get("items") or [{"key": key, "path": key} for key in values]
    for each in items:
        content = (values[each["key"]], each.get("mode", usual) & _READ)
        if "subPath" not in mount:
            yield f"{mount['mountPath'].rstrip('/')}/{each['path']}", content
        elif mount["subPath"] == each["path"]:
            yield mount["mountPath"], content


def by_omamori(template: Mapping[str, Any], namespace: str, server: VaultServer, role: str, folder: Path) -> Delivered:
    """Give what the containers of a Pod have when the webhook has changed it and the agent has run."""
    raw: dict[str, Any] = {"apiVersion": "v1", "kind": "Pod", **template}
    raw["metadata"] = {**raw.get("metadata", {}), "namespace": namespace}
    made, plan = patched(raw), plan_of(raw)
    (ours,) = [each for each in made["spec"]["initContainers"] if is_our_container(each)]
    volumes = {mount["name"]: folder / mount["name"] for mount in ours["volumeMounts"]}
    here = {mount["mountPath"]: volumes[mount["name"]] for mount in ours["volumeMounts"]}
    for each in volumes.values():
        each.mkdir(parents=True)
    finished = run_program(
        plan.replace(
            sessions=(server.session(role=role),),
            outputs=tuple(each.replace(directory=str(here[each.directory])) for each in plan.outputs),
            templates=tuple(each.replace(directory=str(here[each.directory])) for each in plan.templates),
            env_files=tuple(each.replace(directory=str(here[each.directory])) for each in plan.env_files),
        )
    )
    assert finished.code == 0, finished.stderr
    found: Delivered = {}
    for container in (*made["spec"]["initContainers"], *made["spec"]["containers"]):
        if container is ours:
            continue
        mine = found.setdefault(container["name"], {})
        for mount in container.get("volumeMounts", ()):
            if is_our_volume_name(mount["name"]) and mount["name"] in volumes:
                mine.update(_seen(volumes[mount["name"]], mount))
        for each in filter(is_our_variable, container.get("env", ())):
            reference = each["valueFrom"]["fileKeyRef"]
            text = b"\n" + (volumes[reference["volumeName"]] / reference["path"]).read_bytes()
            value = text.partition(f"\n{reference['key']}='".encode())[2].partition(b"'")[0]
            if not each["name"].startswith("OMAMORI_"):
                mine[f"${each['name']}"] = (value, 0)
    return found


def _seen(volume: Path, mount: Mapping[str, Any]) -> Iterator[tuple[str, tuple[bytes, int]]]:
    if "subPath" in mount:
        file = volume / mount["subPath"]
        yield mount["mountPath"], (file.read_bytes(), file.stat().st_mode & _READ)
        return
    current = (volume / "..data").resolve()
    for file in (each for each in current.rglob("*") if each.is_file()):
        path = f"{mount['mountPath']}/{file.relative_to(current)}"
        yield path, (file.read_bytes(), file.stat().st_mode & _READ)


def decoded(secret: Mapping[str, str]) -> dict[str, bytes]:
    """Give the data of a Secret as bytes."""
    return {key: base64.b64decode(value) for key, value in secret.items()}
