"""The ways to ask for secrets that the webhook understands, a row each.

The conditions of the webhook configuration and of the backstop are generated from these rows, by
deploy/chart/generate.py, so that the API server never calls us for a dialect that we do not parse.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from webhook.admission.annotations.parse import (
    DOMAIN,
    ENV_PREFIX,
    FILE_PREFIX,
    INJECT,
    TEMPLATE_PREFIX,
    TOKEN_PREFIX,
    parse_annotations,
)
from webhook.admission.annotations.spec import InjectionSpec
from webhook.admission.cache import Cache


class Dialect(NamedTuple):
    """One set of annotations. All annotations of `domain` and of its subdomains belong to it.

    `prefixes` are those that ask for a secret. With `switch_on`, a Pod asks only if that annotation is "true"; with
    `switch_off`, it does not ask if that one is "false". `injected_by` names containers that another tool injects
    for the same annotations. `parse` returns None if a Pod does not ask, and raises Rejected.
    """

    domain: str
    prefixes: tuple[str, ...]
    parse: Callable[[Mapping[str, Any], Cache | None], InjectionSpec | None]
    switch_on: str = ""
    switch_off: str = ""
    injected_by: tuple[str, ...] = ()


OURS = Dialect(
    DOMAIN,
    (FILE_PREFIX, ENV_PREFIX, TEMPLATE_PREFIX, TOKEN_PREFIX),
    parse_annotations,
    switch_off=f"{DOMAIN}/{INJECT.name}",
)
DIALECTS = (OURS,)


def parse_any(pod: Mapping[str, Any], cache: Cache | None = None) -> InjectionSpec | None:
    """Parse what a Pod asks for, in whichever dialect. None: it asks in none. Raises Rejected with every problem."""
    for dialect in DIALECTS:
        spec = dialect.parse(pod, cache)
        if spec is not None:
            return spec
    return None
