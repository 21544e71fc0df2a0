"""Rule: everything that a Plan asks for is rendered in memory, by directory, before anything is written.

A missing key then leaves no file behind. What is optional and missing is left out; the directory, or the env file, is
there all the same.
"""

from __future__ import annotations

from vault.agent import status
from vault.agent.launcher import launcher
from vault.agent.render.files import File, doubtful_keys, render_files
from vault.agent.render.variables import render_variables, variable_value
from vault.agent.secret import Secret
from vault.errors import KeyMissing
from vault.shown import listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeVar

    from vault.agent.fetch import Fetched
    from vault.contract import Output, Plan, Variable

    Rendered = TypeVar("Rendered")


def render_all(plan: Plan, fetched: list[Fetched | None]) -> dict[str, list[File]]:
    """Render every output and every env file, by directory. Raises KeyMissing and NotRepresentable."""
    directories: dict[str, list[File]] = {each.directory: [] for each in plan.outputs}
    directories.update({each.directory: [] for each in plan.env_files})
    for output in plan.outputs:
        files = _rendered(plan, fetched, output, render_files)
        directories[output.directory] += files or []
        doubtful = doubtful_keys(output, _values(fetched, output)) if files else []
        if doubtful:
            keys = f"the key{'s' * (len(doubtful) > 1)} {listed(doubtful)}"
            status.log("warning", f"dotenv readers would read {keys} otherwise", annotation=output.annotation)
    for env_file in plan.env_files:
        values = {each.name: _rendered(plan, fetched, each, variable_value) for each in env_file.variables}
        contents = render_variables(env_file, {name: value for name, value in values.items() if value is not None})
        file = File(name=env_file.name, contents=Secret(contents), mode=int(env_file.mode, 8))
        directories[env_file.directory] += [file] if env_file.kind == "kubelet" else [file, launcher()]
    return directories


def _rendered(
    plan: Plan,
    fetched: list[Fetched | None],
    wanted: Any,
    render: Callable[[Any, Mapping[str, Any]], Rendered],
) -> Rendered | None:
    """Render one thing. None: there is nothing, and it is optional."""
    if fetched[wanted.read] is None:
        return None
    try:
        return render(wanted, _values(fetched, wanted))
    except KeyMissing as missing:
        if not wanted.optional:
            read = plan.reads[wanted.read]
            session = plan.sessions[read.session]
            raise KeyMissing(
                missing.message,
                hint=missing.hint,
                vault=session.vault,
                role=session.role,
                path=read.path,
                annotation=wanted.annotation,
            ) from None
        status.log("info", "left out, since it is optional", annotation=wanted.annotation, cause=missing.message)
        return None


def _values(fetched: list[Fetched | None], wanted: Output | Variable) -> Mapping[str, Any]:
    secret = fetched[wanted.read]
    return {} if secret is None else secret.values.reveal()
