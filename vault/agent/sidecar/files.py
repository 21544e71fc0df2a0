"""The files of a sidecar: what is staged is rendered and published, or else found out whose secret is at fault."""

from __future__ import annotations

from vault.agent import log
from vault.agent.launcher import add_launchers
from vault.agent.publish import current_set, is_published, publish
from vault.agent.render.render import render_all
from vault.agent.sidecar.machine.messages import Failed, Published
from vault.contract.errors import Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault.agent.fetch import Fetched
    from vault.agent.render.files import File
    from vault.agent.render.render import Note
    from vault.agent.sidecar.machine.messages import Outcome
    from vault.agent.sidecar.machine.state import State
    from vault.contract.plan import Plan


class Files:
    """What a Plan wants of files, and what was said of them already."""

    __slots__ = ("_noted", "_plan")

    def __init__(self, plan: Plan) -> None:
        """Write nothing yet."""
        self._plan = plan
        self._noted: set[Note] = set()

    def publish_first(self, state: State) -> Published:
        """Publish all that was read. Raises Failure: without the first files there is no sidecar."""
        directories = self._render([read.latest for read in state.reads])
        # stopped between two directories, the first publication has not ended
        is_first = not all(map(current_set, directories))
        return _published(directories).replace(is_first=is_first)

    def publish_staged(self, state: State) -> Outcome:
        """Publish what is staged and can be rendered: a key that one secret lacks does not hold up the others."""
        rejected: list[tuple[int, Failure]] = []
        try:
            try:
                directories = self._render([read.latest for read in state.reads])
            except Exception:  # noqa: BLE001 - whose secret it is, is found out
                rejected = self._find_rejected(state)
                numbers = dict(rejected)
                kept = [read.published if number in numbers else read.latest for number, read in enumerate(state.reads)]
                directories = self._render(kept)
            return _published(directories).replace(rejected=tuple(rejected))
        except Failure as failure:  # the volume is full, for example
            return Failed(failure=failure)

    def _find_rejected(self, state: State) -> list[tuple[int, Failure]]:
        """Render each staged secret with the others as they are published."""
        rejected = []
        for staged, read in enumerate(state.reads):
            if read.staged is None:
                continue
            tried = [each.latest if number == staged else each.published for number, each in enumerate(state.reads)]
            try:
                render_all(self._plan, tried)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is this secret's
                rejected += [(staged, log.as_failure(error))]
        return rejected

    def _render(self, secrets: Sequence[Fetched | None]) -> dict[str, list[File]]:
        """Render what is to be published. What is to be said of it is said once, not at each change."""
        rendered = render_all(self._plan, secrets)
        for note in rendered.notes:
            if note not in self._noted:
                self._noted.add(note)
                log.write(**dict(note.items()))
        add_launchers(self._plan, rendered.directories)
        return rendered.directories


def _published(directories: dict[str, list[File]]) -> Published:
    changed = {place: files for place, files in directories.items() if not is_published(place, files)}
    publish(changed)
    return Published(files=sum(map(len, changed.values())), directories=len(changed))
