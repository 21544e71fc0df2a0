"""The sinks of a file: where a token is to be written, each from a login of its own."""

from __future__ import annotations

from vault.agent.configuration.places import find_file
from vault.contract.plan import Output, Read
from vault.contract.shown import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vault.agent.configuration.given import GivenBlock
    from vault.contract.plan import Configuration, Session

_FILE = "file"
_MODE = 0o640  # of a file sink of vault agent


def plan_sinks(given: GivenBlock, rules: Configuration, session: int) -> Iterator[tuple[GivenBlock, Output]]:
    """Yield the files of tokens, each with its block; what is wrong is said of it.

    `session` is the number of the file's session, and stands in the place of a read until `with_logins`.
    """
    for block in given.one("auto_auth").all("sink"):
        output = _sink(block, rules, session)
        if output is not None:
            yield block, output


def with_logins(outputs: Sequence[Output], sessions: Sequence[Session]) -> tuple[tuple[Read, ...], tuple[Output, ...]]:
    """Return the logins that give tokens, one for each session that needs it, and the files with their numbers."""
    numbers = list(dict.fromkeys(each.read for each in outputs))
    reads = [Read(path=f"auth/{sessions[each].auth_mount}/login", session=each, login=True) for each in numbers]
    return tuple(reads), tuple([each.replace(read=numbers.index(each.read)) for each in outputs])


def _sink(block: GivenBlock, rules: Configuration, session: int) -> Output | None:
    kind = block.get("type") or ""
    if kind != _FILE:
        block.refuse("type", f"is {quoted(kind)}; write file" if kind else "is missing; write file")
        return None
    config = block.one("config")
    path = config.get("path")
    if path is None:
        if not config.is_given("path"):
            config.refuse("path", "is missing; name a file in one of the Pod's secret volumes")
        return None
    try:
        found = find_file(path, rules.volumes)
    except ValueError as error:
        config.refuse("path", str(error))
        return None
    if found is None:
        places = " or ".join(place for place, _ in rules.volumes)
        what = f"{quoted(path)} is seen by no container, so nothing is written; a token goes below {places}"
        config.warn("path", what)
        return None
    _, directory, name = found
    return Output(
        directory=directory,
        name=name,
        mode=f"{config.get('mode') or _MODE:04o}",
        read=session,
        key="token",
        annotation=f"{rules.annotation} ({block.place()})",
    )
