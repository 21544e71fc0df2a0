r"""Encode the Plan as JSON in the init container's environment, and decode it with a check of every field.

Facts
- One environment string is limited to 128 KiB by Linux (MAX_ARG_STRLEN), so a long Plan is cut into numbered parts:
  `OMAMORI_PLAN`, `OMAMORI_PLAN_2`, …, joined in order.
- The kubelet expands `$(NAME)` and `$$` in env values (k8s.io/kubernetes third_party/forked/golang/expansion), so the
  JSON spells each `$` as `\u0024`.
- Fields with their default value are omitted, and a reader refuses an unknown field by name: an agent image older than
  the webhook then reports which feature it lacks, instead of missing a secret.
"""

from __future__ import annotations

from vault.contract import cjson, decoding
from vault.contract.errors import PlanInvalid
from vault.contract.names import PLAN_VARIABLE, POD_FIELDS
from vault.contract.plan import (
    AUTH_KINDS,
    DECODINGS,
    ENCODINGS,
    ENV_FILE_KINDS,
    FORMATS,
    KEY_STORES,
    MISSING_KEYS,
    MODES,
    ON_CHANGE,
    OWN_AUTH_KINDS,
    SIGNALS,
    VARIABLE_FORMATS,
    AwsLogin,
    Configuration,
    EnvFile,
    Output,
    Plan,
    Read,
    Session,
    Template,
    Variable,
    VariableSet,
)
from vault.contract.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

PLAN_VERSION = 1
PART_BYTES = 100 * 1024


def to_json(plan: Plan) -> str:
    """Render a Plan as ASCII JSON without a `$`: `from_json(to_json(plan)) == plan`; equal Plans give equal bytes."""
    document = {"plan": PLAN_VERSION, **_to_record(plan)}
    return cjson.dumps(document, compact=True).replace("$", "\\u0024")


def _to_record(value: Value) -> dict[str, Any]:
    defaults = type(value)._defaults  # noqa: SLF001 - our own base class
    record: dict[str, Any] = {}
    for name in value.__slots__:
        field = getattr(value, name)
        if name in defaults and field == defaults[name]:
            continue
        if isinstance(field, tuple):
            field = [_to_record(each) if isinstance(each, Value) else each for each in field]
        elif isinstance(field, Value):
            field = _to_record(field)
        record[name] = field
    return record


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
        document = cjson.loads(text)
    except (ValueError, RecursionError) as error:
        # the message of a JSONDecodeError gives the place, not the text
        raise PlanInvalid(f"{PLAN_VARIABLE} is not JSON: {error}", hint="a part of it may be lost") from None
    version = document.pop("plan", None) if isinstance(document, dict) else None
    if version != PLAN_VERSION:
        raise PlanInvalid(
            f"{PLAN_VARIABLE} is of version {version!r}, this program reads version {PLAN_VERSION}",
            hint=decoding.OTHER_RELEASE_HINT,
        )
    plan: Plan = decoding.record(Plan, _CHECKS[Plan])(document, "")
    _check_indices(plan)
    return plan


