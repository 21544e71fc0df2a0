"""From the author's wish, the facts of the Pod and the settings to what is added; or to every reason why not.

The steps of `plan`:
(1) the Vault and the role; (2) where our container stands; (3) which containers get which files and variables; (4) what
cannot be together; (5) the volumes; (6) as whom we run and what the modes are; (7) the resources; (8) the Plan for the
program.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from vault.contract.plan import Plan
from vault.contract.shown import quoted, shown
from webhook.admission.annotations.spec import FileWish, Wish
from webhook.admission.limits import MAX_WARNING_CHARACTERS, MAX_WARNINGS
from webhook.admission.plan.agent_plan import plan_program, plan_session
from webhook.admission.plan.env_vars import Environment, find_misfits, find_missing_leave, plan_environment
from webhook.admission.plan.own_login import find_token_paths
from webhook.admission.plan.resources import Resources, plan_resources
from webhook.admission.plan.security_context import Identity, can_read, decide_identity
from webhook.admission.plan.sidecar_mode import find_sidecar_misfits, warnings_of_leases
from webhook.admission.plan.target_containers import choose_containers, choose_position
from webhook.admission.plan.volumes import FilesVolume, Target, find_conflicts, plan_volumes
from webhook.admission.pod.facts import Container, Pod
from webhook.admission.pod.tools import MESH_PROXIES
from webhook.admission.problems import Problem, Problems
from webhook.config.directories import warning_of
from webhook.config.settings import AgentSettings, Settings, VaultSettings


@dataclass(frozen=True, slots=True)
class Injection:
    """All that is to be added to a Pod. `position` counts the Pod's init containers, ours left out.

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
    agent: AgentSettings
    warnings: tuple[str, ...]


def plan(wish: Wish, pod: Pod, settings: Settings) -> Injection:
    """Plan the injection. Raises Rejected with every problem that can be seen at once."""
    problems = Problems()
    vault = _choose_vault(wish, pod, settings, problems)  # (1)
    position = choose_position(wish.position, pod, problems)  # (2)
    files = choose_containers(wish.files, wish, pod, position, problems)  # (3)
    variables = choose_containers(wish.variables, wish, pod, position, problems)
    directory = wish.directory or settings.directory
    wanted = {name: tuple(Target(each, each.directory or directory) for each in some) for name, some in files.items()}
    for container in pod.all_containers:
        problems.extend(find_conflicts(container, wanted.get(container.name, ())))  # (4)
    problems.extend(find_misfits(pod, variables, wish.env_delivery))
    problems.extend(find_missing_leave(pod, wish.variables, wish.env_delivery, settings.env_files))
    problems.extend(find_token_paths(wish))
    volumes = plan_volumes(wanted)  # (5)
    environment = plan_environment(variables, wish.env_delivery, settings.env_files)
    readers = {*wanted, *(variables if wish.env_delivery == "exec" else ())}
    served = [container for container in pod.all_containers if container.name in readers]
    identity = decide_identity(pod, served, wish.run_as_user, unset_user=settings.agent.unset_user)  # (6)
    problems.extend(_contradicted_user(wish, served))
    problems.extend(find_sidecar_misfits(wish, pod, served, identity, settings))
    warnings = [*wish.warnings, *_warnings_of_pod(wish, pod, wanted), *warnings_of_leases(wish)]
    for container in served:
        for target in wanted.get(container.name, ()):
            _check_mode(target.wish, container, identity, problems, warnings)
    resources = _plan_resources(wish, pod, settings, _volume_bytes(volumes, environment), problems)  # (7)
    problems.raise_if_any()
    assert vault is not None
    distinct = _bounded(warnings)
    role = wish.role or vault.role_pattern.role(pod.namespace, pod.service_account)
    session = plan_session(vault, role, _mesh_proxy_behind(pod, position))
    return Injection(
        plan=plan_program(  # (8)
            session,
            volumes,
            environment,
            identity,
            wish,
            warnings=distinct,
            deadline_seconds=settings.agent.deadline_seconds,
        ),
        is_repeated=pod.is_injected,
        position=position,
        identity=identity,
        volumes=volumes,
        environment=environment,
        resources=resources,
        vault=vault,
        agent=settings.agent,
        warnings=distinct,
    )


