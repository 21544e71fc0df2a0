"""The Plan for the program in the Pod: each login and each call once, each file and each variable with its call."""

from __future__ import annotations

from typing import Any

from vault.contract.plan import Configuration, EnvFile, Output, Plan, Read, Template, Variable, VariableSet
from vault.contract.references import SecretRef
from webhook.admission.annotations.pod_annotations import (
    EnvFromSpec,
    FileSpec,
    InjectionSpec,
    PlacedFile,
    TemplateSpec,
    TokenSpec,
    VariablesSpec,
)
from webhook.admission.plan.env_vars import Environment
from webhook.admission.plan.logins import Logins
from webhook.admission.plan.pod_fields import pod_fields_in
from webhook.admission.plan.security_context import Identity
from webhook.admission.plan.sidecar_mode import is_native_sidecar
from webhook.admission.plan.templates import template_file
from webhook.admission.plan.volumes import FilesVolume
from webhook.admission.pod.names import STATE_DIRECTORY, VOLUMES_DIRECTORY
from webhook.config.settings import AgentSettings

_LAST_SECONDS = 2  # to revoke a token and say what failed, before the hook gives up and the kubelet kills the container

_Data = tuple[tuple[str, str], ...]
_Call = tuple[int, str, int | None, _Data]  # session, path ("": the login), version, data of a write


class _Reads:
    """The calls in their order, each once."""

    def __init__(self, spec: InjectionSpec, logins: Logins) -> None:
        self._spec = spec
        self._logins = logins
        self._numbers: dict[_Call, int] = {}
        self._short: set[_Call] = set()

    def session(self, secret: PlacedFile | VariablesSpec) -> int:
        """Return the number of the session that a secret is read by."""
        return self._logins.numbers[self._spec.vault_role_of(secret)]

    def number(self, secret: FileSpec | VariablesSpec) -> int:
        """Return the number of the call that a secret needs."""
        call = (self.session(secret), secret.source.path, secret.source.version, secret.data)
        if secret.allows_short_lease:
            self._short.add(call)
        return self._number(call)

    def password_number(self, file: FileSpec, password: SecretRef) -> int:
        """Return the number of the call that reads a file's password, by the same login."""
        return self._number((self.session(file), password.path, password.version, ()))

    def login_number(self, token: TokenSpec) -> int:
        """Return the number of the login that gives the application's token."""
        return self._number((self.session(token), "", None, ()))

    def _number(self, call: _Call) -> int:
        return self._numbers.setdefault(call, len(self._numbers))

    def all(self) -> tuple[Read, ...]:
        """Return all of them. One secret that allows a short lease is enough: there is one call."""
        return tuple(map(self._read, self._numbers))

    def _read(self, call: _Call) -> Read:
        session, path, version, data = call
        if not path:
            return Read(path=f"auth/{self._logins.sessions[session].auth_mount}/login", session=session, login=True)
        return Read(
            path=path,
            session=session,
            version=version,
            data=data,
            allows_short_lease=call in self._short,
            pod_fields=pod_fields_in(data),
        )


def plan_agent(
    logins: Logins,
    volumes: tuple[FilesVolume, ...],
    environment: Environment,
    identity: Identity,
    spec: InjectionSpec,
    *,
    configurations: tuple[Configuration, ...],
    warnings: tuple[str, ...],
    settings: AgentSettings,
) -> Plan:
    """Return the Plan."""
    reads = _Reads(spec, logins)
    outputs = _outputs(volumes, identity, reads)
    return Plan(
        sessions=logins.sessions,
        outputs=outputs,
        env_files=_env_files(environment, identity, reads),
        templates=_templates(volumes, identity, reads) if spec.templates else (),
        reads=reads.all(),
        configurations=configurations,
        warnings=warnings,
        deadline_seconds=settings.deadline_seconds,
        **_native_sidecar_fields(spec, settings),
    )


def _outputs(volumes: tuple[FilesVolume, ...], identity: Identity, reads: _Reads) -> tuple[Output, ...]:
    made = []
    for volume in volumes:
        for name, spec in volume.files:
            if not isinstance(spec, FileSpec | TokenSpec):
                continue
            made.append(
                Output(
                    directory=f"{VOLUMES_DIRECTORY}/{volume.name}",
                    name=name,
                    mode=_mode(spec, identity),
                    annotation=spec.annotation,
                    **_contents(spec, reads),
                )
            )
    return tuple(made)


