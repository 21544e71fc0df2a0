"""All templates of a Plan: which calls they need beside the Plan's own, and their files."""

from __future__ import annotations

from vault.agent.render.files import File
from vault.agent.render.templates.one import Made, OneTemplate, Waiting
from vault.contract.errors import TemplateFailed
from vault.contract.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault.agent.deadline import Deadline
    from vault.agent.render.templates.functions import Known
    from vault.agent.render.templates.one import Outside, Same
    from vault.contract.plan import Call, Read, Template

MOST_CALLS = 1000  # of a Pod, in all


class Wanted(Value):
    """A call that a template needs. `optional`: everything that needs it is."""

    read: Read
    optional: bool


class Batch(Value):
    """What the templates give with what is known.

    `wanted` are calls that are not known yet; a template that needs one has no file in `files`, or the one that was
    published last. `made` is to be given to `Templates.show` once the files are published; `left_out` are annotations.
    `used` are the calls that the files are made of, or that a template has asked for which is not at its end.
    """

    files: tuple[tuple[str, File], ...]
    wanted: tuple[Wanted, ...]
    made: tuple[tuple[int, Made], ...]
    used: frozenset[Call]
    left_out: tuple[str, ...] = ()


class Templates:
    """The templates of a Plan, parsed."""

    __slots__ = ("_all", "_deadline", "_same")

    def __init__(self, specs: Sequence[Template], texts: Sequence[bytes], outside: Outside, same: Same) -> None:
        """Parse them. `same` says whether two answers are so for who reads them. Raises TemplateFailed."""
        self._all = [OneTemplate(spec, text, outside) for spec, text in zip(specs, texts, strict=True)]
        self._same = same
        self._deadline: Deadline | None = None

    def within(self, deadline: Deadline) -> None:
        """Let the runs from now on end by a deadline."""
        self._deadline = deadline

    def sessions(self) -> frozenset[int]:
        """Return the numbers of the sessions that they read by."""
        return frozenset(each.spec.session for each in self._all)

    def make(self, known: Known) -> Batch:
        """Run those for which something has changed. Raises TemplateFailed and PathAbsent."""
        files: list[tuple[str, File]] = []
        made: list[tuple[int, Made]] = []
        wanted: dict[Call, Wanted] = {}
        used: set[Call] = set()
        left_out = []
        for number, template in enumerate(self._all):
            found: Made | Waiting | None = template.make(known, self._same, self._is_over)
            if isinstance(found, Waiting):
                before = wanted.get(found.read.call)
                optional = template.spec.optional and (before is None or before.optional)
                wanted[found.read.call] = Wanted(read=found.read, optional=optional)
                used.update(found.used, [found.read.call])
                found = template.shown()
            if found is None:
                continue
            made.append((number, found))
            used.update(found.used)
            if found.output is None:
                left_out.append(template.spec.annotation)
            else:
                file = File(name=template.spec.name, contents=found.output, mode=int(template.spec.mode, 8))
                files.append((template.spec.directory, file))
        if len(known) + len(wanted) > MOST_CALLS:
            raise TemplateFailed(
                f"the templates of this Pod ask for more than {MOST_CALLS} paths",
                hint="read secrets that have more in them, or split them over several Pods",
            )
        return Batch(
            files=tuple(files),
            wanted=tuple(wanted.values()),
            made=tuple(made),
            used=frozenset(used),
            left_out=tuple(left_out),
        )

    def _is_over(self) -> bool:
        return self._deadline is not None and not self._deadline.remaining()

    def show(self, batch: Batch) -> None:
        """Note that the files of a batch are published."""
        for number, made in batch.made:
            self._all[number].show(made)
