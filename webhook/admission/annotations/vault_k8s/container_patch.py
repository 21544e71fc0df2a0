"""Parse a JSON Patch (RFC 6902) of our container: what of it can be had becomes values, which planning applies.

Only add and replace, of resources, of variables and of our probe's times; each other operation is refused by its
number. vault-k8s' container is not ours: what a patch says of its image, command or mounts has no meaning here.

Facts
- evanphx/json-patch, which vault-k8s uses, takes `null` for a patch without operations; vault-k8s passes over "".
- A name in a path has `~1` for `/` and `~0` for `~` (RFC 6901).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from vault.contract.shown import quoted, shown
from webhook.admission.annotations.vault_k8s.parsers import parse_amount

_MOST_CHARACTERS = 32 * 1024
_MOST_OPERATIONS = 100
_MOST_SECONDS = 24 * 3600
_KINDS = {"requests": "", "limits": "-limit"}
_NAMES = ("cpu", "memory", "ephemeral-storage")
_TIMES = {"initialDelaySeconds": 0, "periodSeconds": 1, "timeoutSeconds": 1, "failureThreshold": 1}
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,255}")
# what changes how Python or the loader starts, whom TLS trusts, how names are found, or what omamori sets itself
_RESERVED = re.compile(
    r"OMAMORI_.*|VAULT_.*|PYTHON.*|LD_.*|DYLD_.*|SSL.*|OPENSSL.*|GLIBC_.*|MALLOC_.*|GCONV_PATH|LOCPATH|NLSPATH|"
    r"LANG|LANGUAGE|LC_.*|TZ.*|.*_PROXY|HOSTALIASES|LOCALDOMAIN|RES_OPTIONS|RESOLV_.*|PATH|HOME|TMPDIR|TEMP|TMP|"
    r"NAMESPACE|HOST_IP|POD_IP",
    re.IGNORECASE,
)
_REASONS = {
    "image": "omamori's container has an image of its own",
    "imagePullPolicy": "that is a setting of the administrator",
    "name": "the name is reserved",
    "command": "omamori's image has nothing else to run",
    "args": "omamori's image has nothing else to run",
    "volumeMounts": "omamori's container gets no mounts but its own",
    "securityContext": "it is always restricted; agent-run-as-user and agent-run-as-group choose the user",
    "envFrom": "omamori's container gets no Secrets and ConfigMaps as variables",
}


@dataclass(frozen=True, slots=True)
class ContainerPatch:
    """What a patch changes, in its order. `resources` are by the names of omamori.dev/resources, "" for the default.

    `times` are fields of the startup probe, which our container has where the administrator's settings say so.
    """

    resources: tuple[tuple[str, str], ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    times: tuple[tuple[str, int], ...] = ()


NO_PATCH = ContainerPatch()


def parse_patch(text: str) -> ContainerPatch:
    """Parse a JSON Patch of resources, variables and the startup probe's times; an empty text or null is none.

    Raises ValueError with every operation that cannot be.
    """
    if text == "":
        return NO_PATCH
    if len(text) > _MOST_CHARACTERS:
        raise ValueError(f"has more than {_MOST_CHARACTERS >> 10} KiB")
    try:
        operations = orjson.loads(text)
    except ValueError as error:
        raise ValueError(f"is no JSON ({shown(str(error))}); write a JSON Patch") from None
    if operations is None:
        return NO_PATCH
    if not isinstance(operations, list) or len(operations) > _MOST_OPERATIONS:
        raise ValueError(f"is no JSON Patch; write a list of at most {_MOST_OPERATIONS} operations")
    found, wrong = _Found(), []
    for number, operation in enumerate(operations, 1):
        try:
            found.take(operation)
        except ValueError as error:
            wrong.append(f"operation {number}{_named(operation)} {error}")
    if wrong:
        raise ValueError("; ".join(wrong))
    return ContainerPatch(tuple(found.resources), tuple(found.variables.items()), tuple(found.times.items()))


class _Found:
    """What operations change, one after the other."""

    def __init__(self) -> None:
        self.resources: list[tuple[str, str]] = []
        self.variables: dict[str, str] = {}
        self.times: dict[str, int] = {}

    def take(self, operation: Any) -> None:
        path, value = _parse_operation(operation)
        match path:
            case ["resources", *below]:
                self.resources += _resources(below, value)
            case ["env", "-"]:
                self.variables.update([_variable(value)])
            case ["startupProbe", name]:
                self.times[name] = _time(name, value)
            case _:
                raise ValueError(_reason(path))


def _named(operation: Any) -> str:
    if not isinstance(operation, dict):
        return ""
    words = " ".join(each for each in (operation.get("op"), operation.get("path")) if isinstance(each, str))
    return f" ({shown(words)})" if words else ""


def _parse_operation(operation: Any) -> tuple[list[str], Any]:
    """Return the path's parts and the value of an operation that adds or replaces."""
    if not isinstance(operation, dict) or not isinstance(operation.get("path"), str):
        raise ValueError("is no operation; write op, path and value")  # noqa: TRY004 - what parsers raise
    if operation.get("op") not in {"add", "replace"}:
        raise ValueError("neither adds nor replaces; of omamori's container nothing can be taken away, moved or tested")
    if "value" not in operation:
        raise ValueError("has no value")
    parts = operation["path"].split("/")
    if parts[0] or len(parts) == 1:
        raise ValueError("has no path within the container, such as /resources/limits/cpu")
    path = [each.replace("~1", "/").replace("~0", "~") for each in parts[1:]]
    if operation["op"] == "replace" and path[0] == "env":
        raise ValueError("replaces a variable; omamori's container has others: add yours to /env/-")
    return path, operation["value"]


