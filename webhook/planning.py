"""Rule: from the author's wish, the facts of the Pod and the settings to what is added; or to every reason why not.

The steps of `plan`:
(1) the Vault and the role; (2) where our container stands; (3) which containers get which files; (4) what cannot be
together; (5) the volumes; (6) as whom we run and what the modes are; (7) the resources; (8) the Plan for the program.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from vault.contract import Output, Plan, Read, Session
from webhook.errors import Problem, Rejected
from webhook.identity import Identity, can_read, decide_identity
from webhook.pod import Container, Pod
from webhook.resources import Resources, plan_resources
from webhook.serving import choose_files, choose_position
from webhook.settings import InjectorSettings, Settings, VaultSettings
from webhook.targets import FilesVolume, find_conflicts, plan_volumes
from webhook.wish import FileWish, Wish

# Mounted here, the API server's ServiceAccount plugin adds no API token to our container, and so does not change the
# Pod after us, which would call every webhook with reinvocationPolicy IfNeeded once more.
TOKEN_DIRECTORY = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 - a path
TOKEN_FILE = f"{TOKEN_DIRECTORY}/token"
CA_FILE = f"{TOKEN_DIRECTORY}/ca.crt"
VOLUMES_DIRECTORY = "/omamori"


@dataclass(frozen=True, slots=True, eq=False)
class Injection:
    """All that is added to a Pod; equal to itself alone. `position` counts the Pod's init containers, ours left out."""

    plan: Plan
    position: int
    identity: Identity
    volumes: tuple[FilesVolume, ...]
    resources: Resources
    vault: VaultSettings
    injector: InjectorSettings
    warnings: tuple[str, ...]


@lru_cache(maxsize=1024)  # a workload's Pods are alike; what goes in and what comes out is immutable
def plan(wish: Wish, pod: Pod, settings: Settings) -> Injection:
    """Plan the injection. Raises Rejected with every problem that can be seen at once."""
    problems: list[Problem] = []
    vault = _choose_vault(wish, pod, settings, problems)  # (1)
    position = choose_position(wish.position, pod, problems)  # (2)
    wanted = choose_files(wish, pod, position, settings.directory, problems)  # (3)
    for container in pod.all_containers:
        problems += find_conflicts(container, wanted.get(container.name, ()))  # (4)
    volumes = plan_volumes(wanted)  # (5)
    served = [container for container in pod.all_containers if container.name in wanted]
    identity = decide_identity(pod, served, wish.run_as_user, unset_user=settings.injector.unset_user)  # (6)
    problems += _contradicted_user(wish, served)
    warnings = list(wish.warnings)
    for container in served:
        for target in wanted[container.name]:
            _check_mode(target.wish, container, identity, problems, warnings)
    resources = _plan_resources(wish, pod, settings, volumes, problems)  # (7)
    if problems:
        raise Rejected(dict.fromkeys(problems))
    assert vault is not None
    if pod.service_account == "default" and wish.role is None:
        warnings.append("the Pod uses the ServiceAccount 'default', whose secrets every such Pod of the namespace gets")
    distinct = tuple(dict.fromkeys(warnings))
    session = _session(vault, wish.role or vault.role_pattern.role(pod.namespace, pod.service_account))
    return Injection(
        plan=_plan_program(session, volumes, identity, distinct, settings.injector.deadline_seconds),  # (8)
        position=position,
        identity=identity,
        volumes=volumes,
        resources=resources,
        vault=vault,
        injector=settings.injector,
        warnings=distinct,
    )


def _choose_vault(wish: Wish, pod: Pod, settings: Settings, problems: list[Problem]) -> VaultSettings | None:
    if pod.namespace in settings.denied_namespaces or (
        settings.allowed_namespaces and pod.namespace not in settings.allowed_namespaces
    ):
        problems.append(Problem("namespace", "", f"the namespace {pod.namespace} may not use omamori on this cluster"))
    name = wish.vault or settings.default_vault
    vault = settings.vaults.get(name)
    if vault is None:
        known = ", ".join(settings.vaults)
        problems.append(Problem("vault", "omamori.dev/vault", f"there is no Vault {name!r}; there are: {known}"))
    elif vault.pod_namespaces and pod.namespace not in vault.pod_namespaces:
        problems.append(Problem("namespace", "", f"the namespace {pod.namespace} may not use the Vault {name}"))
    return vault


def _contradicted_user(wish: Wish, served: list[Container]) -> Iterator[Problem]:
    for container in served:
        if wish.run_as_user is not None and container.user not in {None, wish.run_as_user}:
            what = f"is {wish.run_as_user}, but container {container.name} runs as {container.user}"
            yield Problem("run-as-user", "omamori.dev/run-as-user", what)


def _check_mode(
    wish: FileWish, container: Container, identity: Identity, problems: list[Problem], warnings: list[str]
) -> None:
    if wish.mode is None:
        return
    readable = can_read(container, wish.mode, identity)
    if readable is False:
        what = f"mode={wish.mode:04o} cannot be read by container {container.name}, which runs as {container.user}"
        problems.append(Problem("mode", wish.annotation, what))
    elif readable is None:
        warnings.append(
            f"{wish.annotation}: mode={wish.mode:04o} may be unreadable to container {container.name}, "
            "whose user is not known here; omamori.dev/run-as-user states it"
        )


def _plan_resources(
    wish: Wish, pod: Pod, settings: Settings, volumes: tuple[FilesVolume, ...], problems: list[Problem]
) -> Resources:
    volume_bytes = sum((volume.size_bytes for volume in volumes), start=0)
    try:
        return plan_resources(dict(wish.resources), pod, settings.injector, volume_bytes)
    except ValueError as error:
        problems.append(Problem("resources", "omamori.dev/resources", str(error)))
        return {}


def _session(vault: VaultSettings, role: str) -> Session:
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


def _plan_program(
    session: Session,
    volumes: tuple[FilesVolume, ...],
    identity: Identity,
    warnings: tuple[str, ...],
    deadline_seconds: int,
) -> Plan:
    reads: dict[Read, int] = {}
    outputs: list[Output] = []
    for volume in volumes:
        for name, wish in volume.files:
            read = Read(path=wish.source.path, version=wish.source.version, data=wish.data)
            outputs.append(
                Output(
                    directory=f"{VOLUMES_DIRECTORY}/{volume.name}",
                    name=name,
                    read=reads.setdefault(read, len(reads)),
                    key=wish.source.key,
                    format=wish.format,
                    mode=f"{wish.mode if wish.mode is not None else identity.mode:04o}",
                    decode=wish.decode,
                    optional=wish.optional,
                    annotation=wish.annotation,
                )
            )
    return Plan(
        sessions=(session,),
        reads=tuple(reads),
        outputs=tuple(outputs),
        warnings=warnings,
        deadline_seconds=deadline_seconds,
    )
