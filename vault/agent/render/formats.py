"""The text of a file in each format that is not the key as it is; loaded only where one is asked for."""

from __future__ import annotations

from vault.agent.render.documents import render_json, render_yaml
from vault.agent.render.pem import render_pem_bundle
from vault.agent.render.shell import dotenv_reads_otherwise, render_dotenv, render_env, render_properties
from vault.agent.render.text import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from vault.contract.plan import Output


def render_format(output: Output, value: Any) -> str:
    """Render one key, or the whole secret where the output names none. Raises NotRepresentable."""
    if output.format == "json":
        return render_json(value)
    if output.format == "yaml":
        return render_yaml(value)
    if output.format == "pem-bundle":
        return render_pem_bundle(output.key, value)
    if output.key is None and output.format in ("env", "dotenv"):
        from vault.agent.render.code_names import refuse_code_names  # noqa: PLC0415 - other formats need none

        refuse_code_names(value, output.format)
    values = value if output.key is None else {output.key: value}
    render = {"env": render_env, "dotenv": render_dotenv, "properties": render_properties}[output.format]
    return render(values)


def doubtful_keys(output: Output, values: Mapping[str, Any]) -> list[str]:
    """Name the keys of a file in the format env that a dotenv reader would read otherwise than a shell."""
    chosen = values if output.key is None else {output.key: values.get(output.key)}
    return [
        name for name, value in chosen.items() if value is not None and dotenv_reads_otherwise(text_of(name, value))
    ]
