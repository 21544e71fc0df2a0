"""The variables of one container, from secrets to the file that the kubelet or the launcher reads."""

from __future__ import annotations

import binascii

from vault.agent.render.envfile import render_env_file, render_launch_file
from vault.agent.render.files import decoded, pick
from vault.agent.render.text import encoded, json_of, text_of
from vault.contract.errors import NotRepresentable
from vault.contract.names import ENV_CHECK_VARIABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from vault.contract.plan import EnvFile, Variable

# first a value of two lines: a kubelet 1.34 with the alpha feature on reads another format, and refuses such a file
_CHECK = {"0": b"\n-", ENV_CHECK_VARIABLE: b"yes"}  # no annotation can ask for a variable that begins with a digit


def variable_value(variable: Variable, values: Mapping[str, Any]) -> bytes:
    """Return the bytes of one variable. Raises KeyMissing, also where it is optional, and NotRepresentable."""
    value = pick(values, variable.key, variable.pointer, variable.annotation)
    name = variable.key or variable.name
    try:
        text = json_of(value) if variable.format == "json" else text_of(name, value)
        octets = decoded(name, text, variable.decode) if variable.decode else encoded(name, text)
    except NotRepresentable as error:
        raise NotRepresentable(error.message, hint=error.hint, annotation=variable.annotation) from None
    except RecursionError:
        raise NotRepresentable(
            "the value is nested too deep", hint="store it as a text", annotation=variable.annotation
        ) from None
    return binascii.b2a_base64(octets, newline=False) if variable.encode else octets


def render_variables(env_file: EnvFile, values: Mapping[str, bytes]) -> bytes:
    """Render the file of one container from its variables' values by name. Raises NotRepresentable."""
    render = {"kubelet": render_env_file, "launcher": render_launch_file}[env_file.kind]
    annotations = {each.name: each.annotation for each in env_file.variables}
    lines = [render(_CHECK)] if env_file.has_check else []
    for name, value in values.items():
        try:
            lines.append(render({name: value}))
        except NotRepresentable as error:
            raise NotRepresentable(error.message, hint=error.hint, annotation=annotations[name]) from None
    return b"".join(lines)
