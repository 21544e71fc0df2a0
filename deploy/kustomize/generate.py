"""Write deploy/kustomize from the chart, so that both install the same.

python deploy/kustomize/generate.py [--helm HELM]            write base and components
python deploy/kustomize/generate.py [--helm HELM] --check    exit code 1 where they are not what the chart says

The base is the chart with a certificate of the user's own; a component is what the chart makes more, or says otherwise,
with a few values more.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import LiteralScalarString

KUSTOMIZE = Path(__file__).resolve().parent
CHART = KUSTOMIZE.parent / "chart"
HEAD = "# written by deploy/kustomize/generate.py from deploy/chart; change it there\n"

BASE = {
    "images": {"registry": "registry.example.com/omamori"},
    "vaults": {"main": {"address": "https://vault.example.com:8200"}},
    "certificates": {"mode": "secret"},
}
COMPONENTS: dict[str, dict[str, Any]] = {
    "controller": {"certificates": {"mode": "controller"}},
    "cert-manager": {"certificates": {"mode": "cert-manager", "issuer": {"name": "omamori"}}},
    "monitoring": {
        "monitoring": {name: {"enabled": True} for name in ("serviceMonitor", "prometheusRule", "dashboard")}
    },
    "vault-k8s": {"dialects": {"vaultK8s": {"enabled": True}}},
}
# the components that may change a value of the base, too
CHANGING = ("vault-k8s",)

Document = dict[str, Any]


class Unlike(Exception):
    """A component takes something away from the base, or changes it: it cannot be a patch that adds."""


def render(helm: str, values: Document) -> dict[tuple[str, str], str]:
    """Render the chart: the text of each document, by kind and name, in Helm's order."""
    command = [helm, "template", "omamori", str(CHART), "--namespace", "omamori", "--values", "-"]
    text = subprocess.run(command, input=json.dumps(values), capture_output=True, text=True, check=True).stdout
    pieces = re.split(r"^---\n# Source: .*\n", text, flags=re.MULTILINE)[1:]
    return {identity(parsed(piece)): piece.strip() for piece in pieces}


def parsed(text: str) -> Document:
    """Parse one document."""
    found: Document = YAML(typ="safe", pure=True).load(text)
    return found


def identity(document: Document) -> tuple[str, str]:
    """Give what a document is called by."""
    return document["kind"], document["metadata"]["name"]


def added(old: Document, new: Document, *, changes: bool) -> Document:
    """Give what a new document has beside an old one, as a patch for it without its name. Raises Unlike.

    With `changes` also what it has otherwise; in a list, items are known by their names.
    """
    if missing := set(old) - set(new):
        raise Unlike(f"{sorted(missing)} would be taken away")
    more = {}
    for name, value in new.items():
        if name not in old:
            more[name] = value
        elif isinstance(value, dict) and isinstance(old[name], dict):
            if inner := added(old[name], value, changes=changes):
                more[name] = inner
        elif changes and isinstance(value, list) and names_in(value) == names_in(old[name]) is not None:
            if value != old[name]:
                more[name] = value if is_ordered(value) else changed_items(old[name], value)
        elif changes and isinstance(value, str) and value != old[name]:
            more[name] = value
        elif value != old[name]:
            raise Unlike(f"{name} would be {value!r} in the place of {old[name]!r}")
    return more


def changed_items(old: list[Document], new: list[Document]) -> list[Document]:
    """Give what items of the same names have beside the old ones or otherwise, each with its name. Raises Unlike."""
    pairs = ((item["name"], added(before, item, changes=True)) for before, item in zip(old, new, strict=True))
    return [{"name": name, **inner} for name, inner in pairs if inner]


def is_ordered(items: list[Document]) -> bool:
    """Whether items are expressions: one may use those before it, and a patch of one would move it to the front."""
    return all(each.keys() == {"name", "expression"} for each in items)


def names_in(items: Any) -> list[str] | None:
    """Give the names of a list's items; None where they have none, or it is no list."""
    if isinstance(items, list) and items and all(isinstance(each, dict) and "name" in each for each in items):
        return [each["name"] for each in items]
    return None


def patch(old: Document, new: Document, *, changes: bool) -> Document | None:
    """Give the patch that makes the one of the other; None where they are the same. Raises Unlike."""
    more = added(old, new, changes=changes)
    if not more:
        return None
    name = {key: new["metadata"][key] for key in ("name", "namespace") if key in new["metadata"]}
    metadata = {**name, **more.pop("metadata", {})}
    return {"apiVersion": new["apiVersion"], "kind": new["kind"], "metadata": metadata, **more}


def render_yaml(document: Document) -> str:
    """Render a document as YAML, in its own order."""
    yaml = YAML()
    yaml.default_flow_style = False
    stream = io.StringIO()
    yaml.dump(document, stream)
    return stream.getvalue()


def files(helm: str) -> dict[Path, str]:
    """Give every file that this script writes, with its text."""
    base = render(helm, BASE)
    found = {
        KUSTOMIZE / "base/kustomization.yaml": kustomization("v1beta1", "Kustomization", ["resources.yaml"], []),
        KUSTOMIZE / "base/resources.yaml": HEAD + "\n---\n".join(base.values()) + "\n",
    }
    for name, values in COMPONENTS.items():
        folder = KUSTOMIZE / "components" / name
        whole = render(helm, {**BASE, **values})
        if gone := set(base) - set(whole):
            raise Unlike(f"{name}: {sorted(gone)} would be taken away")
        new = [text for key, text in whole.items() if key not in base]
        patches = [
            patch(parsed(base[key]), parsed(text), changes=name in CHANGING)
            for key, text in whole.items()
            if key in base
        ]
        changes = [each for each in patches if each is not None]
        resources = ["resources.yaml"] if new else []
        if new:
            found[folder / "resources.yaml"] = HEAD + "\n---\n".join(new) + "\n"
        found[folder / "kustomization.yaml"] = kustomization("v1alpha1", "Component", resources, changes)
    return found


def kustomization(version: str, kind: str, resources: list[str], patches: list[Document]) -> str:
    """Render a kustomization.yaml."""
    document: Document = {"apiVersion": f"kustomize.config.k8s.io/{version}", "kind": kind}
    if resources:
        document["resources"] = resources
    if patches:
        document["patches"] = [{"patch": LiteralScalarString(render_yaml(each))} for each in patches]
    return HEAD + render_yaml(document)


def main() -> int:
    """Write the files, or compare them."""
    parser = argparse.ArgumentParser(description="Write deploy/kustomize from the chart.")
    parser.add_argument("--helm", default="helm", help="the helm program (helm)")
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 where something would change")
    arguments = parser.parse_args()
    wanted = files(arguments.helm)
    if not arguments.check:
        for file, text in wanted.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return 0
    stale = [file for file, text in wanted.items() if not file.exists() or file.read_text() != text]
    for file in stale:
        print(f"{file} is not what the chart says; run: python deploy/kustomize/generate.py")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
