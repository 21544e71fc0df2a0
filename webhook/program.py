"""Rule: the Plan for the program in the Pod: one login, each call once, each file and each variable with its call."""

from __future__ import annotations

from vault.contract import EnvFile, Output, Plan, Read, Session, Variable
from webhook.identity import Identity
from webhook.settings import VaultSettings
from webhook.targets import FilesVolume
from webhook.variables import Environment
from webhook.wish import FileWish, VariableWish

# Mounted here, the API server's ServiceAccount plugin adds no API token to our container, and so does not change the
# Pod after us, which would call every webhook with reinvocationPolicy IfNeeded once more.
TOKEN_DIRECTORY = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 - a path
TOKEN_FILE = f"{TOKEN_DIRECTORY}/token"
CA_FILE = f"{TOKEN_DIRECTORY}/ca.crt"
VOLUMES_DIRECTORY = "/omamori"


class _Reads:
    """The calls in their order, each once."""

    def __init__(self) -> None:
        self._numbers: dict[Read, int] = {}

    def number(self, wish: FileWish | VariableWish) -> int:
        """Give the number of the call that a wish needs."""
        read = Read(path=wish.source.path, version=wish.source.version, data=wish.data)
        return self._numbers.setdefault(read, len(self._numbers))

    def all(self) -> tuple[Read, ...]:
        """Give all of them."""
        return tuple(self._numbers)


def plan_program(
    session: Session,
    volumes: tuple[FilesVolume, ...],
    environment: Environment,
    identity: Identity,
    *,
    warnings: tuple[str, ...],
    deadline_seconds: int,
) -> Plan:
    """Give the Plan."""
    reads = _Reads()
    outputs = tuple(
        Output(
            directory=f"{VOLUMES_DIRECTORY}/{volume.name}",
            name=name,
            read=reads.number(wish),
            key=wish.source.key,
            format=wish.format,
            mode=f"{wish.mode if wish.mode is not None else identity.mode:04o}",
            decode=wish.decode,
            optional=wish.optional,
            annotation=wish.annotation,
        )
        for volume in volumes
        for name, wish in volume.files
    )
    return Plan(
        sessions=(session,),
        outputs=outputs,
        env_files=_env_files(environment, identity, reads),
        reads=reads.all(),
        warnings=warnings,
        deadline_seconds=deadline_seconds,
    )


def plan_session(vault: VaultSettings, role: str) -> Session:
    """Give the login."""
    return Session(
        vault=vault.name,
        address=vault.address,
        role=role,
        token_file=TOKEN_FILE,
        auth_kind=vault.auth_kind,
        auth_mount=vault.auth_mount,
        namespace=vault.namespace,
        ca_pem=vault.ca_pem,
        ca_file=CA_FILE if vault.ca_config_map else "",
        ca_directory=vault.ca_directory,
        tls_server_name=vault.tls_server_name,
        insecure=vault.insecure,
    )


def _env_files(environment: Environment, identity: Identity, reads: _Reads) -> tuple[EnvFile, ...]:
    launched = environment.delivery == "exec"
    return tuple(
        EnvFile(
            directory=f"{VOLUMES_DIRECTORY}/{file.volume}",
            name=file.name,
            # the kubelet reads as root; the launcher reads as the application
            mode=f"{identity.mode:04o}" if launched else "0400",
            kind="launcher" if launched else "kubelet",
            variables=tuple(
                Variable(
                    name=wish.name,
                    read=reads.number(wish),
                    key=wish.source.key,
                    format=wish.format,
                    decode=wish.decode,
                    encode=wish.encode,
                    optional=wish.optional,
                    annotation=wish.annotation,
                )
                for wish in file.wishes
            ),
            has_canary=environment.is_verified and not file.wishes,
        )
        for file in environment.files
    )
