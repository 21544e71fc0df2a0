"""Read the Containerfiles of deploy/images: their stages, and what an image's last stage says of how it is run.

Only what is used there is known; everything else is refused, so that an image of a release is the one of `make images`.
"""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any, NamedTuple

LAST = ""


class Instruction(NamedTuple):
    """One line: its word, and what stands behind it."""

    word: str
    text: str


def stages(file: Path) -> dict[str, list[Instruction]]:
    """Give the instructions of each stage by its name, without FROM; the last one's name is LAST."""
    found: dict[str, list[Instruction]] = {}
    name = LAST
    for line in file.read_text().splitlines():
        word, _, text = line.strip().partition(" ")
        if word in {"", "#", "ARG"} or line.startswith("#"):
            continue
        if word == "FROM":
            name = text.partition(" AS ")[2]
            found[name] = []
        else:
            found[name].append(Instruction(word, text))
    return found


def commands(stage: list[Instruction]) -> list[list[str]]:
    """Give the words of what a stage runs."""
    return [json.loads(text) for word, text in stage if word == "RUN"]


def run_configuration(stage: list[Instruction]) -> dict[str, Any]:
    """Give the `config` of an OCI image by the instructions of its stage. Raises SystemExit at an unknown one."""
    configuration: dict[str, Any] = {}
    for word, text in stage:
        if word == "USER":
            configuration["User"] = text
        elif word == "ENTRYPOINT":
            configuration["Entrypoint"] = json.loads(text)
        elif word == "CMD":
            configuration["Cmd"] = json.loads(text)
        elif word == "ENV":
            configuration["Env"] = shlex.split(text)
        elif word == "EXPOSE":
            configuration["ExposedPorts"] = {f"{port}/tcp": {} for port in text.split()}
        elif word == "LABEL":
            configuration["Labels"] = dict(pair.split("=", 1) for pair in shlex.split(text))
        elif word != "COPY":
            raise SystemExit(f"a Containerfile says {word}, which deploy/release/containerfile.py does not know")
    return configuration
