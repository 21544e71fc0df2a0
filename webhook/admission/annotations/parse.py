"""Parse all annotations of omamori in a Pod.

Facts
- Kubernetes compares annotation prefixes without regard to case, so `File.omamori.dev/x` is a valid annotation; a
  prefix under our domain that is not in lower case is refused, never ignored.
- Every annotation under our domain must be known: a typing error must not leave a Pod without its secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from vault.contract.shown import shown
from webhook.admission.annotations import parsers
from webhook.admission.annotations.bounds import check_size, cost_bytes
from webhook.admission.annotations.pod_annotations import (
    EnvFromSpec,
    EnvSpec,
    FileSpec,
    InjectionSpec,
    TemplateSpec,
    TokenSpec,
    VariablesSpec,
)
from webhook.admission.annotations.qualified_keys import problem_with_key
from webhook.admission.annotations.secrets import parse_file, parse_variable, parse_variable_set
from webhook.admission.annotations.templates import check_options, parse_template
from webhook.admission.annotations.tokens import parse_token
from webhook.admission.cache import Cache
from webhook.admission.limits import MAX_NAME_CHARACTERS, MAX_VARIABLE_SETS
from webhook.admission.problems import Problem, Problems, Rejected
from webhook.admission.reasons import Reason
from webhook.config.row import Row, rows_of

DOMAIN = "omamori.dev"
_OUR_DOMAIN = re.compile(re.escape(DOMAIN), re.IGNORECASE | re.ASCII)
_SEPARATORS = ", \t\r\n"

FILE_PREFIX = f"file.{DOMAIN}"
ENV_PREFIX = f"env.{DOMAIN}"
ENV_FROM_PREFIX = f"envfrom.{DOMAIN}"
TEMPLATE_PREFIX = f"template.{DOMAIN}"
TEMPLATE_OPTIONS_PREFIX = f"template-options.{DOMAIN}"
TOKEN_PREFIX = f"token.{DOMAIN}"
ASKING_PREFIXES = (FILE_PREFIX, ENV_PREFIX, ENV_FROM_PREFIX, TEMPLATE_PREFIX, TOKEN_PREFIX)
_TEMPLATE, _FILE = f"{TEMPLATE_PREFIX}/", f"{FILE_PREFIX}/"
_NOTHING = f"no annotation {', '.join(f'{each}/…' for each in ASKING_PREFIXES)}: nothing is injected"

POD_WIDE = rows_of(InjectionSpec)
INJECT = Row("inject", parsers.parse_boolean, '`"false"` disables injection', example="false")


def parse_annotations(pod: Mapping[str, Any], cache: Cache | None = None) -> InjectionSpec | None:
    """Parse what a Pod asks for in our grammar.

    None: there is no annotation of ours, or `omamori.dev/inject` is "false". Raises Rejected with every problem.
    """
    ours = tuple(_ours(pod))
    if not ours:
        return None
    wrong = [annotation for annotation, text in ours if not isinstance(text, str)]
    if wrong:
        raise Rejected(_problem(annotation, "is not a string; quote it") for annotation in wrong)
    if cache is None:
        return _parse(ours, None)
    return cache.get(("spec", ours), lambda: _parse(ours, cache), lambda _: cost_bytes(ours, _words_of))


def _parse(ours: tuple[tuple[str, str], ...], cache: Cache | None) -> InjectionSpec | None:
    check_size(ours, _words_of)
    problems = Problems()
    pod_wide: dict[str, Any] = {}
    files: list[FileSpec] = []
    variables: list[EnvSpec] = []
    variable_sets: list[EnvFromSpec] = []
    templates: list[TemplateSpec] = []
    tokens: list[TokenSpec] = []
    texts = dict(ours)
    for annotation, text in ours:
        try:
            parsed = _parse_annotation(annotation, text, texts, cache)
        except Rejected as rejected:
            named = (Problem(each.reason, _named(annotation), each.what) for each in rejected.problems)
            problems.take(Rejected(named, rejected.more))
        except ValueError as error:
            problems.add(_problem(annotation, str(error)))
        else:
            if isinstance(parsed, FileSpec):
                files.append(parsed)
            elif isinstance(parsed, EnvSpec):
                variables.append(parsed)
            elif isinstance(parsed, EnvFromSpec):
                variable_sets.append(parsed)
            elif isinstance(parsed, TemplateSpec):
                templates.append(parsed)
            elif isinstance(parsed, TokenSpec):
                tokens.append(parsed)
            else:
                pod_wide.update(parsed)
    if not pod_wide.pop("inject", True):
        return None
    if len(variable_sets) > MAX_VARIABLE_SETS:
        what = f"there are more than {MAX_VARIABLE_SETS} annotations {ENV_FROM_PREFIX}/…; deliver some as files"
        problems.add(Problem(Reason.TOO_LARGE, "", what))
    problems.raise_if_any()
    spec = InjectionSpec(
        annotations=ours,
        files=tuple(files),
        variables=tuple(variables),
        variable_sets=tuple(variable_sets),
        templates=tuple(templates),
        tokens=tuple(tokens),
        **pod_wide,
    )
    return spec if spec.asks else replace(spec, warnings=(_NOTHING,))


def _words_of(annotation: str, text: str) -> int:
    """How many parts parsing makes of a text: a template's is looked through, and stays one."""
    return 1 if annotation.startswith(_TEMPLATE) else 1 + sum(map(text.count, _SEPARATORS))


