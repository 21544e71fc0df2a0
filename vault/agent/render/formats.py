"""The text of a file in each format that is not the key as it is; loaded only where one is asked for."""

from __future__ import annotations

from vault.agent.render.documents import render_json, render_yaml
from vault.agent.render.pem import render_full_chain, render_pem_bundle
from vault.agent.render.shell import dotenv_reads_otherwise, render_dotenv, render_env, render_properties
from vault.agent.render.text import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from vault.contract.plan import Output

_RARE = ("fullchain", "ini", "toml", "dockerconfigjson")


def render_format(output: Output, value: Any) -> str:
    """Render what an output takes of a secret: one value, or names and values. Raises NotRepresentable."""
    if output.format == "json":
        return render_json(value)
    if output.format == "yaml":
        return render_yaml(value)
    if output.format == "pem-bundle":
        return render_pem_bundle(output.key, value)
    if output.format in _RARE:
        return _render_rare(output, value)
    values = _lines(output, value)
    if values is value and not output.keys and output.format in ("env", "dotenv"):
        from vault.agent.render.code_names import refuse_code_names  # noqa: PLC0415 - other formats need none

        own = {new for _, new in output.renames}  # which the Pod's author has written
        refuse_code_names([name for name in values if name not in own], output.format)
    render = {"env": render_env, "dotenv": render_dotenv, "properties": render_properties}[output.format]
    return render(values)


def _render_rare(output: Output, value: Any) -> str:
    """Render a format whose module only its readers pay for."""
    if output.format == "fullchain":
        return render_full_chain(output.key, value)
    if output.format == "ini":
        from vault.agent.render.ini import render_ini  # noqa: PLC0415

        return render_ini(_lines(output, value), output.section)
    if output.format == "toml":
        from vault.agent.render.toml import render_toml  # noqa: PLC0415

        return render_toml(_lines(output, value))
    from vault.agent.render.dockerconfig import render_docker_config  # noqa: PLC0415

    return render_docker_config(_lines(output, value))


def _lines(output: Output, value: Any) -> Mapping[str, Any]:
    """Return the names and values of a file of lines: those of a map, or one key with its value."""
    if output.key is None or (output.pointer and isinstance(value, dict)) or output.selects:
        return value  # type: ignore[no-any-return]
    return {output.pointer[-1] if output.pointer else output.key: value}


def doubtful_keys(output: Output, value: Any) -> list[str]:
    """Name the keys of a file in the format env that a dotenv reader would read otherwise than a shell."""
    lines = _lines(output, value)
    return [name for name, each in lines.items() if each is not None and dotenv_reads_otherwise(text_of(name, each))]
