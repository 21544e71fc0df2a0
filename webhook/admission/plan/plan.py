"""From what the author asked for, the facts of the Pod and the settings to what is added; or to every reason why not.

A `check_…` gives the problems that it sees; a `plan_…` gives a value, of what is right, and raises Rejected where there
is none. All problems are collected before anything is refused.
"""

from __future__ import annotations

from webhook.admission.annotations.pod_annotations import InjectionSpec
from webhook.admission.plan.agent_configuration import plan_configuration
from webhook.admission.plan.agent_plan import plan_agent
from webhook.admission.plan.env_vars import check_env, check_env_policy, plan_environment
from webhook.admission.plan.file_modes import check_modes, warnings_of_modes
from webhook.admission.plan.file_places import check_targets
from webhook.admission.plan.file_targets import plan_targets
from webhook.admission.plan.injection import Injection
from webhook.admission.plan.logins import check_logins, plan_logins
from webhook.admission.plan.native_sidecar import warnings_of_probe
from webhook.admission.plan.own_login import check_token_paths
from webhook.admission.plan.pod_fields import plan_pod_fields
from webhook.admission.plan.pod_warnings import bounded, warnings_of_pod
from webhook.admission.plan.resources import (
    needed_bytes,
    plan_requests,
    plan_resources,
    stated_resources,
    warnings_of_resources,
)
from webhook.admission.plan.security_context import check_user, plan_identity
from webhook.admission.plan.sidecar_mode import check_sidecar, is_native_sidecar, warnings_of_leases
from webhook.admission.plan.single_files import check_single_files
from webhook.admission.plan.target_containers import (
    check_containers,
    check_position,
    plan_containers,
    plan_position,
)
from webhook.admission.plan.templates import check_templates, plan_template_volumes
from webhook.admission.plan.variable_sets import check_variable_sets
from webhook.admission.plan.volumes import plan_volumes
from webhook.admission.pod.facts import PodFacts
from webhook.admission.problems import Problems, Rejected
from webhook.config.settings import Settings


def plan(spec: InjectionSpec, pod: PodFacts, settings: Settings) -> Injection:
    """Plan the injection. Raises Rejected with every problem that can be seen at once."""
    problems = Problems()
    problems.extend(check_logins(spec, pod, settings))

    problems.extend(check_position(spec.position, pod))
    position = plan_position(spec.position, pod)

    files = plan_containers(spec.placed, spec, pod, position)
    problems.extend(check_containers(spec.placed, spec, pod, position))
    variables = plan_containers(spec.environment, spec, pod, position)
    problems.extend(check_containers(spec.environment, spec, pod, position))

    targets = plan_targets(files, spec.directory or settings.directory)
    problems.extend(check_targets(targets, pod.all_containers, spec))
    problems.extend(check_single_files(spec))
    environment = plan_environment(pod, variables, spec.env_delivery, settings.env_files)
    problems.extend(check_env(pod, environment))
    problems.extend(check_env_policy(pod, environment, spec.env_delivery, settings.env_files))
    problems.extend(check_variable_sets(pod, environment, spec.env_delivery))
    problems.extend(check_token_paths(spec))
    volumes = plan_volumes(targets)
    problems.extend(check_templates(spec, pod, volumes))

    readers = {*targets, *(each.container for each in environment.launched)}
    served = [container for container in pod.all_containers if container.name in readers]
    identity = plan_identity(pod, served, spec, unset_user=settings.agent.unset_user)
    problems.extend(check_user(spec, served))
    problems.extend(check_sidecar(spec, pod, served, identity, settings))
    problems.extend(check_modes(targets, served, identity))

    volume_bytes = sum(each.size_bytes for each in volumes) + sum(environment.volumes().values())
    needed = needed_bytes(volume_bytes, has_templates=bool(spec.templates or spec.configuration))
    try:
        requests = plan_requests(settings.agent, stays=spec.mode == "init" and is_native_sidecar(spec, settings.agent))
        resources = plan_resources(stated_resources(spec, needed), pod, settings.agent, requests, needed)
    except Rejected as rejected:
        problems.take(rejected)
    problems.raise_if_any()

    logins = plan_logins(spec, pod, settings, position)
    warnings = bounded(
        [
            *spec.warnings,
            *warnings_of_resources(spec, needed),
            *warnings_of_probe(spec, settings.agent),
            *warnings_of_pod(spec, pod, targets),
            *warnings_of_leases(spec),
            *warnings_of_modes(spec, targets, served, identity),
        ]
    )
    return Injection(
        plan=plan_agent(
            logins,
            volumes,
            environment,
            identity,
            spec,
            configurations=plan_configuration(spec, pod, volumes, settings),
            warnings=warnings,
            settings=settings.agent,
        ),
        is_repeated=pod.is_injected,
        position=position,
        identity=identity,
        volumes=volumes,
        environment=environment,
        template_volumes=plan_template_volumes(spec, pod),
        shares_processes=spec.shares_processes,
        pod_fields=(*spec.container.pod_fields, *plan_pod_fields(spec)),
        stated_variables=spec.container.variables,
        probe_times=spec.container.probe_times,
        extra_secret=spec.container.extra_secret,
        tls_secret=spec.container.tls_secret,
        aws_volume=spec.login.aws.volume if spec.login.aws else "",
        config_map=spec.configuration.config_map if spec.configuration is not None else "",
        resources=resources,
        login_files=logins.files,
        agent=settings.agent,
        warnings=warnings,
    )
