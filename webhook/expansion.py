"""Which variables a text refers to as `$(NAME)`, as the kubelet reads it.

Source: k8s.io/kubernetes third_party/forked/golang/expansion. `$$` is one `$` and hides what follows; `$(` without a
`)` behind it is text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_EXPRESSION = re.compile(r"\$(?:\$|\(([^)]*)\))")


def references_in(text: str) -> Iterator[str]:
    """Give the names, in the order in which they stand; one may come twice."""
    # cut behind the last ")", every "$(" has its end, and the search never runs to the end of the text in vain
    for found in _EXPRESSION.finditer(text, 0, text.rfind(")") + 1):
        if found[1] is not None:
            yield found[1]
