"""Rule: which annotations are ours and what each of them says.

Facts
- Kubernetes compares annotation prefixes without regard to case, so `File.omamori.dev/x` is a valid annotation; a
  prefix under our domain that is not in lower case is refused, never ignored.
- Every annotation under our domain must be known: a typing error must not leave a Pod without its secret.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from webhook.dialects.own import options
from webhook.dialects.own.secrets import parse_file, parse_variable
from webhook.errors import Problem, Rejected
from webhook.wish import FileWish, VariableWish, Wish

DOMAIN = "omamori.dev"
FILE_PREFIX = f"file.{DOMAIN}"
ENV_PREFIX = f"env.{DOMAIN}"

POD_WIDE: dict[str, tuple[str, Callable[[str], Any]]] = {
    # the annotation's name: the field of Wish, and how its value is parsed
    "role": ("role", options.parse_role),
    "vault": ("vault", options.parse_vault),
    "containers": ("containers", options.parse_names),
    "position": ("position", options.parse_position),
    "mode": ("mode", options.parse_running),
    "on-change": ("on_change", options.parse_on_change),
    "refresh": ("refresh_seconds", options.parse_duration),
    "env-delivery": ("env_delivery", options.parse_delivery),
    "run-as-user": ("run_as_user", options.parse_user),
    "resources": ("resources", options.parse_resources),
    "dir": ("directory", options.parse_directory),
}


def parse(pod: Mapping[str, Any]) -> Wish | None:
    """Parse what a Pod asks for in our grammar.

    None: there is no annotation of ours, or `omamori.dev/inject` is "false". Raises Rejected with every problem.
    """
    ours = tuple(_ours(pod))
    if not ours:
        return None
    wrong = [annotation for annotation, text in ours if not isinstance(text, str)]
    if wrong:
        raise Rejected(_problem(annotation, "is not a string; quote it") for annotation in wrong)
    return _parse(ours)


@lru_cache(maxsize=1024)  # a workload's Pods have the same annotations; what is given is immutable
def _parse(ours: tuple[tuple[str, str], ...]) -> Wish | None:
    problems: list[Problem] = []
    pod_wide: dict[str, Any] = {}
    files: list[FileWish] = []
    variables: list[VariableWish] = []
    for annotation, text in ours:
        try:
            parsed = _parse_annotation(annotation, text)
        except Rejected as rejected:
            problems += [Problem(each.reason, annotation, each.what) for each in rejected.problems]
        except ValueError as error:
            problems.append(_problem(annotation, str(error)))
        else:
            if isinstance(parsed, FileWish):
                files.append(parsed)
            elif isinstance(parsed, VariableWish):
                variables.append(parsed)
            else:
                pod_wide.update(parsed)
    if not pod_wide.pop("inject", True):
        return None
    if problems:
        raise Rejected(problems)
    nothing = f"no {FILE_PREFIX}/… or {ENV_PREFIX}/… annotation: nothing is injected"
    warnings = () if files or variables else (nothing,)
    return Wish(files=tuple(files), variables=tuple(variables), warnings=warnings, **pod_wide)


def _ours(pod: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    annotations = (pod.get("metadata") or {}).get("annotations") or {}
    for annotation, text in annotations.items():
        prefix = annotation.partition("/")[0].lower()
        if prefix == DOMAIN or prefix.endswith(f".{DOMAIN}"):
            yield annotation, text


def _problem(annotation: str, what: str) -> Problem:
    return Problem("annotation", annotation, what)


def _parse_annotation(annotation: str, text: str) -> FileWish | VariableWish | dict[str, Any]:
    """Parse one annotation: a file, a variable, or fields of the Wish. Raises Rejected or ValueError."""
    prefix, _, name = annotation.partition("/")
    if prefix != prefix.lower():
        raise ValueError(f"has upper case in its prefix; write {prefix.lower()}/{name}")
    if prefix == FILE_PREFIX:
        return parse_file(annotation, name, text)
    if prefix == DOMAIN:
        return _parse_pod_wide(name, text)
    if prefix == ENV_PREFIX:
        return parse_variable(annotation, name, text)
    raise ValueError(f"is unknown; the prefixes are {FILE_PREFIX}, {ENV_PREFIX} and {DOMAIN}")


def _parse_pod_wide(name: str, text: str) -> dict[str, Any]:
    if name == "inject":
        return {"inject": options.parse_boolean(text)}
    if name not in POD_WIDE:
        raise ValueError(f"is unknown; {DOMAIN}/ is followed by one of inject, {', '.join(POD_WIDE)}")
    field, parse_one = POD_WIDE[name]
    return {field: parse_one(text)}
