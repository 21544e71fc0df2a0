"""What the author is warned of, in the admission's answer and, since controllers swallow that, in the agent's log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from vault.contract.shown import shown
from webhook.admission.annotations.pod_annotations import InjectionSpec
from webhook.admission.limits import MAX_WARNING_CHARACTERS, MAX_WARNINGS
from webhook.admission.plan.file_targets import Target
from webhook.admission.pod.facts import PodFacts
from webhook.config.directories import warning_of


def warnings_of_pod(spec: InjectionSpec, pod: PodFacts, wanted: Mapping[str, tuple[Target, ...]]) -> Iterator[str]:
    """Warn of what is possible, and seldom meant."""
    if pod.service_account == "default" and spec.role is None and spec.configuration is None:
        yield "the Pod uses the ServiceAccount 'default', which gives its secrets to every such Pod in the namespace"
    if pod.hints_at_windows:
        yield "the Pod has windowsOptions; on a Windows node it would never start: remove the annotations there"
    for directory in {
        each.directory: None for targets in wanted.values() for each in targets if not each.spec.is_single
    }:
        warning = warning_of(directory)
        if warning is not None:
            yield warning


def bounded(warnings: Iterable[str]) -> tuple[str, ...]:
    """Return each warning once, in a bounded number and length: they travel in the answer and in the Plan."""
    distinct = [shown(each, MAX_WARNING_CHARACTERS) for each in dict.fromkeys(warnings)]
    more = len(distinct) - MAX_WARNINGS
    return tuple(distinct) if more <= 0 else (*distinct[:MAX_WARNINGS], f"and {more} more warnings")
