"""The templates of a file, and the one signal that their commands ask for."""

from __future__ import annotations

from vault.agent.configuration.places import find_file, find_place
from vault.contract.plan import Template
from vault.contract.shown import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from vault.agent.configuration.given import GivenBlock
    from vault.contract.plan import Configuration

_DELIMITERS = ("{{", "}}")
_MODE = 0o644


def plan_templates(given: GivenBlock, rules: Configuration, session: int) -> Iterator[tuple[GivenBlock, Template]]:
    """Yield the templates of a file, each with its block; what is wrong is said of it.

    `session` is the number of the file's session.
    """
    for block in given.all("template"):
        template = _template(block, rules, session)
        if template is not None:
            yield block, template


def _template(block: GivenBlock, rules: Configuration, session: int) -> Template | None:
    destination = block.get("destination")
    if destination is None:
        if not block.is_given("destination"):
            block.refuse("", "has no destination; name a file in one of the Pod's secret volumes")
        return None
    try:
        found = find_file(destination, rules.volumes)
    except ValueError as error:
        block.refuse("destination", str(error))
        return None
    if found is None:
        places = " or ".join(place for place, _ in rules.volumes)
        what = f"is {quoted(destination)}, which no container of the Pod would see; write a file below {places}"
        block.refuse("destination", what)
        return None
    place, directory, name = found
    text, file = _source(block, rules)
    left, right = block.get("left_delimiter") or _DELIMITERS[0], block.get("right_delimiter") or _DELIMITERS[1]
    if left == right:
        option = "right_delimiter" if block.is_given("right_delimiter") else "left_delimiter"
        block.refuse(option, f"is {quoted(left)}, and so is the other delimiter; write two different ones")
    return Template(
        directory=directory,
        name=name,
        mode=f"{block.get('perms') or _MODE:04o}",
        text=text,
        file=file,
        session=session,
        left=left,
        right=right,
        missing_key="error" if block.get("error_on_missing_key") else "default",
        allows_short_lease=True,  # vault agent does not look at it either
        seen_at=place,
        annotation=f"{rules.annotation} ({block.place()})",
    )


def _source(block: GivenBlock, rules: Configuration) -> tuple[str, str]:
    """Return the template's text, or else our container's path of its file; what is wrong is said."""
    text, path = block.get("contents") or "", block.get("source") or ""
    if bool(text) == bool(path):
        if not block.is_given("contents") or not block.is_given("source") or text:
            block.refuse("", "has to have contents, or source, and not both")
        else:
            block.refuse("contents", "is empty, and so is source")
        return "", ""
    if text:
        if "\0" in text or text.encode(errors="replace").decode() != text:
            block.refuse("contents", "has a NUL, or is not Unicode")
        return text, ""
    found = find_place(path, rules.sources)
    if found is None:
        places = " or ".join(place for place, _ in rules.sources)
        block.refuse("source", f"is {quoted(path)}; write a file of the ConfigMap, below {places}")
        return "", ""
    return "", f"{found[1]}/{found[2]}".rstrip("/")


def find_signals(given: GivenBlock) -> Iterator[tuple[GivenBlock, tuple[str, str]]]:
    """Yield each command that is a signal: its block, and the signal with the process that gets it.

    Any other command is refused.
    """
    for block in given.all("template"):
        run = block.one("exec")
        blocks = (block, run) if run.get("enabled", default=True) else (block,)
        for each in blocks:
            signal = _signal(each)
            if signal is not None:
                yield each, signal


def _signal(block: GivenBlock) -> tuple[str, str] | None:
    """Return the signal and the process of a block's command, None where there is none, or another one."""
    command = block.get("command")
    if not command:
        return None
    from vault.contract.commands import parse_signal  # noqa: PLC0415 - only a command pays for it

    try:
        return parse_signal(command)
    except ValueError as error:
        block.refuse("command", str(error))
        return None
