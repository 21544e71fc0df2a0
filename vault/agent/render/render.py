"""Render all files of a Plan in memory, by directory, before anything is written.

So a missing key leaves no file behind. Optional missing secrets are skipped; the directory, or the env file, exists
anyway. This module does no I/O and no logging: remarks for people are returned as notes.
"""

from __future__ import annotations

from vault.agent.render.files import File, part_of, pick, render_files
from vault.agent.render.text import text_of
from vault.agent.secret import Secret
from vault.contract.errors import KeyMissing, TemplateFailed
from vault.contract.shown import listed, quoted
from vault.contract.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any, TypeVar

    from vault.agent.fetch import Fetched
    from vault.agent.render.templates.templates import Batch
    from vault.agent.render.variable_sets import Entries
    from vault.contract.plan import EnvFile, Output, Plan, Variable, VariableSet

    Made = TypeVar("Made")


_LEFT_OUT = "left out, since it is optional"


class Note(Value):
    """A remark on a rendering, for the log."""

    level: str
    message: str
    annotation: str
    cause: str = ""


class Rendered(Value):
    """The files of each directory, and notes."""

    directories: dict[str, list[File]]
    notes: tuple[Note, ...] = ()


def render_all(plan: Plan, fetched: Sequence[Fetched | None], batch: Batch | None = None) -> Rendered:
    """Render every output and every env file, and add what the templates gave. Raises KeyMissing and NotRepresentable.

    `fetched` is by the numbers of the Plan's reads; `batch` None: the Plan has no templates.
    """
    notes: list[Note] = []
    directories: dict[str, list[File]] = {each.directory: [] for each in plan.outputs}
    directories.update({each.directory: [] for each in plan.env_files})

    def render(output: Output, values: Mapping[str, Any]) -> list[File]:
        return render_files(output, values, _password(plan, fetched, output))

    for output in plan.outputs:
        files = _rendered(plan, fetched, output, render, notes)
        directories[output.directory] += files or []
        if files and output.format == "env":
            notes += _notes_on_dotenv(output, part_of(output, _values(fetched, output)))
    if plan.env_files:
        _render_env_files(plan, fetched, directories, notes)
    if batch is not None:
        _add_templates(plan, batch, directories, notes)
    return Rendered(directories=directories, notes=tuple(notes))


def _add_templates(plan: Plan, batch: Batch, directories: dict[str, list[File]], notes: list[Note]) -> None:
    for template in plan.templates:
        directories.setdefault(template.directory, [])
    taken = {directory: _Names(files) for directory, files in directories.items()}
    for directory, file in batch.files:
        taken[directory].add(file.name)
        directories[directory].append(file)
    cause = "a path it reads is absent"
    notes += [Note(level="info", message=_LEFT_OUT, annotation=each, cause=cause) for each in batch.left_out]
    words = "the file has <no value> where the template names a key that is missing"
    notes += [Note(level="warning", message=words, annotation=each) for each in batch.without_value]
    words = "the file stays as it was: with the files of the Pod as they are now the template fails"
    notes += [
        Note(level="warning", message=words, annotation=annotation, cause=reason) for annotation, reason in batch.kept
    ]


class _Names:
    """The files and folders of a directory. The webhook knows all files but those that templates write."""

    __slots__ = ("_files", "_folders")

    def __init__(self, files: Sequence[File]) -> None:
        """Begin with the files that are there."""
        self._files: set[str] = set()
        self._folders: set[str] = set()
        for file in files:
            self._files.add(file.name)
            self._folders.update(_folders_of(file.name))

    def add(self, name: str) -> None:
        """Take another file. Raises TemplateFailed where it would be one that is there, or a folder of it."""
        above = _folders_of(name)
        if name in self._files or name in self._folders or not self._files.isdisjoint(above):
            raise TemplateFailed(
                f"two files would be {quoted(name)}, or one of them a folder of the other",
                hint="give writeToFile another path",
            )
        self._files.add(name)
        self._folders.update(above)


