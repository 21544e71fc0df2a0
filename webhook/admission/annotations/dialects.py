"""The grammars in which a Pod's author may ask: each a `parse(pod, cache) -> Wish | None` that knows no other.

A dialect takes a raw Pod and gives what it asks for, or None where the Pod does not speak it. It raises Rejected with
every problem. What it gives is well formed; whether the Pod can have it is for planning to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from webhook.admission.annotations.parse import parse as parse_own

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from webhook.admission.annotations.spec import InjectionSpec
    from webhook.admission.cache import Cache

DIALECTS: tuple[Callable[[Mapping[str, Any], Cache | None], InjectionSpec | None], ...] = (parse_own,)
