"""Which variables a container's texts refer to as `$(NAME)`, as the kubelet reads it.

Source: k8s.io/kubernetes third_party/forked/golang/expansion. `$$` is one `$` and hides what follows; `$(` without a
`)` behind it is text. In a value of `env` a name stands for what is declared before it, else for a variable of a
service; `envFrom` comes before all of `env` (makeEnvironmentVariables in pkg/kubelet).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from vault.contract.shown import shown
from webhook.admission.limits import MAX_DOLLARS, MAX_NAME_CHARACTERS, MAX_UNRESOLVED
from webhook.admission.pod.ownership import is_our_variable, is_our_volume_name
from webhook.admission.problems import Problem, Rejected
from webhook.admission.rawjson import mapping_in, objects_in, text_in, texts_in
from webhook.admission.reasons import Reason

Found = tuple[tuple[str, str], ...]

# what the kubelet gives every container for each service of the namespace (pkg/kubelet/envvars): capitals, and behind
# the service's name one of these; looked for apart, in time that grows with the name and not with its square
_CAPITALS = re.compile(r"[A-Z0-9_]+")
_OF_A_SERVICE = re.compile(
    r"_SERVICE_HOST\Z|_SERVICE_PORT(?:_.|\Z)|_PORT(?:_[0-9]+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?\Z"
)
_EXPRESSION = re.compile(r"\$(?:\$|\(([^)]*)\))")


def references_in(text: str) -> Iterator[str]:
    """Return the names, in the order in which they stand; one may come twice."""
    # cut behind the last ")", every "$(" has its end, and the search never runs to the end of the text in vain
    for found in _EXPRESSION.finditer(text, 0, text.rfind(")") + 1):
        if found[1] is not None:
            yield found[1]


def find_references(containers: Sequence[Mapping[str, Any]], names: Collection[str]) -> list[Found]:
    """Give, for each container, the places where `$(NAME)` of one of the names stands. Raises Rejected for too many."""
    if not names:
        return [()] * len(containers)
    texts = [list(_texts(each)) for each in containers]
    _check_dollars(text for some in texts for _, text in some)
    return [
        tuple({(place, name): None for place, text in some for name in references_in(text) if name in names})
        for some in texts
    ]


def find_unresolved(containers: Sequence[Mapping[str, Any]], names: Container[str]) -> list[Found]:
    """Give, for each container, the places where the kubelet would replace `$(NAME)` if it knew one of the names.

    That is, where neither the container nor a service gives it; a container with an `envFrom` has none, as that may
    give any. Raises Rejected for too many.
    """
    texts = [_Texts() if each.get("envFrom") else _replaced_texts(each) for each in containers]
    _check_dollars(text for some in texts for _, text, _ in some.texts)
    found = [tuple(dict.fromkeys(_unresolved(each, names))) for each in texts]
    if sum(map(len, found)) > MAX_UNRESOLVED:
        what = f"the Pod has more than {MAX_UNRESOLVED} references like $(NAME) to what it does not declare"
        raise Rejected([Problem(Reason.TOO_LARGE, "", what)])
    return found


def _check_dollars(texts: Iterable[str]) -> None:
    if sum(text.count("$") for text in texts) > MAX_DOLLARS:
        what = f"the Pod has more than {MAX_DOLLARS} signs '$' where references like $(NAME) may stand"
        raise Rejected([Problem(Reason.TOO_LARGE, "", what)])


class _Texts(NamedTuple):
    """The texts in which the kubelet replaces references: place, text, and how many items of `env` are before it.

    `declared` has the number of the item that declares a name first.
    """

    declared: Mapping[str, int] = {}
    texts: Sequence[tuple[str, str, int]] = ()


def _replaced_texts(container: Mapping[str, Any]) -> _Texts:
    """Read them. Parts of ours are left out: whether they stay is not known here."""
    declared: dict[str, int] = {}
    texts: list[tuple[str, str, int]] = []
    variables = objects_in(container, "env")
    for number, each in enumerate(variables):
        if not is_our_variable(each):
            declared.setdefault(text_in(each, "name"), number)
            texts.append((_place_of(each), text_in(each, "value"), number))
    for kind in ("command", "args"):
        texts += [(kind, each, len(variables)) for each in texts_in(container, kind)]
    for each in objects_in(container, "volumeMounts"):
        if not is_our_volume_name(text_in(each, "name")):
            texts.append(("subPathExpr", text_in(each, "subPathExpr"), len(variables)))
    return _Texts(declared, texts)


def _unresolved(container: _Texts, names: Container[str]) -> Iterator[tuple[str, str]]:
    for place, text, before in container.texts:
        for name in references_in(text) if "$" in text else ():
            is_given = container.declared.get(name, before) < before or _is_of_a_service(name)
            if not is_given and name in names:
                yield place, name


def _is_of_a_service(name: str) -> bool:
    return _CAPITALS.fullmatch(name) is not None and _OF_A_SERVICE.search(name, 1) is not None


def _place_of(variable: Mapping[str, Any]) -> str:
    return f"variable {shown(text_in(variable, 'name'), MAX_NAME_CHARACTERS)}"


def _texts(container: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Return the texts in which the kubelet replaces references, or would leave them as they are, with their places."""
    for kind in ("command", "args"):
        yield from ((kind, each) for each in texts_in(container, kind))
    for each in objects_in(container, "env"):
        yield _place_of(each), text_in(each, "value")
    for each in objects_in(container, "volumeMounts"):
        yield "subPathExpr", text_in(each, "subPathExpr")
    for kind in ("livenessProbe", "readinessProbe", "startupProbe"):
        yield from ((kind, each) for each in _executed(mapping_in(container, kind)))
    lifecycle = mapping_in(container, "lifecycle")
    for kind in ("postStart", "preStop"):
        yield from ((f"lifecycle.{kind}", each) for each in _executed(mapping_in(lifecycle, kind)))


def _executed(action: Mapping[str, Any]) -> Sequence[str]:
    return texts_in(mapping_in(action, "exec"), "command")
