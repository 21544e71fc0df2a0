"""What is in the volumes of a Pod, as far as it matters whether it is nothing but ConfigMaps.

Facts (k8s.io/api/core/v1, VolumeSource and VolumeProjection)
- A volume is its name and one member, its source; without a source the API server makes it an emptyDir before us.
- A projected volume has a list of sources, each with one member, which says its kind.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from vault.contract.shown import shown
from webhook.admission.rawjson import mapping_in, objects_in, text_in

CONFIG_MAPS = "configMap"
SERVICE_ACCOUNT_TOKENS = "projected, of serviceAccountToken"

_MOST_SHOWN = 40


def read_volumes(spec: Mapping[str, Any], names: Collection[str]) -> tuple[tuple[str, str], ...]:
    """Return those volumes of a Pod's spec that have one of the names, each with what is in it.

    That is CONFIG_MAPS or SERVICE_ACCOUNT_TOKENS where it is nothing else; any other text is for people.
    Raises MalformedReview.
    """
    found = ((text_in(each, "name"), each) for each in objects_in(spec, "volumes"))
    return tuple([(name, _contents(volume)) for name, volume in found if name in names])


def _contents(volume: Mapping[str, Any]) -> str:
    kinds = list(_kinds(volume))
    if kinds != ["projected"]:
        return _listed(kinds)
    projected = {kind for each in objects_in(mapping_in(volume, "projected"), "sources") for kind in _kinds(each)}
    if projected == {CONFIG_MAPS}:
        return CONFIG_MAPS
    return f"projected, of {_listed(sorted(projected))}"


def _kinds(source: Mapping[str, Any]) -> Iterator[str]:
    return (name for name, value in source.items() if name != "name" and value is not None)


def _listed(kinds: Collection[str]) -> str:
    return shown(", ".join(kinds), _MOST_SHOWN) or "nothing"