def _reason(path: list[str]) -> str:
    if path[0] == "env":
        return "cannot be: add each variable to /env/-"
    if path[0].endswith("Probe"):
        return "cannot be: of probes only the times of startupProbe can be given, one by one"
    return f"cannot be: {_REASONS.get(path[0], 'only resources, variables and the times of startupProbe can be given')}"


def _resources(path: list[str], value: Any) -> Iterator[tuple[str, str]]:
    """Give what a value at a path below /resources says; what an object leaves out is reset."""
    match path:
        case []:
            given = _object(value, _KINDS)
            for kind in _KINDS:
                yield from _resources([kind], given.get(kind))
        case [kind] if kind in _KINDS:
            given = _object(value, _NAMES)
            for name in _NAMES:
                yield name + _KINDS[kind], _amount(given[name]) if name in given else ""
        case [kind, name] if kind in _KINDS and name in _NAMES:
            yield name + _KINDS[kind], _amount(value)
        case _:
            raise ValueError(f"cannot be: of resources {', '.join(_NAMES)} of limits and requests can be given")


def _object(value: Any, names: Any) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict) or not value.keys() <= set(names):
        raise ValueError(f"has another value than an object with some of {', '.join(names)}")
    return value


def _amount(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("has a value that is no quantity")  # noqa: TRY004 - what parsers raise
    return parse_amount(str(value))


def _variable(value: Any) -> tuple[str, str]:
    if not isinstance(value, dict) or not value.keys() <= {"name", "value"}:
        raise ValueError("has another value than an object with name and value: nothing else becomes a variable")
    name, text = value.get("name"), value.get("value", "")
    if not isinstance(name, str) or not isinstance(text, str) or not _VARIABLE.fullmatch(name):
        raise ValueError("has a name or a value that no variable has")
    if "\0" in text:
        raise ValueError("has a value with a NUL")
    if _RESERVED.fullmatch(name):
        raise ValueError(f"sets {quoted(name)}, by which omamori's container would start or connect otherwise")
    return name, text


def _time(name: str, value: Any) -> int:
    if name not in _TIMES:
        raise ValueError(f"cannot be: of startupProbe only {', '.join(_TIMES)} can be given")
    if isinstance(value, bool) or not isinstance(value, int) or not _TIMES[name] <= value <= _MOST_SECONDS:
        raise ValueError(f"has a value that is no number from {_TIMES[name]} to {_MOST_SECONDS}")
    return value
