"""Determine what a manifest's Pods need from a Vault: what the webhook would put into their Plans.

The webhook decides; its refusals and warnings are reported with the object's position.
"""

from __future__ import annotations

from typing import NamedTuple

from vault.contract.plan import OWN_AUTH_KINDS, Plan, Session
from vault.places import Mistake
from vault.policy.authoring.suggest_access import Need
from webhook.admission.annotations.dialects import dialects_of
from webhook.admission.annotations.pod_annotations import InjectionSpec
from webhook.admission.decision import Denied, Unchanged, decide
from webhook.admission.pod.facts import PodFacts
from webhook.admission.rawjson import MalformedReview
from webhook.admission.review import AdmissionRequest
from webhook.config.settings import Settings
from webhook.kube.errors import ClusterRefused
from webhook.workloads.annotated import Dialects, key_problems, named, stray_lines
from webhook.workloads.fieldpath import render_keys
from webhook.workloads.manifest import Manifest, ManifestInvalid
from webhook.workloads.planned import plan_pod
from webhook.workloads.registry import ManifestPod, find_pods
from webhook.workloads.template_needs import find_template_needs
from webhook.workloads.unreachable import find_references

_NAMESPACE = "default"
_INJECTED = "already-injected"


def _login_place(login: Session) -> str:
    """Say where a login is made: for people."""
    return f"at auth/{login.auth_mount}" + (f" of the namespace {login.namespace}" if login.namespace else "")


class _Planned(NamedTuple):
    """A Pod of a manifest with its Plan, and where it is, for messages."""

    where: str
    pod: ManifestPod
    facts: PodFacts
    spec: InjectionSpec
    plan: Plan


class Needs:
    """Collects what manifests need from the Vault `vault`: `found`, `problems` and `warnings`.

    `has_unknown`: they need more, but it is not known here; the warnings say where.
    """

    def __init__(self, settings: Settings, vault: str, namespace: str | None, pipeline_account: str) -> None:
        """`namespace` is for objects without one. None: not given, so using the default is reported."""
        self._settings = settings
        self._vault = vault
        self._namespace = namespace
        self._pipeline_account = pipeline_account
        self.found: list[Need] = []
        self.problems: list[str] = []
        self.warnings: list[str] = []
        self.looked_at = 0
        self.has_unknown = False
        self._login_place = ""

    def add(self, manifest: Manifest | Mistake | ClusterRefused) -> None:
        """Add one object, or what could not be read."""
        if not isinstance(manifest, Manifest):
            self.problems.append(str(manifest))
            return
        self.looked_at += 1
        try:
            pods = find_pods(manifest, self._namespace or _NAMESPACE, self._pipeline_account)
        except ManifestInvalid as error:
            self.problems.append(str(error))
            return
        for line in stray_lines(manifest, pods, self._dialects(manifest.namespace)):
            self._warn(line)
        for keys in find_references(manifest):
            what = (
                "its Pods also get this object's annotations and ServiceAccount; omamori does not follow this reference"
            )
            self._warn(f"{named(manifest, manifest.place(keys))}: {render_keys(keys)}: {what}, so grant it by hand")
        for pod in pods:
            self._add_pod(pod)

    def _dialects(self, namespace: str) -> Dialects:
        return dialects_of(self._settings, namespace or self._namespace or _NAMESPACE)

    def _warn(self, warning: str) -> None:
        if warning not in self.warnings:
            self.warnings.append(warning)

    def _add_pod(self, pod: ManifestPod) -> None:
        manifest = pod.manifest
        where = named(manifest, manifest.place(pod.annotated[-1] if pod.annotated else ()))
        request = AdmissionRequest("suggest", pod.namespace, "", "CREATE", "", is_dry_run=True, pod=pod.pod)
        try:
            problems = key_problems(pod.pod, self._dialects(pod.namespace))
            if problems:
                self.problems += [f"{where}: {problem}" for problem in problems]
                return
            decision = decide(request, self._settings)
            if isinstance(decision, Denied):
                self.problems += [f"{where}: {each}" for each in decision.problems]
                return
            for warning in decision.warnings:
                self._warn(f"{where}: {warning}")
            if isinstance(decision, Unchanged) and decision.reason != _INJECTED:
                return
            self._take(pod, where)
        except MalformedReview as error:
            self.problems.append(f"{where}: {error}")

    def _take(self, pod: ManifestPod, where: str) -> None:
        spec, facts, injection = plan_pod(pod, self._settings)
        planned = _Planned(where, pod, facts, spec, injection.plan)
        for number, session in enumerate(planned.plan.sessions):
            if self._is_granted_here(session, spec, facts.namespace, where):
                self._take_login(planned, number)

    def _is_granted_here(self, session: Session, spec: InjectionSpec, namespace: str, where: str) -> bool:
        """Whether an access file for this Vault can grant what is read by a login; if not, a warning says why."""
        if session.vault != self._vault:
            self._warn(f"{where}: what it reads from the Vault {session.vault} is skipped; --vault-name selects that")
            return False
        if spec.configuration is not None:
            self.has_unknown = True
            self._warn(
                f"{where}: skipped: what it reads, and by which role, is in the ConfigMap "
                f"{spec.configuration.config_map}, which is unknown here; grant it by hand"
            )
            return False
        if session.auth_kind in OWN_AUTH_KINDS:
            self._warn(f"{where}: skipped: it logs in by {session.auth_kind}, whose roles no access file has")
            return False
        vault = self._settings.vaults[session.vault]
        usual = session.replace(auth_mount=vault.auth_mount, namespace=vault.namespace.namespace(namespace))
        # one file is for one namespace of Vault: the first one's, where each namespace of Kubernetes has its own
        here = self._login_place = self._login_place or _login_place(usual)
        if _login_place(session) != here:
            own = _login_place(session)
            self._warn(f"{where}: skipped: it logs in {own}, and the roles of this file are for logins {here}")
            return False
        return True

    def _take_login(self, planned: _Planned, number: int) -> None:
        """Take what a Pod reads by the session of a number."""
        where, pod, facts, spec, made = planned
        if self._namespace is None and not pod.manifest.namespace and pod.namespace == _NAMESPACE:
            self._warn(f"{where}: names no namespace, so {_NAMESPACE} is used; --namespace sets another")
        asked = {each.annotation for each in made.templates if each.session == number}
        templates = find_template_needs(
            [each for each in spec.templates if each.annotation in asked], is_watched=spec.mode == "sidecar"
        )
        self.problems += [f"{where}: {each}" for each in templates.problems]
        for each in templates.unknown:
            self.has_unknown = True
            self._warn(f"{where}: {each}")
        for output in made.outputs:
            read = made.reads[output.read]
            if read.login and read.session == number:
                self._warn(f"{where}: {output.annotation}: what the application does with its token is unknown here")
        reads = [each for each in made.reads if each.session == number and not each.login]
        if not reads and not templates.paths.all:
            return
        watched = {each.path for each in reads if made.mode == "sidecar" and not each.data and each.version is None}
        self.found.append(
            Need(
                namespace=facts.namespace,
                service_account=facts.service_account,
                role=made.sessions[number].role,
                reads=frozenset(each.path for each in reads if not each.data),
                writes=frozenset(each.path for each in reads if each.data),
                watched=frozenset(watched),
                source=where,
                short=templates.paths,
            )
        )
