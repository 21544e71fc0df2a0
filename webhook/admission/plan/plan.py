"""From what the author asked for, the facts of the Pod and the settings to what is added; or to every reason why not.

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
from webhook.admission.annotations.spec import FileSpec, InjectionSpec
from webhook.admission.limits import MAX_WARNING_CHARACTERS, MAX_WARNINGS
from webhook.admission.plan.agent_plan import plan_program, plan_session
from webhook.admission.plan.env_vars import Environment, check_env, check_env_policy, plan_environment
from webhook.admission.plan.own_login import find_token_paths
from webhook.admission.plan.resources import Resources, plan_resources
from webhook.admission.plan.security_context import Identity, can_read, plan_identity
from webhook.admission.plan.sidecar_mode import find_sidecar_misfits, warnings_of_leases
from webhook.admission.plan.target_containers import choose_containers, choose_position
from webhook.admission.plan.volumes import FilesVolume, Target, find_conflicts, plan_volumes
from webhook.admission.pod.facts import Container, PodFacts
from webhook.admission.pod.tools import MESH_PROXIES
from webhook.admission.problems import Problem, Problems
from webhook.admission.reasons import Reason
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


def plan(spec: InjectionSpec, pod: PodFacts, settings: Settings) -> Injection:
    """Plan the injection. Raises Rejected with every problem that can be seen at once."""
    problems = Problems()
    vault = _choose_vault(spec, pod, settings, problems)  # (1)
    position = choose_position(spec.position, pod, problems)  # (2)
    files = choose_containers(spec.files, spec, pod, position, problems)  # (3)
    variables = choose_containers(spec.variables, spec, pod, position, problems)
    directory = spec.directory or settings.directory
    wanted = {name: tuple(Target(each, each.directory or directory) for each in some) for name, some in files.items()}
    for container in pod.all_containers:
        problems.extend(find_conflicts(container, wanted.get(container.name, ())))  # (4)
    problems.extend(check_env(pod, variables, spec.env_delivery))
    problems.extend(check_env_policy(pod, spec.variables, spec.env_delivery, settings.env_files))
    problems.extend(find_token_paths(spec))
    volumes = plan_volumes(wanted)  # (5)
    environment = plan_environment(variables, spec.env_delivery, settings.env_files)
    readers = {*wanted, *(variables if spec.env_delivery == "exec" else ())}
    served = [container for container in pod.all_containers if container.name in readers]
    identity = plan_identity(pod, served, spec.run_as_user, unset_user=settings.agent.unset_user)  # (6)
    problems.extend(_contradicted_user(spec, served))
    problems.extend(find_sidecar_misfits(spec, pod, served, identity, settings))
    warnings = [*spec.warnings, *_warnings_of_pod(spec, pod, wanted), *warnings_of_leases(spec)]
    for container in served:
        for target in wanted.get(container.name, ()):
            _check_mode(target.spec, container, identity, problems, warnings)
    resources = _plan_resources(spec, pod, settings, _volume_bytes(volumes, environment), problems)  # (7)
    problems.raise_if_any()
    assert vault is not None
    distinct = _bounded(warnings)
    role = spec.role or vault.role_pattern.role(pod.namespace, pod.service_account)
    session = plan_session(vault, role, _mesh_proxy_behind(pod, position))
    return Injection(
        plan=plan_program(  # (8)
            session,
            volumes,
            environment,
            identity,
            spec,
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


def _choose_vault(spec: InjectionSpec, pod: PodFacts, settings: Settings, problems: Problems) -> VaultSettings | None:
    if pod.namespace in settings.denied_namespaces or (
        settings.allowed_namespaces and pod.namespace not in settings.allowed_namespaces
    ):
        problems.add(
            Problem(Reason.NAMESPACE, "", f"the namespace {pod.namespace} may not use omamori on this cluster")
        )
    name = spec.vault or settings.default_vault
    vault = settings.vaults.get(name)
    if vault is None:
        known = ", ".join(settings.vaults)
        what = f"there is no Vault {quoted(name)}; there are: {known}"
        problems.add(Problem(Reason.VAULT, "omamori.dev/vault", what))
    elif vault.pod_namespaces and pod.namespace not in vault.pod_namespaces:
        problems.add(Problem(Reason.NAMESPACE, "", f"the namespace {pod.namespace} may not use the Vault {name}"))
    return vault


def _mesh_proxy_behind(pod: PodFacts, position: int) -> str:
    """The name of a mesh's proxy, a native sidecar, that starts behind our container; "" where there is none."""
    names = (container.name for container in pod.init_containers[position:])
    return next((name for name in names if name in MESH_PROXIES), "")


def _warnings_of_pod(spec: InjectionSpec, pod: PodFacts, wanted: Mapping[str, tuple[Target, ...]]) -> Iterator[str]:
    if pod.service_account == "default" and spec.role is None:
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


def _contradicted_user(spec: InjectionSpec, served: list[Container]) -> Iterator[Problem]:
    for container in served:
        if spec.run_as_user is not None and container.user not in {None, spec.run_as_user}:
            what = f"is {spec.run_as_user}, but container {shown(container.name)} runs as {container.user}"
            yield Problem(Reason.RUN_AS_USER, "omamori.dev/run-as-user", what)


def _check_mode(
    spec: FileSpec, container: Container, identity: Identity, problems: Problems, warnings: list[str]
) -> None:
    if spec.mode is None:
        return
    readable = can_read(container, spec.mode, identity)
    if readable is False:
        what = (
            f"mode={spec.mode:04o} cannot be read by container {shown(container.name)}, which runs as {container.user}"
        )
        problems.add(Problem(Reason.MODE, spec.annotation, what))
    elif readable is None:
        warnings.append(
            f"{spec.annotation}: mode={spec.mode:04o} may be unreadable to container {shown(container.name)}, "
            "whose user is not known here; omamori.dev/run-as-user states it"
        )


def _volume_bytes(volumes: tuple[FilesVolume, ...], environment: Environment) -> int:
    return sum(volume.size_bytes for volume in volumes) + sum(environment.volumes().values())


def _plan_resources(
    spec: InjectionSpec, pod: PodFacts, settings: Settings, volume_bytes: int, problems: Problems
) -> Resources:
    try:
        return plan_resources(dict(spec.resources), pod, settings.agent, volume_bytes)
    except ValueError as error:
        problems.add(Problem(Reason.RESOURCES, "omamori.dev/resources", str(error)))
        return {}
