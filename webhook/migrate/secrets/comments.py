"""Keep comments that stand behind a part that is taken out of a document of ruamel.yaml.

The library hangs a comment on the value before it. So the comment above an item of a list is the last word of the item
before, and would go with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from webhook.workloads.fieldpath import Keys


def keep_comments(spec: Any, removed: Sequence[Keys]) -> None:
    """Hang what stands behind each removed item of a list on the next one that stays."""
    gone = set(removed)
    for keys in removed:
        *above, last = keys
        parent = spec
        for key in above:
            parent = parent[key]
        if not isinstance(parent, CommentedSeq) or not isinstance(last, int):
            continue
        following = next((n for n in range(last + 1, len(parent)) if (*above, n) not in gone), None)
        lines = _lines_behind(parent[last])
        if lines and following is not None:
            column = parent.lc.col
            parent.yaml_set_comment_before_after_key(following, before="\n".join(lines), indent=column)


def _lines_behind(value: Any) -> list[str]:
    """Return the lines of comments behind a value, without their signs; one at its own end is its own."""
    if not isinstance(value, CommentedMap | CommentedSeq) or not value:
        return []
    last = list(value)[-1] if isinstance(value, CommentedMap) else len(value) - 1
    inner = _lines_behind(value[last])
    tokens = value.ca.items.get(last) or []
    texts = [token.value for token in tokens if token is not None and hasattr(token, "value")]
    lines = [line.strip().removeprefix("#").removeprefix(" ") for text in texts for line in text.split("\n")[1:]]
    return inner or [line for line in lines if line]