def _contents(spec: FileSpec | TokenSpec, reads: _Reads) -> dict[str, Any]:
    """Return the fields of an Output that say what is in it."""
    if isinstance(spec, TokenSpec):
        return {"read": reads.login_number(spec), "key": "token"}
    return {
        "read": reads.number(spec),
        "key": spec.source.key,
        "pointer": spec.source.pointer,
        "format": spec.format,
        "decode": spec.decode,
        "keys": spec.keys,
        "renames": spec.renames,
        "prefix": spec.prefix,
        "upper": spec.upper,
        **({} if spec.section is None else {"section": spec.section}),
        **_password(spec, reads),
        "optional": spec.optional,
    }


def _password(spec: FileSpec, reads: _Reads) -> dict[str, Any]:
    """Return the fields of an Output that say where its password is; none where it has none."""
    if spec.password is None:
        return {}
    return {
        "password_read": reads.password_number(spec, spec.password),
        "password_key": spec.password.key,
        "password_pointer": spec.password.pointer,
    }


def _templates(volumes: tuple[FilesVolume, ...], identity: Identity, reads: _Reads) -> tuple[Template, ...]:
    return tuple(
        Template(
            directory=f"{VOLUMES_DIRECTORY}/{volume.name}",
            name=name,
            mode=_mode(spec, identity),
            text=spec.text,
            file=template_file(spec),
            session=reads.session(spec),
            left=spec.delimiters[0],
            right=spec.delimiters[1],
            missing_key=spec.missing_key,
            optional=spec.optional,
            allows_short_lease=spec.allows_short_lease,
            seen_at=_seen_at(volume),
            annotation=spec.annotation,
        )
        for volume in volumes
        for name, spec in volume.files
        if isinstance(spec, TemplateSpec)
    )


def _mode(spec: PlacedFile, identity: Identity) -> str:
    return f"{spec.mode if spec.mode is not None else identity.mode:04o}"


def _seen_at(volume: FilesVolume) -> str:
    """Return where the containers have a volume, "" where not all have it, and whole, at the same place."""
    places = {"" if mount.sub_path else mount.path for mount in volume.mounts}
    return places.pop() if len(places) == 1 else ""


def _native_sidecar_fields(spec: InjectionSpec, settings: AgentSettings) -> dict[str, Any]:
    """Return the fields that are for a native sidecar."""
    if not is_native_sidecar(spec, settings):
        return {}
    fields: dict[str, Any] = {"state_directory": STATE_DIRECTORY}
    if settings.gate == "hook":
        fields["first_seconds"] = min(settings.deadline_seconds, settings.gate_seconds - _LAST_SECONDS)
    if spec.mode == "init":
        return {**fields, "stays": True}
    fields["mode"] = "sidecar"
    if spec.refresh_seconds is not None:
        fields["refresh_seconds"] = spec.refresh_seconds
    if spec.on_change is not None:
        fields["on_change"] = "restart" if spec.on_change.restart else "signal"
        fields |= {"signal": spec.on_change.signal, "process": spec.on_change.process}
    return fields


def _env_files(environment: Environment, identity: Identity, reads: _Reads) -> tuple[EnvFile, ...]:
    return tuple(
        EnvFile(
            directory=f"{VOLUMES_DIRECTORY}/{file.volume}",
            name=file.name,
            # the kubelet reads as root; the launcher reads as the application
            mode=f"{identity.mode:04o}" if file.is_launched else "0400",
            kind="launcher" if file.is_launched else "kubelet",
            variables=tuple(
                Variable(
                    name=spec.name,
                    read=reads.number(spec),
                    key=spec.source.key,
                    pointer=spec.source.pointer,
                    format=spec.format,
                    decode=spec.decode,
                    encode=spec.encode,
                    optional=spec.optional,
                    annotation=spec.annotation,
                )
                for spec in file.specs
            ),
            has_check=environment.is_checked and not file.is_launched,
            sets=tuple(_variable_set(each, reads) for each in file.sets),
            declared=file.declared,
        )
        for file in environment.files
    )


def _variable_set(spec: EnvFromSpec, reads: _Reads) -> VariableSet:
    return VariableSet(
        read=reads.number(spec),
        key=spec.source.key,
        pointer=spec.source.pointer,
        keys=spec.keys,
        renames=spec.renames,
        prefix=spec.prefix,
        upper=spec.upper,
        optional=spec.optional,
        annotation=spec.annotation,
    )
