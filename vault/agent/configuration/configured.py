"""From the files of an agent configuration to a Plan without one: sessions, templates and tokens as all have them.

A Pod of vault-k8s may have two files, one for its init container and one for its sidecar; omamori has one container.
The Plan names the files in their order: where two write the same file, the first one's counts, and so does what it says
of the whole process. So a sidecar writes what both of vault-k8s' containers would have written.
"""

from __future__ import annotations

from vault.agent.configuration.given import Findings, GivenFile, read_block
from vault.agent.configuration.login import plan_session
from vault.agent.configuration.sinks import plan_sinks, with_logins
from vault.agent.configuration.templates import find_signals, plan_templates
from vault.contract.errors import ConfigurationInvalid
from vault.contract.plan import Output, Template
from vault.contract.values import Value
from vault.hcl.errors import HclError
from vault.hcl.parser import parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any, TypeAlias

    from vault.agent.configuration.given import GivenBlock
    from vault.contract.plan import Configuration, Plan, Session

    Made: TypeAlias = dict[tuple[str, str], tuple[GivenBlock, Template | Output]]

_MOST_FILES = 200  # in all
_HINT = (
    "omamori takes the login and the templates of such a file; docs/moving-from-vault-k8s.md has each option, and what "
    "becomes of it"
)


class Configured(Value):
    """A Plan as the files make it, and what there is to say of them."""

    plan: Plan
    warnings: tuple[str, ...]


def configure(plan: Plan, files: Sequence[tuple[str, bytes]]) -> Configured:
    """Complete a Plan by its configuration. `files` are those that are there, each with its name and contents.

    Raises ConfigurationInvalid, which has every problem.
    """
    (rules,) = plan.configurations
    findings = Findings()
    given = list(_read(files, findings))
    sessions: list[Session] = []
    made: Made = {}
    for each in given:
        session = plan_session(each, rules, plan.sessions[0])
        if session not in sessions:
            sessions.append(session)
        own = _files_of(each, rules, sessions.index(session))
        made = {**own, **made}  # those of the first file count
    process = _of_the_process(given, plan)
    _check_paths(made)
    if len(made) > _MOST_FILES:
        given[0].refuse("", f"there are more than {_MOST_FILES} templates and sinks; split them over several Pods")
    if given and not made and not findings.problems:
        places = " or ".join(place for place, _ in rules.volumes)
        what = f"there is neither a template nor a sink below {places}, so that nothing would be written; add one"
        given[0].refuse("", what)
    if findings.problems:
        raise ConfigurationInvalid(findings.problems, hint=_HINT, annotation=rules.annotation)
    ordered = [found for _, (_, found) in sorted(made.items())]
    reads, outputs = with_logins([each for each in ordered if isinstance(each, Output)], sessions)
    complete = plan.replace(
        configurations=(),
        sessions=tuple(sessions),
        reads=reads,
        outputs=outputs,
        templates=tuple([each for each in ordered if isinstance(each, Template)]),
        **process,
    )
    return Configured(plan=complete, warnings=tuple(findings.warnings))


def _read(files: Sequence[tuple[str, bytes]], findings: Findings) -> Iterator[GivenBlock]:
    for name, octets in files:
        file = GivenFile(name, findings)
        try:
            node = parse(octets)
        except HclError as error:
            file.refuse(error.line, "", f"column {error.column}: {error.reason}")
            continue
        yield read_block(file, "", node, 1)


def _files_of(given: GivenBlock, rules: Configuration, session: int) -> Made:
    """Return what one file makes, by directory and name; two at one path are refused."""
    made: Made = {}
    found: list[tuple[GivenBlock, Template | Output]] = [*plan_templates(given, rules, session)]
    found += plan_sinks(given, rules, session)
    for block, each in found:
        place = each.directory, each.name
        if place in made:
            block.refuse("", f"makes the same file as {made[place][0].place()}; take one of them out")
        made[place] = block, each
    return made


def _check_paths(made: Made) -> None:
    """Say which files are where another one needs a folder."""
    for directory, name in made:
        folders = [name[:at] for at, each in enumerate(name) if each == "/"]
        for folder in folders:
            if (directory, folder) in made:
                block = made[directory, folder][0]
                block.refuse("", f"makes a file where {made[directory, name][0].place()} needs a folder")


def _of_the_process(given: Sequence[GivenBlock], plan: Plan) -> dict[str, Any]:
    """Return the fields of the Plan that the first file says, and the one signal of all."""
    fields: dict[str, Any] = {}
    is_sidecar = plan.mode == "sidecar"
    if is_sidecar and given:
        first = given[0]
        interval = first.one("template_config").get("static_secret_render_interval")
        if interval is not None:
            fields["refresh_seconds"] = interval
        if first.get("exit_after_auth"):
            first.warn("exit_after_auth", "the sidecar stays: agent-pre-populate-only makes an init container of it")
    wanted: tuple[str, str] | None = None
    for each in given:
        for block, signal in find_signals(each):
            if not is_sidecar:
                block.warn(
                    "command", "nothing runs yet when an init container has written the files: no signal is sent"
                )
            elif wanted not in (None, signal):
                block.refuse("command", "is another command than an earlier one: omamori sends one signal")
            else:
                wanted = signal
    if wanted is not None:
        fields |= {"on_change": "signal", "signal": wanted[0], "process": wanted[1]}
    return fields
