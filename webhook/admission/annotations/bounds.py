"""Bound the work that a Pod's annotations make, before any of them is parsed, and say what they take in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from webhook.admission.limits import MAX_ANNOTATION_BYTES, MAX_SECRETS, MAX_WORDS
from webhook.admission.problems import Problem, Rejected
from webhook.admission.reasons import Reason

# what parsed annotations take in memory, measured with tracemalloc (tests/webhook/test_cache.py holds it)
_SPEC_BYTES = 2_000
_SECRET_BYTES = 2_000
_WORD_BYTES = 200

Named = tuple[tuple[str, str], ...]
Words = Callable[[str, str], int]


def check_size(named: Named, words_of: Words, tool: str = "omamori") -> None:
    """Refuse too many annotations, or too large ones; `words_of` counts the parts of one. Raises Rejected."""
    size = sum(len(annotation) + len(text) for annotation, text in named)
    if size > MAX_ANNOTATION_BYTES:  # characters, so this refuses nothing that the API server takes
        most = f"{MAX_ANNOTATION_BYTES >> 10} KiB"
        what = f"the annotations of {tool} have more than {most}, more than any API server accepts"
    elif len(named) > MAX_SECRETS:
        what = f"there are more than {MAX_SECRETS} annotations of {tool}; deliver some secrets whole, as one file"
    elif _words(named, words_of) > MAX_WORDS:
        what = f"the annotations of {tool} have more than {MAX_WORDS} options and container names in all"
    else:
        return
    raise Rejected([Problem(Reason.TOO_LARGE, "", what)])


def cost_bytes(named: Named, words_of: Words) -> int:
    """How much memory the parsed annotations take, with what they were parsed of."""
    texts = sum(len(annotation) + len(text) for annotation, text in named)
    return _SPEC_BYTES + 8 * texts + _SECRET_BYTES * len(named) + _WORD_BYTES * _words(named, words_of)


def _words(named: Iterable[tuple[str, str]], words_of: Words) -> int:
    return sum(words_of(annotation, text) for annotation, text in named)
