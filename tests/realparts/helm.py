"""Helm, against an API server of a run."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.realparts.parts import part

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.realparts.apiserver import ApiServer


@dataclass(frozen=True, slots=True)
class Release:
    """A release of a chart, which may not be there yet; its namespace is."""

    server: ApiServer
    chart: Path
    name: str
    namespace: str

    def install(self, values: Mapping[str, Any], *options: str) -> str:
        """Install it, or upgrade it, and give what Helm says. Raises CommandFailed."""
        place = ("--namespace", self.namespace, "--values", "-")
        return self._helm("upgrade", "--install", self.name, str(self.chart), *place, *options, values=values)

    def uninstall(self, *options: str) -> str:
        """Uninstall it and give what Helm says. Raises CommandFailed."""
        return self._helm("uninstall", self.name, "--namespace", self.namespace, *options)

    def _helm(self, *arguments: str, values: Mapping[str, Any] | None = None) -> str:
        command: list[str | Path] = [part("helm") / "bin/helm", "--kubeconfig", self.server.kubeconfig, *arguments]
        return self.server.box.run(command, stdin=json.dumps(values or {}), seconds=300).stdout