def _folders_of(name: str) -> list[str]:
    segments = name.split("/")
    return ["/".join(segments[:depth]) for depth in range(1, len(segments))]


def _notes_on_dotenv(output: Output, value: Any) -> list[Note]:
    from vault.agent.render.formats import doubtful_keys  # noqa: PLC0415 - it is loaded already

    doubtful = doubtful_keys(output, value)
    if not doubtful:
        return []
    keys = f"the key{'s' * (len(doubtful) > 1)} {listed(doubtful)}"
    message = f"dotenv readers would read {keys} otherwise"
    return [Note(level="warning", message=message, annotation=output.annotation)]


def _render_env_files(
    plan: Plan, fetched: Sequence[Fetched | None], directories: Mapping[str, list[File]], notes: list[Note]
) -> None:
    from vault.agent.render.env import render_variables, variable_value  # noqa: PLC0415 - files alone need none of it

    for env_file in plan.env_files:
        values = {each.name: _rendered(plan, fetched, each, variable_value, notes) for each in env_file.variables}
        present = {name: value for name, value in values.items() if value is not None}
        contents = render_variables(env_file, present)
        if env_file.sets:
            from vault.agent.render.variable_sets import render_sets  # noqa: PLC0415 - few Pods pay for it

            annotations = {each.name: each.annotation for each in env_file.variables if each.name in present}
            contents += render_sets(annotations, len(contents), _find_sets(plan, fetched, env_file, notes))
        file = File(name=env_file.name, contents=Secret(contents), mode=int(env_file.mode, 8))
        directories[env_file.directory].append(file)


def _find_sets(
    plan: Plan, fetched: Sequence[Fetched | None], env_file: EnvFile, notes: list[Note]
) -> list[tuple[str, Entries]]:
    """Return the variables of each set that is there, with its annotation."""
    from vault.agent.render.variable_sets import find_variables  # noqa: PLC0415 - it is loaded for render_sets

    declared = frozenset(env_file.declared)

    def find(wanted: VariableSet, values: Mapping[str, Any]) -> tuple[Entries, list[str]]:
        return find_variables(wanted, values, declared)

    found = []
    for each in env_file.sets:
        made = _rendered(plan, fetched, each, find, notes)
        if made is None:
            continue
        entries, left_out = made
        found.append((each.annotation, entries))
        if left_out:
            message = f"left out, since the container declares it itself: {listed(left_out)}"
            notes.append(Note(level="info", message=message, annotation=each.annotation))
    return found


def _rendered(
    plan: Plan,
    fetched: Sequence[Fetched | None],
    wanted: Any,
    render: Callable[[Any, Mapping[str, Any]], Made],
    notes: list[Note],
) -> Made | None:
    """Render one output. None: it is missing and optional."""
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
        notes.append(
            Note(
                level="info",
                message=_LEFT_OUT,
                annotation=wanted.annotation,
                cause=missing.message,
            )
        )
        return None


def _password(plan: Plan, fetched: Sequence[Fetched | None], output: Output) -> str:
    """Return the password of a key store, "" for other formats. Raises KeyMissing and NotRepresentable."""
    if output.password_read is None:
        return ""
    secret = fetched[output.password_read]
    values = {} if secret is None else secret.values.reveal()
    try:
        found = pick(values, output.password_key, output.password_pointer, output.annotation)
    except KeyMissing as missing:
        path = plan.reads[output.password_read].path
        raise KeyMissing(
            f"the password at {path} is missing: {missing.message}", hint=missing.hint, annotation=output.annotation
        ) from None
    return text_of(output.password_key or "", found)


def _values(fetched: Sequence[Fetched | None], wanted: Output | Variable | VariableSet) -> Mapping[str, Any]:
    secret = fetched[wanted.read]
    return {} if secret is None else secret.values.reveal()
