"""One template of a Plan: parsed once, run until all that it reads is there."""

from __future__ import annotations

from vault.agent.render.files import File
from vault.agent.render.templates.chance import Replay
from vault.agent.render.templates.functions import Functions, LeftOut, PathIsAbsent, ReadUnknown, digest_of
from vault.agent.secret import Secret
from vault.contract.errors import PathAbsent, TemplateFailed
from vault.contract.values import Value
from vault.gotemplate.errors import Fault, TemplateError
from vault.gotemplate.template import parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from vault.agent.fetch import Fetched
    from vault.agent.render.templates.functions import Known
    from vault.contract.plan import Call, Read, Template

    Equal = Callable[[Fetched | None, Fetched | None], bool]


_NO_VALUE = b"<no value>"


class TemplateInputs(Value):
    """What templates take from outside, as functions, since this folder does no I/O.

    `read_file` gives a file of our container, and raises Fault for one that is not to be read; `environment` are our
    container's variables. `random` gives so many bytes, `now` the nanoseconds since the epoch.
    """

    read_file: Callable[[bytes], bytes]
    environment: Mapping[str, str]
    random: Callable[[int], bytes]
    now: Callable[[], int]


class Result(Value):
    """What a run gave: the template's file, and those that it wrote beside it.

    They were made of `used`, answers of Vault, and of `sources`, files of the Pod with their digests. No file: the
    template is optional, and something is not there.
    """

    used: dict[Call, Fetched | None]
    sources: dict[bytes, bytes]
    files: tuple[File, ...]

    @property
    def has_no_value(self) -> bool:
        """Whether Go's word for a key that is missing is in a file."""
        return any(_NO_VALUE in file.contents.reveal() for file in self.files)

    def is_current(self, known: Known, equal: Equal) -> bool:
        """Whether each answer that this run used is unchanged, so that running again would give the same bytes."""
        return all(call in known and equal(known[call], fetched) for call, fetched in self.used.items())


class Waiting(Value):
    """A run has stopped at a call that is not known yet; `used` is what it had asked for until then."""

    read: Read
    used: frozenset[Call]


class OneTemplate:
    """A template. Its runs differ only if what it has read differs: not by the time, and not by chance.

    `kept_for`: why it gives what was published, though a file of the Pod that it reads has changed. None: it does not.
    """

    __slots__ = ("_chance", "_functions", "_last", "_parsed", "_published", "_read_file", "kept_for", "spec")

    def __init__(self, spec: Template, text: bytes, inputs: TemplateInputs) -> None:
        """Parse it. Raises TemplateFailed."""
        self.spec = spec
        self._read_file = inputs.read_file
        self._functions = Functions(spec, inputs.read_file, inputs.environment)
        self._chance = Replay(inputs.random, inputs.now)
        self._last: Result | None = None  # the last that came to its end
        self._published: Result | None = None  # the one that was published
        self.kept_for: TemplateFailed | None = None
        try:
            self._parsed = parse(
                text,
                name=spec.name,
                delimiters=(spec.left.encode(), spec.right.encode()),
                functions=self._functions,
            )
        except TemplateError as error:
            raise self._failed(error) from None

    def make(self, known: Known, equal: Equal, expired: Callable[[], bool]) -> Result | Waiting:
        """Return what it gives with what is known, or the call that it needs. Raises TemplateFailed, PathAbsent."""
        self.kept_for = None
        for result in (self._published, self._last):
            if result is not None and result.is_current(known, equal) and self._has_sources_of(result):
                return result
        self._functions.begin(known)
        self._chance.rewind()
        try:
            output = self._parsed.execute(None, missing_key=self.spec.missing_key, expired=expired, chance=self._chance)
        except ReadUnknown as unknown:
            return Waiting(read=unknown.read, used=frozenset(self._functions.used))
        except LeftOut:
            result = Result(used=self._functions.used, sources=self._functions.sources, files=())
        except PathIsAbsent as absent:
            raise PathAbsent(
                f"there is nothing at {absent.read.path}, which the template reads",
                hint="write the secret, or set optional=true",
                path=absent.read.path,
                annotation=self.spec.annotation,
            ) from None
        except TemplateError as error:
            failed = self._failed(error)
            if self._published is not None and self._published.is_current(known, equal):
                # a file of the Pod is at fault, and no secret that could be held back for it
                self.kept_for = failed
                return self._published
            raise failed from None
        else:
            own = File(name=self.spec.name, contents=Secret(output), mode=int(self.spec.mode, 8))
            files = (own, *self._functions.written.files())
            result = Result(used=self._functions.used, sources=self._functions.sources, files=files)
        self._chance.forget()
        self._last = result
        return result

    def published(self) -> Result | None:
        """Return what was published last."""
        return self._published

    def mark_published(self, result: Result) -> None:
        """Note what was published."""
        self._published = result

    def sources(self) -> Collection[bytes]:
        """Return the paths of the Pod's files that what is published was made of."""
        return () if self._published is None else self._published.sources

    def have_sources_changed(self) -> bool:
        """Whether one of them has other contents now."""
        return self._published is not None and not self._has_sources_of(self._published)

    def _has_sources_of(self, result: Result) -> bool:
        """Whether the files are as they were for a run. One that is gone, or is being replaced, changes nothing."""
        for path, digest in result.sources.items():
            try:
                if digest_of(self._read_file(path)) != digest:
                    return False
            except Fault:
                continue
        return True

    def _failed(self, error: TemplateError) -> TemplateFailed:
        hint = "fix the template at that place; docs/templates.md says what a template can do"
        if "map has no entry for key" in error.reason:
            hint = "a secret's keys are in .Data, those of KV version 2 in .Data.data"
        return TemplateFailed(str(error), hint=hint, annotation=self.spec.annotation)
