"""The kinds that a tool brings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.realparts.parts import part
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from tests.realparts.apiserver import ApiServer


def install_kinds(server: ApiServer, name: str) -> None:
    """Create the CustomResourceDefinitions of a part, and wait until the API server serves them."""
    folder = str(part(name) / "crds")
    server.kubectl("create", "-f", folder)  # not apply: some are too large for its annotation
    wait_until(
        lambda: all(map(_is_served, _definitions(server, folder))),
        60,
        f"the API server serves the kinds of {name}",
    )


def _definitions(server: ApiServer, folder: str) -> list[dict[str, Any]]:
    found: dict[str, Any] = server.get("-f", folder)
    items: list[dict[str, Any]] = found.get("items", [found])  # of a single file kubectl gives the object itself
    return items


def _is_served(definition: dict[str, Any]) -> bool:
    conditions = definition.get("status", {}).get("conditions") or ()
    return any((each["type"], each["status"]) == ("Established", "True") for each in conditions)
