"""Pod templates of Argo Workflows: one Pod per template, and those of the controller.

Facts
- A Pod has the annotations of `podMetadata`, `templateDefaults` and its template; key by key the last one counts.
- Its ServiceAccount is the template's, else the workflow's; that of `executor` is for Argo's own containers alone.
- A template of steps, of tasks or of waiting has no Pod. All templates of http and plugins share one, the agent, which
  has nothing of any template.
- What deletes artifacts (`artifactGC`) has its own annotations and its own ServiceAccount, key by key an artifact's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from webhook.admission.rawjson import MalformedReview, mapping_in, objects_in, text_in
from webhook.workloads.fieldpath import Keys, find_objects, mapping_at
from webhook.workloads.podtemplate import Kind, Owner, PodTemplate, RawObject, made_pod

_API = "argoproj.io/v1alpha1"
_WORKFLOW = Owner(_API, "Workflow")
_WORKFLOW_LABEL = "workflows.argoproj.io/workflow"
_COMPONENT_LABEL = "workflows.argoproj.io/component"
_AUTHORS = ("container", "script")
_ARGOS = ("resource", "data")
_BY_AGENT = ("http", "plugin")
_OF_BOTH = ("automountServiceAccountToken", "nodeSelector", "securityContext")


class _Workflow:
    """One object with a workflow's spec at `base`."""

    def __init__(self, value: RawObject, base: Keys, spec: RawObject) -> None:
        self._value = value
        self._base = base
        self._spec = spec
        self._defaults = mapping_in(spec, "templateDefaults")

    def pods(self) -> Iterator[PodTemplate]:
        """Return the Pods."""
        templates = list(self._templates())
        for keys, template in templates:
            given = {**self._defaults, **template}
            containers = _containers(given)
            if containers:
                yield self._of_template(keys, mapping_in(template, "metadata"), given, containers)
        if any(name in template for _, template in templates for name in _BY_AGENT):
            yield self._agent()
        yield from self._collectors()

    def _templates(self) -> Iterator[tuple[Keys, RawObject]]:
        """Each template; those that stand within a step or a task, too."""
        for keys, template in find_objects(self._spec, "templates[]", self._base):
            yield keys, template
            yield from find_objects(template, "dag.tasks[].inline", keys)
            for number, group in enumerate(_groups(template)):
                # a group of steps is a list in a list
                for where, inline in find_objects({"steps": group}, "steps[].inline"):
                    yield (*keys, "steps", number, *where[1:]), inline

    def _of_template(
        self, keys: Keys, metadata: RawObject, given: RawObject, containers: list[RawObject]
    ) -> PodTemplate:
        sources = [
            ((*self._base, "podMetadata"), mapping_in(self._spec, "podMetadata")),
            ((*self._base, "templateDefaults", "metadata"), mapping_in(self._defaults, "metadata")),
            ((*keys, "metadata"), metadata),
        ]
        spec: dict[str, Any] = {
            name: found for name in _OF_BOTH if (found := given.get(name, self._spec.get(name))) is not None
        }
        account = text_in(given, "serviceAccountName") or text_in(self._spec, "serviceAccountName")
        if account:
            spec["serviceAccountName"] = account
        spec["restartPolicy"] = "Never"
        spec["initContainers"] = [{"name": "init"}, *objects_in(given, "initContainers")]
        spec["containers"] = [{"name": "wait"}, *containers, *objects_in(given, "sidecars")]
        spec["volumes"] = [*objects_in(self._spec, "volumes"), *objects_in(given, "volumes")]
        return self._made(sources, spec)

    def _agent(self) -> PodTemplate:
        source = ((*self._base, "podMetadata"), mapping_in(self._spec, "podMetadata"))
        spec: dict[str, Any] = {"automountServiceAccountToken": False, "containers": [{"name": "main"}]}
        account = text_in(self._spec, "serviceAccountName")
        return self._made([source], spec | ({"serviceAccountName": account} if account else {}), component="agent")

    def _collectors(self) -> Iterator[PodTemplate]:
        own = ((*self._base, "artifactGC"), mapping_in(self._spec, "artifactGC"))
        each = find_objects(self._spec, "templates[].outputs.artifacts[].artifactGC", self._base)
        for found in (own, *each):
            sources = [(keys, given) for keys, given in dict([own, found]).items() if given]
            if not sources:
                continue
            accounts = [text_in(given, "serviceAccountName") for _, given in sources]
            account = next(filter(None, reversed(accounts)), "") or text_in(self._spec, "serviceAccountName")
            spec: dict[str, Any] = {"restartPolicy": "Never", "containers": [{"name": "main"}]}
            yield self._made(
                [((*keys, "podMetadata"), mapping_in(given, "podMetadata")) for keys, given in sources],
                spec | ({"serviceAccountName": account} if account else {}),
                component="artifact-gc",
            )

    def _made(self, sources: list[tuple[Keys, RawObject]], spec: RawObject, component: str = "") -> PodTemplate:
        labels = {_WORKFLOW_LABEL: str(mapping_at(self._value, "metadata").get("name") or "")}
        if component:
            labels[_COMPONENT_LABEL] = component
        return PodTemplate(
            made_pod(self._value, _WORKFLOW, [metadata for _, metadata in sources], spec, labels),
            tuple((*keys, "annotations") for keys, metadata in sources if "annotations" in metadata),
        )


def _groups(template: RawObject) -> list[Any]:
    steps = template.get("steps")
    if steps is not None and not isinstance(steps, list):
        raise MalformedReview("steps is not a list of lists")
    return steps or []


def _containers(template: RawObject) -> list[RawObject]:
    """The author's containers of a template; none where it has no Pod of its own."""
    for name in _AUTHORS:
        if name in template:
            given = {key: value for key, value in mapping_in(template, name).items() if key != "source"}
            return [{**given, "name": "main"}]  # the source of a script is a file beside it
    if any(name in template for name in _ARGOS):
        return [{"name": "main"}]
    return list(objects_in(mapping_in(template, "containerSet"), "containers"))


def _kind(name: str, place: tuple[str, ...] = ("spec",), *, is_namespaced: bool = True) -> Kind:
    def rule(value: Mapping[str, Any]) -> Iterator[PodTemplate]:
        return _Workflow(value, place, mapping_at(value, *place)).pods()

    spec = ".".join(place)
    places = f"{spec}.podMetadata.annotations, {spec}.templates[].metadata.annotations"
    return Kind(_API, name, rule, places, is_namespaced)


KINDS = (
    _kind("Workflow"),
    _kind("WorkflowTemplate"),
    _kind("ClusterWorkflowTemplate", is_namespaced=False),
    _kind("CronWorkflow", ("spec", "workflowSpec")),
)
