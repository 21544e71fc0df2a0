"""Which variables a container's texts refer to as `$(NAME)`, as the kubelet reads it.

Source: k8s.io/kubernetes third_party/forked/golang/expansion. `$$` is one `$` and hides what follows; `$(` without a
`)` behind it is text.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from vault.contract.shown import shown
from webhook.admission.limits import MAX_DOLLARS, MAX_NAME_CHARACTERS
from webhook.admission.problems import Problem, Rejected
from webhook.admission.rawjson import mapping_in, objects_in, text_in, texts_in
from webhook.admission.reasons import Reason

_EXPRESSION = re.compile(r"\$(?:\$|\(([^)]*)\))")


def references_in(text: str) -> Iterator[str]:
    """Return the names, in the order in which they stand; one may come twice."""
    # cut behind the last ")", every "$(" has its end, and the search never runs to the end of the text in vain
    for found in _EXPRESSION.finditer(text, 0, text.rfind(")") + 1):
        if found[1] is not None:
            yield found[1]


def find_references(
    containers: Sequence[Mapping[str, Any]], names: Collection[str]
) -> list[tuple[tuple[str, str], ...]]:
    """Give, for each container, the places where `$(NAME)` of one of the names stands. Raises Rejected for too many."""
    if not names:
        return [()] * len(containers)
    texts = [list(_texts(each)) for each in containers]
    if sum(text.count("$") for some in texts for _, text in some) > MAX_DOLLARS:
        what = f"the Pod has more than {MAX_DOLLARS} signs '$' where references like $(NAME) may stand"
        raise Rejected([Problem(Reason.TOO_LARGE, "", what)])
    return [
        tuple({(place, name): None for place, text in some for name in references_in(text) if name in names})
        for some in texts
    ]


def _texts(container: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Return the texts in which the kubelet replaces references, or would leave them as they are, with their places."""
    for kind in ("command", "args"):
        yield from ((kind, each) for each in texts_in(container, kind))
    for each in objects_in(container, "env"):
        yield f"variable {shown(text_in(each, 'name'), MAX_NAME_CHARACTERS)}", text_in(each, "value")
    for each in objects_in(container, "volumeMounts"):
        yield "subPathExpr", text_in(each, "subPathExpr")
    for kind in ("livenessProbe", "readinessProbe", "startupProbe"):
        yield from ((kind, each) for each in _executed(mapping_in(container, kind)))
    lifecycle = mapping_in(container, "lifecycle")
    for kind in ("postStart", "preStop"):
        yield from ((f"lifecycle.{kind}", each) for each in _executed(mapping_in(lifecycle, kind)))


def _executed(action: Mapping[str, Any]) -> Sequence[str]:
    return texts_in(mapping_in(action, "exec"), "command")
