"""The ways to ask for secrets that the webhook understands, a row each.

The conditions of the webhook configuration and of the backstop are generated from these rows, by
deploy/chart/generate.py, so that the API server never calls us for a dialect that we do not parse.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from webhook.admission.annotations.parse import ASKING_PREFIXES, DOMAIN, INJECT, parse_annotations
from webhook.admission.annotations.pod_annotations import InjectionSpec
from webhook.admission.annotations.vault_k8s import parse as vault_k8s
from webhook.admission.annotations.vault_k8s.go_values import FALSE_WORDS, TRUE_WORDS
from webhook.admission.annotations.vault_k8s.table import DOMAIN as VAULT_K8S_DOMAIN
from webhook.admission.cache import Cache
from webhook.admission.problems import Problem, Rejected
from webhook.admission.reasons import Reason
from webhook.config.settings import Settings


class Dialect(NamedTuple):
    """One set of annotations. All annotations of `domain` and of its subdomains belong to it.

    `prefixes` are those that ask for a secret. With `switch_on`, a Pod asks only if it has that annotation with
    another value than `off_values`, and one with such a value whose name begins with a prefix; where all of
    `nothing_with` have one of these values, it asks for nothing. With `switch_off`, it does not ask if that one is
    "false". `injected_by` names containers that another tool injects for the same annotations. `chart` is the path of
    the chart's value that turns it on, "" where it always is; `chart_served` and `chart_left` those of the namespaces
    where it is on, "" where it is everywhere. `parse` gets the Pod and the request's namespace; it returns None if a
    Pod does not ask, and raises Rejected.
    """

    domain: str
    prefixes: tuple[str, ...]
    parse: Callable[[Mapping[str, Any], str, Cache | None], InjectionSpec | None]
    switch_on: str = ""
    off_values: tuple[str, ...] = ()
    nothing_with: tuple[tuple[str, tuple[str, ...]], ...] = ()
    switch_off: str = ""
    injected_by: tuple[str, ...] = ()
    chart: str = ""
    chart_served: str = ""
    chart_left: str = ""

    def has(self, key: str) -> bool:
        """Whether an annotation is of this dialect, by its domain."""
        domain, slash, _ = key.lower().partition("/")
        return bool(slash) and (domain == self.domain or domain.endswith(f".{self.domain}"))


def _parse_ours(pod: Mapping[str, Any], _namespace: str, cache: Cache | None) -> InjectionSpec | None:
    return parse_annotations(pod, cache)


OURS = Dialect(
    DOMAIN,
    ASKING_PREFIXES,
    _parse_ours,
    switch_off=f"{DOMAIN}/{INJECT.name}",
)
VAULT_K8S = Dialect(
    VAULT_K8S_DOMAIN,
    tuple(f"{VAULT_K8S_DOMAIN}/agent-inject-{each}" for each in ("secret-", "template-", "token")),
    vault_k8s.parse_annotations,
    switch_on=vault_k8s.SWITCH,
    off_values=FALSE_WORDS,
    nothing_with=(
        (f"{VAULT_K8S_DOMAIN}/agent-pre-populate", FALSE_WORDS),
        (f"{VAULT_K8S_DOMAIN}/agent-pre-populate-only", TRUE_WORDS),
    ),
    injected_by=("vault-agent-init", "vault-agent"),
    chart="dialects.vaultK8s.enabled",
    chart_served="dialects.vaultK8s.servedNamespaces",
    chart_left="dialects.vaultK8s.leftNamespaces",
)
DIALECTS = (OURS, VAULT_K8S)
_OURS_ALONE = (OURS,)


def dialects_of(settings: Settings, namespace: str) -> tuple[Dialect, ...]:
    """Return the dialects that the administrator has turned on for the Pods of a namespace; ours always is.

    What is left to another injector is as if it were off, so that a Pod of both never gets its secrets twice.
    """
    is_served = not settings.vault_k8s_served or namespace in settings.vault_k8s_served
    return DIALECTS if settings.vault_k8s and is_served and namespace not in settings.vault_k8s_left else _OURS_ALONE


def parse_any(
    pod: Mapping[str, Any],
    cache: Cache | None = None,
    *,
    namespace: str = "",
    dialects: tuple[Dialect, ...] = _OURS_ALONE,
) -> InjectionSpec | None:
    """Parse what a Pod asks for, in whichever dialect. `namespace` is the request's.

    None: it asks in none. Raises Rejected with every problem; who asks in two is refused.
    """
    found = parse_annotations(pod, cache)
    if dialects is _OURS_ALONE:
        return found
    for dialect in dialects:
        spec = dialect.parse(pod, namespace, cache) if dialect is not OURS else None
        if spec is None:
            continue
        if found is not None:
            what = (
                f"the Pod asks by annotations of {OURS.domain} and of {dialect.domain}; write all secrets in one of "
                f'both ways, or turn one off ({OURS.switch_off}: "false", {dialect.switch_on}: "false")'
            )
            raise Rejected([Problem(Reason.ANNOTATION, dialect.switch_on, what)])
        found = spec
    return found