def _ours(pod: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    annotations = (pod.get("metadata") or {}).get("annotations") or {}
    for annotation, text in annotations.items():
        # most annotations are of others: a search is quicker than taking their prefix
        if DOMAIN in annotation or _OUR_DOMAIN.search(annotation):
            prefix = annotation.partition("/")[0].lower()
            if prefix == DOMAIN or prefix.endswith(f".{DOMAIN}"):
                yield annotation, text


def _named(annotation: str) -> str:
    return shown(annotation, MAX_NAME_CHARACTERS)


def _problem(annotation: str, what: str) -> Problem:
    return Problem(Reason.ANNOTATION, _named(annotation), what)


def _parse_annotation(
    annotation: str, text: str, texts: Mapping[str, str], cache: Cache | None
) -> FileSpec | VariablesSpec | TemplateSpec | TokenSpec | dict[str, Any]:
    """Parse one annotation: a file, a variable or several, a template, a token, or fields of the InjectionSpec.

    `texts` are all annotations of ours. A file is remembered: Pods of several workloads often ask for the same ones.
    Raises Rejected or ValueError.
    """
    if cache is not None and annotation.startswith(_FILE):
        key = ("file", annotation, text)
        return cache.get(
            key, lambda: _parse_annotation(annotation, text, texts, None), lambda _: cost_bytes((key[1:],), _words_of)
        )
    prefix, _, name = annotation.partition("/")
    if prefix != prefix.lower():
        raise ValueError(f"has upper case in its prefix; write {_named(prefix.lower())}/{_named(name)}")
    what = problem_with_key(annotation)
    if what is not None:
        raise ValueError(what)
    if prefix == FILE_PREFIX:
        return parse_file(annotation, name, text)
    if prefix == DOMAIN:
        return _parse_pod_wide(name, text)
    if prefix == ENV_PREFIX:
        return parse_variable(annotation, name, text)
    if prefix == ENV_FROM_PREFIX:
        return parse_variable_set(annotation, text)
    if prefix == TEMPLATE_PREFIX:
        return parse_template(annotation, name, text, texts.get(f"{TEMPLATE_OPTIONS_PREFIX}/{name}")) or {}
    if prefix == TEMPLATE_OPTIONS_PREFIX:
        template = _TEMPLATE + name
        check_options(text, template, is_there=template in texts)
        return {}
    if prefix == TOKEN_PREFIX:
        return parse_token(annotation, name, text)
    known = ", ".join((*ASKING_PREFIXES, TEMPLATE_OPTIONS_PREFIX))
    raise ValueError(f"is unknown; the prefixes are {known} and {DOMAIN}")


def _parse_pod_wide(name: str, text: str) -> dict[str, Any]:
    if name == "inject":
        return {"inject": INJECT.parse(text)}
    if name not in POD_WIDE:
        raise ValueError(f"is unknown; {DOMAIN}/ is followed by one of inject, {', '.join(POD_WIDE)}")
    known = POD_WIDE[name]
    return {known.field: known.parse(text)}
