"""Rule: from the author's wish, the facts of the Pod and the settings to what is added; or to every reason why not.

The steps of `plan`:
(1) the Vault and the role; (2) where our container stands; (3) which containers get which files and variables; (4) what
cannot be together; (5) the volumes; (6) as whom we run and what the modes are; (7) the resources; (8) the Plan for the
program.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from vault.contract import Plan
from webhook.errors import Problem, Rejected
from webhook.identity import Identity, can_read, decide_identity
from webhook.pod import Container, Pod
from webhook.program import plan_program, plan_session
from webhook.resources import Resources, plan_resources
from webhook.serving import choose_containers, choose_position
from webhook.settings import InjectorSettings, Settings, VaultSettings
from webhook.sidecar import find_sidecar_misfits, warnings_of_leases
from webhook.targets import FilesVolume, Target, find_conflicts, plan_volumes
from webhook.variables import Environment, find_misfits, find_missing_leave, plan_environment
from webhook.wish import FileWish, Wish


@dataclass(frozen=True, slots=True, eq=False)
class Injection:
    """All that is added to a Pod; equal to itself alone. `position` counts the Pod's init containers, ours left out.

    `is_repeated`: the Pod has parts of ours already.
    """

    plan: Plan
    is_repeated: bool
    position: int
    identity: Identity
    volumes: tuple[FilesVolume, ...]
    environment: Environment
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
    files = choose_containers(wish.files, wish, pod, position, problems)  # (3)
    variables = choose_containers(wish.variables, wish, pod, position, problems)
    directory = wish.directory or settings.directory
    wanted = {name: tuple(Target(each, each.directory or directory) for each in some) for name, some in files.items()}
    for container in pod.all_containers:
        problems += find_conflicts(container, wanted.get(container.name, ()))  # (4)
    problems += find_misfits(pod, variables, wish.env_delivery)
    problems += find_missing_leave(pod, wish.variables, wish.env_delivery, settings.env_files)
    volumes = plan_volumes(wanted)  # (5)
    environment = plan_environment(variables, wish.env_delivery, settings.env_files)
    readers = {*wanted, *(variables if wish.env_delivery == "exec" else ())}
    served = [container for container in pod.all_containers if container.name in readers]
    identity = decide_identity(pod, served, wish.run_as_user, unset_user=settings.injector.unset_user)  # (6)
    problems += _contradicted_user(wish, served)
    problems += find_sidecar_misfits(wish, pod, served, identity, settings)
    warnings = [*wish.warnings, *warnings_of_leases(wish)]
    for container in served:
        for target in wanted.get(container.name, ()):
            _check_mode(target.wish, container, identity, problems, warnings)
    resources = _plan_resources(wish, pod, settings, _volume_bytes(volumes, environment), problems)  # (7)
    if problems:
        raise Rejected(dict.fromkeys(problems))
    assert vault is not None
    if pod.service_account == "default" and wish.role is None:
        warnings.append("the Pod uses the ServiceAccount 'default', whose secrets every such Pod of the namespace gets")
    distinct = tuple(dict.fromkeys(warnings))
    session = plan_session(vault, wish.role or vault.role_pattern.role(pod.namespace, pod.service_account))
    return Injection(
        plan=plan_program(  # (8)
            session,
            volumes,
            environment,
            identity,
            wish,
            warnings=distinct,
            deadline_seconds=settings.injector.deadline_seconds,
        ),
        is_repeated=pod.is_injected,
        position=position,
        identity=identity,
        volumes=volumes,
        environment=environment,
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


def _volume_bytes(volumes: tuple[FilesVolume, ...], environment: Environment) -> int:
    return sum(volume.size_bytes for volume in volumes) + sum(environment.volumes().values())


def _plan_resources(wish: Wish, pod: Pod, settings: Settings, volume_bytes: int, problems: list[Problem]) -> Resources:
    try:
        return plan_resources(dict(wish.resources), pod, settings.injector, volume_bytes)
    except ValueError as error:
        problems.append(Problem("resources", "omamori.dev/resources", str(error)))
        return {}