def _choose_vault(wish: Wish, pod: Pod, settings: Settings, problems: Problems) -> VaultSettings | None:
    if pod.namespace in settings.denied_namespaces or (
        settings.allowed_namespaces and pod.namespace not in settings.allowed_namespaces
    ):
        problems.add(Problem("namespace", "", f"the namespace {pod.namespace} may not use omamori on this cluster"))
    name = wish.vault or settings.default_vault
    vault = settings.vaults.get(name)
    if vault is None:
        known = ", ".join(settings.vaults)
        what = f"there is no Vault {quoted(name)}; there are: {known}"
        problems.add(Problem("vault", "omamori.dev/vault", what))
    elif vault.pod_namespaces and pod.namespace not in vault.pod_namespaces:
        problems.add(Problem("namespace", "", f"the namespace {pod.namespace} may not use the Vault {name}"))
    return vault


def _mesh_proxy_behind(pod: Pod, position: int) -> str:
    """The name of a mesh's proxy, a native sidecar, that starts behind our container; "" where there is none."""
    names = (container.name for container in pod.init_containers[position:])
    return next((name for name in names if name in MESH_PROXIES), "")


def _warnings_of_pod(wish: Wish, pod: Pod, wanted: Mapping[str, tuple[Target, ...]]) -> Iterator[str]:
    if pod.service_account == "default" and wish.role is None:
        yield "the Pod uses the ServiceAccount 'default', whose secrets every such Pod of the namespace gets"
    if pod.hints_at_windows:
        yield "the Pod has windowsOptions; on a Windows node it would never start: remove the annotations there"
    for directory in {target.directory: None for targets in wanted.values() for target in targets}:
        warning = warning_of(directory)
        if warning is not None:
            yield warning


def _bounded(warnings: Iterable[str]) -> tuple[str, ...]:
    """Give each warning once, in a bounded number and length: they travel in the answer and in the Plan."""
    distinct = [shown(each, MAX_WARNING_CHARACTERS) for each in dict.fromkeys(warnings)]
    more = len(distinct) - MAX_WARNINGS
    return tuple(distinct) if more <= 0 else (*distinct[:MAX_WARNINGS], f"and {more} more warnings")


def _contradicted_user(wish: Wish, served: list[Container]) -> Iterator[Problem]:
    for container in served:
        if wish.run_as_user is not None and container.user not in {None, wish.run_as_user}:
            what = f"is {wish.run_as_user}, but container {shown(container.name)} runs as {container.user}"
            yield Problem("run-as-user", "omamori.dev/run-as-user", what)


def _check_mode(
    wish: FileWish, container: Container, identity: Identity, problems: Problems, warnings: list[str]
) -> None:
    if wish.mode is None:
        return
    readable = can_read(container, wish.mode, identity)
    if readable is False:
        what = (
            f"mode={wish.mode:04o} cannot be read by container {shown(container.name)}, which runs as {container.user}"
        )
        problems.add(Problem("mode", wish.annotation, what))
    elif readable is None:
        warnings.append(
            f"{wish.annotation}: mode={wish.mode:04o} may be unreadable to container {shown(container.name)}, "
            "whose user is not known here; omamori.dev/run-as-user states it"
        )


def _volume_bytes(volumes: tuple[FilesVolume, ...], environment: Environment) -> int:
    return sum(volume.size_bytes for volume in volumes) + sum(environment.volumes().values())


def _plan_resources(wish: Wish, pod: Pod, settings: Settings, volume_bytes: int, problems: Problems) -> Resources:
    try:
        return plan_resources(dict(wish.resources), pod, settings.agent, volume_bytes)
    except ValueError as error:
        problems.add(Problem("resources", "omamori.dev/resources", str(error)))
        return {}