_CHECKS: dict[type[Value], dict[str, Any]] = {
    AwsLogin: {
        **dict.fromkeys(AwsLogin.__slots__, decoding.text),
        **dict.fromkeys(("identity_host", "region", "server_id"), decoding.header),
    },
    Session: {
        **dict.fromkeys(Session.__slots__, decoding.text),
        "auth_kind": decoding.choice(*AUTH_KINDS, *OWN_AUTH_KINDS),
        "namespace": decoding.header,
        "insecure": decoding.flag,
    },
    Read: {
        "path": decoding.text,
        "session": decoding.number,
        "version": decoding.number,
        "data": decoding.many(decoding.pair),
        "allows_short_lease": decoding.flag,
        "login": decoding.flag,
        "pod_fields": decoding.many(decoding.choice(*POD_FIELDS)),
    },
    Output: {
        **dict.fromkeys(("directory", "name", "key", "prefix", "section", "password_key", "annotation"), decoding.text),
        "mode": decoding.octal,
        "read": decoding.number,
        "pointer": decoding.many(decoding.text),
        "format": decoding.choice(*FORMATS),
        "decode": decoding.choice(*DECODINGS),
        "keys": decoding.many(decoding.text),
        "renames": decoding.many(decoding.pair),
        "password_read": decoding.number,
        "password_pointer": decoding.many(decoding.text),
        "upper": decoding.flag,
        "optional": decoding.flag,
    },
    Variable: {
        **dict.fromkeys(("name", "key", "annotation"), decoding.text),
        "read": decoding.number,
        "pointer": decoding.many(decoding.text),
        "format": decoding.choice(*VARIABLE_FORMATS),
        "decode": decoding.choice(*DECODINGS),
        "encode": decoding.choice(*ENCODINGS),
        "optional": decoding.flag,
    },
    VariableSet: {
        **dict.fromkeys(("key", "prefix", "annotation"), decoding.text),
        "read": decoding.number,
        **dict.fromkeys(("pointer", "keys"), decoding.many(decoding.text)),
        "renames": decoding.many(decoding.pair),
        **dict.fromkeys(("upper", "optional"), decoding.flag),
    },
}
_CHECKS[Session]["aws"] = decoding.record(AwsLogin, _CHECKS[AwsLogin])
_CHECKS[EnvFile] = {
    **dict.fromkeys(("directory", "name"), decoding.text),
    "mode": decoding.octal,
    "kind": decoding.choice(*ENV_FILE_KINDS),
    "variables": decoding.many(decoding.record(Variable, _CHECKS[Variable])),
    "has_check": decoding.flag,
    "sets": decoding.many(decoding.record(VariableSet, _CHECKS[VariableSet])),
    "declared": decoding.many(decoding.text),
}
_CHECKS[Template] = {
    **dict.fromkeys(("directory", "name", "text", "file", "left", "right", "seen_at", "annotation"), decoding.text),
    "mode": decoding.octal,
    "session": decoding.number,
    "missing_key": decoding.choice(*MISSING_KEYS),
    "allows_short_lease": decoding.flag,
    "optional": decoding.flag,
}
_CHECKS[Configuration] = {
    "files": decoding.many(decoding.text),
    "volumes": decoding.many(decoding.pair),
    "sources": decoding.many(decoding.pair),
    "app_role_directory": decoding.text,
    "annotation": decoding.text,
}
_CHECKS[Plan] = {
    "sessions": decoding.many(decoding.record(Session, _CHECKS[Session])),
    "reads": decoding.many(decoding.record(Read, _CHECKS[Read])),
    "outputs": decoding.many(decoding.record(Output, _CHECKS[Output])),
    "env_files": decoding.many(decoding.record(EnvFile, _CHECKS[EnvFile])),
    "templates": decoding.many(decoding.record(Template, _CHECKS[Template])),
    "warnings": decoding.many(decoding.text),
    "deadline_seconds": decoding.number,
    "mode": decoding.choice(*MODES),
    "state_directory": decoding.text,
    "first_seconds": decoding.number,
    "stays": decoding.flag,
    "refresh_seconds": decoding.number,
    "on_change": decoding.choice(*ON_CHANGE),
    "signal": decoding.choice("", *SIGNALS),
    "process": decoding.text,
    "configurations": decoding.many(decoding.record(Configuration, _CHECKS[Configuration])),
}


def _check_indices(plan: Plan) -> None:
    if len(plan.configurations) > 1:
        raise decoding.invalid("configurations", "at most one")
    for index, read in enumerate(plan.reads):
        if read.session >= len(plan.sessions):
            raise decoding.invalid(f"reads[{index}].session", "the index of a session")
    for index, template in enumerate(plan.templates):
        if template.session >= len(plan.sessions):
            raise decoding.invalid(f"templates[{index}].session", "the index of a session")
        if bool(template.text) == bool(template.file):
            raise decoding.invalid(f"templates[{index}].text", "given, or `file` is, and not both")
    made: list[tuple[str, Output | Variable | VariableSet]] = []
    made += [(f"outputs[{at}]", each) for at, each in enumerate(plan.outputs)]
    for index, env_file in enumerate(plan.env_files):
        made += [(f"env_files[{index}].variables[{at}]", each) for at, each in enumerate(env_file.variables)]
        made += [(f"env_files[{index}].sets[{at}]", each) for at, each in enumerate(env_file.sets)]
        if env_file.sets and env_file.kind != "launcher":
            raise decoding.invalid(f"env_files[{index}].sets", "for a launcher, which alone can set them")
    for place, each in made:
        if each.read >= len(plan.reads):
            raise decoding.invalid(f"{place}.read", "the index of a read")
    for index, output in enumerate(plan.outputs):
        if (output.password_read is not None) != (output.format in KEY_STORES):
            raise decoding.invalid(f"outputs[{index}].password_read", "given for a key store, and for nothing else")
        if output.password_read is not None and output.password_read >= len(plan.reads):
            raise decoding.invalid(f"outputs[{index}].password_read", "the index of a read")
