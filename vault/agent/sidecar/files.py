"""The files of a sidecar: what is staged is rendered and published, or else found out whose secret is at fault."""

from __future__ import annotations

from vault.agent import log
from vault.agent.deadline import Deadline
from vault.agent.launcher import add_launchers
from vault.agent.publish import current_set, is_published, publish
from vault.agent.render.render import render_all
from vault.agent.sidecar.machine.messages import Failed, Published, ReadsWanted
from vault.agent.sidecar.machine.phases import ABSENT
from vault.agent.sidecar.machine.secrets import differs
from vault.contract.errors import Failure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault.agent.fetch import Fetched
    from vault.agent.render.render import Note, Rendered
    from vault.agent.render.templates.templates import Batch, Templates
    from vault.agent.sidecar.machine.messages import Outcome
    from vault.agent.sidecar.machine.state import ReadState, State
    from vault.contract.plan import Plan

_TEMPLATE_SECONDS = 5.0  # for all runs of one publication


class Files:
    """What a Plan wants of files, its templates, and what was said of them already."""

    __slots__ = ("_noted", "_plan", "_templates")

    def __init__(self, plan: Plan) -> None:
        """Write nothing yet. Raises TemplateFailed."""
        self._plan = plan
        self._noted: set[Note] = set()
        self._templates: Templates | None = None
        if plan.templates:
            from vault.agent.template_sources import load_templates  # noqa: PLC0415 - few Pods pay for it

            self._templates = load_templates(plan, _are_equal)

    def publish_first(self, state: State) -> Published | ReadsWanted:
        """Publish all that was read. Raises Failure: without the first files there is no sidecar."""
        self._give_templates_time()
        batch = self._run_templates(state.reads)
        wanted = _not_asked_for(batch, state)
        if wanted is not None:
            return wanted
        rendered = self._render(state.reads, batch)
        # stopped between two directories, the first publication has not ended
        is_first = not all(map(current_set, rendered.directories))
        return self._published(rendered, batch).replace(is_first=is_first)

    def publish_staged(self, state: State) -> Outcome:
        """Publish what is staged and can be rendered: a key that one secret lacks does not hold up the others."""
        rejected: list[tuple[int, Failure]] = []
        self._give_templates_time()
        try:
            try:
                batch = self._run_templates(state.reads)
                wanted = _not_asked_for(batch, state)
                if wanted is not None:
                    return wanted
                rendered = self._render(state.reads, batch)
            except Exception:  # noqa: BLE001 - whose secret it is, is found out
                rejected = self._find_rejected(state)
                numbers = dict(rejected)
                kept = [
                    read.replace(staged=None) if number in numbers else read for number, read in enumerate(state.reads)
                ]
                batch = self._run_templates(kept)
                rendered = self._render(kept, batch)
            return self._published(rendered, batch).replace(rejected=tuple(rejected))
        except Failure as failure:  # the volume is full, for example
            return Failed(failure=failure)

    def have_sources_changed(self) -> bool:
        """Whether a file of the Pod that a published template has read has other contents now."""
        return self._templates is not None and self._templates.have_sources_changed()

    def _find_rejected(self, state: State) -> list[tuple[int, Failure]]:
        """Render each staged secret with the others as they are published."""
        rejected = []
        for staged, read in enumerate(state.reads):
            if read.staged is None:
                continue
            tried = [each if number == staged else each.replace(staged=None) for number, each in enumerate(state.reads)]
            try:
                render_all(self._plan, self._of_plan(tried), self._run_templates(tried))
            except Exception as error:  # noqa: BLE001 - whatever it is, it is this secret's
                rejected += [(staged, log.as_failure(error))]
        return rejected

    def _give_templates_time(self) -> None:
        """Let the templates run so long for one publication, so that they do not hold up what is due."""
        if self._templates is not None:
            self._templates.within(Deadline(_TEMPLATE_SECONDS))

    def _run_templates(self, reads: Sequence[ReadState]) -> Batch | None:
        """Run the templates with what was read. None: there are none. Raises Failure."""
        if self._templates is None:
            return None
        known = {read.spec.call: read.latest for read in reads if read.latest is not None or read.phase == ABSENT}
        return self._templates.make(known)

    def _of_plan(self, reads: Sequence[ReadState]) -> list[Fetched | None]:
        return [read.latest for read in reads[: len(self._plan.reads)]]

    def _render(self, reads: Sequence[ReadState], batch: Batch | None) -> Rendered:
        """Render what is to be published. What is to be said of it is said once, not at each change."""
        rendered = render_all(self._plan, self._of_plan(reads), batch)
        for note in rendered.notes:
            if note not in self._noted:
                self._noted.add(note)
                log.write(**dict(note.items()))
        add_launchers(self._plan, rendered.directories)
        return rendered

    def _published(self, rendered: Rendered, batch: Batch | None) -> Published:
        changed = {place: files for place, files in rendered.directories.items() if not is_published(place, files)}
        publish(changed)
        if self._templates is not None and batch is not None:
            self._templates.mark_published(batch)
        used = frozenset() if batch is None else batch.used
        return Published(
            files=sum(map(len, changed.values())),
            directories=len(changed),
            used=used,
            warnings=tuple(each for each in rendered.notes if each.level == "warning"),
            has_sources=self._templates is not None and self._templates.have_sources(),
        )


def _are_equal(one: Fetched | None, other: Fetched | None) -> bool:
    """Whether two answers are the same to a template: as for files, a TTL that counts down is no change."""
    if one is None or other is None:
        return one is other
    return one is other or not differs(one, other, for_template=True)


def _not_asked_for(batch: Batch | None, state: State) -> ReadsWanted | None:
    """Return the calls that templates need and nobody has asked for yet. None: there are none.

    One that was asked for has no answer: its own trouble says why, and the file of the template stays as it is.
    """
    asked = {read.spec.call for read in state.reads if read.needed}
    wanted = () if batch is None else batch.wanted
    new = tuple((each.read, each.optional) for each in wanted if each.read.call not in asked)
    return ReadsWanted(reads=new) if new else None
