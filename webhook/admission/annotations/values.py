"""The values that annotations may have, where they are more than a text or a number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Format = Literal["raw", "json", "yaml", "env", "dotenv", "properties", "map", "pem-bundle"]
VariableFormat = Literal["raw", "json"]
Delivery = Literal["kubelet", "exec"]
Mode = Literal["init", "sidecar"]
Encoding = Literal["", "base64"]


@dataclass(frozen=True, slots=True)
class Position:
    """Where our init container stands among the Pod's: first, last, or before or after `anchor`."""

    place: Literal["first", "last", "before", "after"] = "first"
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class OnChange:
    """What a sidecar does after a change: send `signal` to each process of a name, or restart all containers."""

    restart: bool = False
    signal: str = ""
    process: str = ""
