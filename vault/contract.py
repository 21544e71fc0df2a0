r"""Rule: the Plan is all that the webhook tells the program in the Pod, and this file is its only description.

The Plan travels as JSON in the init container's environment. It names Vaults, roles, paths, files and modes: no secret,
so that anybody may read it in `kubectl describe pod`.

Facts
- One environment string is limited to 128 KiB by Linux (MAX_ARG_STRLEN), so a long Plan is cut into numbered parts:
  `OMAMORI_PLAN`, `OMAMORI_PLAN_2`, …, joined in order.
- The kubelet expands `$(NAME)` and `$$` in env values (k8s.io/kubernetes third_party/forked/golang/expansion), so the
  JSON spells each `$` as `\u0024`.
- Fields that have their default are left out, and a reader refuses a field that it does not know, by name: an injector
  image older than the webhook then says which feature it lacks, instead of leaving a secret out.
"""

from __future__ import annotations

import json

from vault import records
from vault.errors import PlanInvalid
from vault.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

PLAN_VERSION = 1
PLAN_VARIABLE = "OMAMORI_PLAN"
PART_BYTES = 100 * 1024

AUTH_KINDS = ("kubernetes", "jwt")
FORMATS = ("raw", "json", "yaml", "env", "dotenv", "properties", "map")
DECODINGS = ("", "base64")


class Session(Value):
    """One login to one Vault, which the administrator calls by the name `vault`.

    Of `ca_pem` (the CA itself), `ca_file` and `ca_directory` (paths in our container; the directory is hashed, as
    OpenSSL does) at most one is given; with none the image's own certificates are trusted. `namespace` is Vault's,
    "" is its root. `token_file` holds the ServiceAccount token. `insecure` allows an `http://` address.
    """

    vault: str
    address: str
    role: str
    token_file: str
    auth_kind: str = "kubernetes"
    auth_mount: str = "kubernetes"
    namespace: str = ""
    ca_pem: str = ""
    ca_file: str = ""
    ca_directory: str = ""
    tls_server_name: str = ""
    insecure: bool = False


class Read(Value):
    """One call to Vault. `session` is an index into the Plan's sessions.

    `version` is a KV version 2 version, None the current one. With `data` (names and values) the call is a write, as
    for `pki/issue/ROLE`; without, a read. Outputs share reads: no two reads of a Plan are equal.
    """

    path: str
    session: int = 0
    version: int | None = None
    data: tuple[tuple[str, str], ...] = ()


class Output(Value):
    """One file to leave, or with the format `map` one folder of files.

    `name` is relative to `directory`, a mount of our container. `read` is an index into the Plan's reads; `key` is one
    key of that secret, None the whole. `mode` is octal ("0400"). `optional`: a missing path or key leaves the file out.
    Errors name `annotation`.
    """

    directory: str
    name: str
    mode: str
    read: int = 0
    key: str | None = None
    format: str = "raw"
    decode: str = ""
    optional: bool = False
    annotation: str = ""


class Plan(Value):
    """Everything that the program in the Pod is to do.

    `warnings` are the webhook's, logged first by the program: controllers swallow those of the admission response.
    """

    sessions: tuple[Session, ...]
    reads: tuple[Read, ...]
    outputs: tuple[Output, ...]
    warnings: tuple[str, ...] = ()
    deadline_seconds: int = 300


def to_json(plan: Plan) -> str:
    """Render a Plan as ASCII JSON without a `$`: `from_json(to_json(plan)) == plan`; equal Plans give equal bytes."""
    document = {"plan": PLAN_VERSION, **_to_record(plan)}
    return json.dumps(document, separators=(",", ":")).replace("$", "\\u0024")


def _to_record(value: Value) -> dict[str, Any]:
    defaults = type(value)._defaults  # noqa: SLF001 - our own base class
    return {
        name: [_to_record(each) if isinstance(each, Value) else each for each in field]
        if isinstance(field, tuple)
        else field
        for name, field in value.items()
        if name not in defaults or field != defaults[name]
    }


def to_environment(plan: Plan) -> dict[str, str]:
    """Render a Plan as environment variables, in parts that Linux takes."""
    text = to_json(plan)
    parts = [text[start : start + PART_BYTES] for start in range(0, len(text), PART_BYTES)]
    return {PLAN_VARIABLE if number == 1 else f"{PLAN_VARIABLE}_{number}": part for number, part in enumerate(parts, 1)}


def from_environment(environment: Mapping[str, str]) -> Plan:
    """Read the Plan that `to_environment` wrote. Raises PlanInvalid."""
    if PLAN_VARIABLE not in environment:
        raise PlanInvalid(
            f"there is no {PLAN_VARIABLE} in the environment",
            hint="this program is started by the omamori webhook, in a container that it adds to a Pod",
        )
    parts = [environment[PLAN_VARIABLE]]
    while (name := f"{PLAN_VARIABLE}_{len(parts) + 1}") in environment:
        parts.append(environment[name])
    return from_json("".join(parts))


def from_json(text: str) -> Plan:
    """Read the JSON of a Plan. Raises PlanInvalid, naming the field; never anything else."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        # the message of a JSONDecodeError gives the place, not the text
        raise PlanInvalid(f"{PLAN_VARIABLE} is not JSON: {error}", hint="a part of it may be lost") from None
    version = document.pop("plan", None) if isinstance(document, dict) else None
    if version != PLAN_VERSION:
        raise PlanInvalid(
            f"{PLAN_VARIABLE} is of version {version!r}, this program reads version {PLAN_VERSION}",
            hint=records.OTHER_RELEASE_HINT,
        )
    plan: Plan = records.record(Plan, _CHECKS[Plan])(document, "")
    _check_indices(plan)
    return plan


_CHECKS: dict[type[Value], dict[str, Any]] = {
    Session: {
        **dict.fromkeys(Session.__slots__, records.text),
        "auth_kind": records.choice(*AUTH_KINDS),
        "namespace": records.header,
        "insecure": records.flag,
    },
    Read: {
        "path": records.text,
        "session": records.number,
        "version": records.number,
        "data": records.many(records.pair),
    },
    Output: {
        **dict.fromkeys(("directory", "name", "key", "annotation"), records.text),
        "mode": records.octal,
        "read": records.number,
        "format": records.choice(*FORMATS),
        "decode": records.choice(*DECODINGS),
        "optional": records.flag,
    },
}
_CHECKS[Plan] = {
    "sessions": records.many(records.record(Session, _CHECKS[Session])),
    "reads": records.many(records.record(Read, _CHECKS[Read])),
    "outputs": records.many(records.record(Output, _CHECKS[Output])),
    "warnings": records.many(records.text),
    "deadline_seconds": records.number,
}


def _check_indices(plan: Plan) -> None:
    for index, read in enumerate(plan.reads):
        if read.session >= len(plan.sessions):
            raise records.invalid(f"reads[{index}].session", "the index of a session")
    for index, output in enumerate(plan.outputs):
        if output.read >= len(plan.reads):
            raise records.invalid(f"outputs[{index}].read", "the index of a read")
