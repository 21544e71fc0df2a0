"""All templates of a Plan: which calls they need beside the Plan's own, and their files."""

from __future__ import annotations

from vault.agent.render.files import File
from vault.agent.render.templates.one import OneTemplate, Result, Waiting
from vault.contract.errors import TemplateFailed
from vault.contract.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from vault.agent.deadline import Deadline
    from vault.agent.render.templates.functions import Known
    from vault.agent.render.templates.one import Equal, TemplateInputs
    from vault.contract.plan import Call, Read, Template

MOST_CALLS = 1000  # of a Pod, in all


class Wanted(Value):
    """A call that a template needs. `optional`: everything that needs it is."""

    read: Read
    optional: bool


class Batch(Value):
    """What the templates give with what is known.

    `wanted` are calls that are not known yet; a template that needs one has no file in `files`, or the one that was
    published last. `results` is for `Templates.mark_published`, once the files are there; `left_out` are
    annotations, and `without_value` those whose file has `<no value>` in the place of a key that is missing. `kept` are
    annotations whose file stays as it is, since a file of the Pod has made the template fail, each with the reason.
    `used` are the calls that the files are made of, or that a template has asked for which is not at its end.
    """

    files: tuple[tuple[str, File], ...]
    wanted: tuple[Wanted, ...]
    results: tuple[tuple[int, Result], ...]
    used: frozenset[Call]
    left_out: tuple[str, ...] = ()
    without_value: tuple[str, ...] = ()
    kept: tuple[tuple[str, str], ...] = ()


class Templates:
    """The templates of a Plan, parsed."""

    __slots__ = ("_all", "_deadline", "_equal")

    def __init__(self, specs: Sequence[Template], texts: Sequence[bytes], inputs: TemplateInputs, equal: Equal) -> None:
        """Parse them. `equal` says whether two answers are so for who reads them. Raises TemplateFailed."""
        self._all = [OneTemplate(spec, text, inputs) for spec, text in zip(specs, texts, strict=True)]
        self._equal = equal
        self._deadline: Deadline | None = None

    def within(self, deadline: Deadline) -> None:
        """Let the runs from now on end by a deadline."""
        self._deadline = deadline

    def sessions(self) -> frozenset[int]:
        """Return the numbers of the sessions that they read by."""
        return frozenset(each.spec.session for each in self._all)

    def have_sources(self) -> bool:
        """Whether what is published was made of files of the Pod, too."""
        return any(template.sources() for template in self._all)

    def have_sources_changed(self) -> bool:
        """Whether one of those files has other contents now."""
        return any(template.have_sources_changed() for template in self._all)

    def make(self, known: Known) -> Batch:
        """Run those for which something has changed. Raises TemplateFailed and PathAbsent."""
        files: list[tuple[str, File]] = []
        results: list[tuple[int, Result]] = []
        wanted: dict[Call, Wanted] = {}
        used: set[Call] = set()
        left_out = []
        without_value = []
        kept = []
        for number, template in enumerate(self._all):
            found: Result | Waiting | None = template.make(known, self._equal, self._is_over)
            if isinstance(found, Waiting):
                before = wanted.get(found.read.call)
                optional = template.spec.optional and (before is None or before.optional)
                wanted[found.read.call] = Wanted(read=found.read, optional=optional)
                used.update(found.used, [found.read.call])
                found = template.published()
            if found is None:
                continue
            if template.kept_for is not None:
                kept.append((template.spec.annotation, template.kept_for.message))
            results.append((number, found))
            used.update(found.used)
            if not found.files:
                left_out.append(template.spec.annotation)
            if template.spec.missing_key == "default" and found.has_no_value:
                without_value.append(template.spec.annotation)
            files += [(template.spec.directory, each) for each in found.files]
        if len(known) + len(wanted) > MOST_CALLS:
            raise TemplateFailed(
                f"the templates of this Pod ask for more than {MOST_CALLS} paths",
                hint="read secrets that have more in them, or split them over several Pods",
            )
        return Batch(
            files=tuple(files),
            wanted=tuple(wanted.values()),
            results=tuple(results),
            used=frozenset(used),
            left_out=tuple(left_out),
            without_value=tuple(without_value),
            kept=tuple(kept),
        )

    def _is_over(self) -> bool:
        return self._deadline is not None and not self._deadline.remaining()

    def mark_published(self, batch: Batch) -> None:
        """Note that the files of a batch are published."""
        for number, result in batch.results:
            self._all[number].mark_published(result)
