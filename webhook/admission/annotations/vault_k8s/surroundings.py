"""What of a Pod the annotations of vault-k8s depend on, apart from themselves: read only as far as one of them asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from vault.contract.plan import AWS
from webhook.admission.annotations.vault_k8s.table import DOMAIN
from webhook.admission.rawjson import mapping_in, number_in, objects_in, text_in
from webhook.config.directories import MAX_PATH_BYTES, normalized_mount
from webhook.config.paths import parents

AUTH_TYPE = f"{DOMAIN}/auth-type"
CONTAINERS = f"{DOMAIN}/agent-inject-containers"
COPIED = f"{DOMAIN}/agent-copy-volume-mounts"
SAME_USER = f"{DOMAIN}/agent-run-as-same-user"
SHARED = f"{DOMAIN}/agent-share-process-namespace"
CONFIGURATION = f"{DOMAIN}/agent-configmap"
TEMPLATE_FILE = f"{DOMAIN}/agent-inject-template-file-"

_MOST_MOUNTS = 50
_AGENTS = ("vault-agent-init", "vault-agent")


class AwsVariables(NamedTuple):
    """What the first container with an IAM role says of it; else, whether one has EKS Pod Identity.

    `volume` is where the role's token is, "" for none, and `path` its file there. `region` "": none is given.
    """

    container: str = ""
    role_arn: str = ""
    volume: str = ""
    path: str = ""
    region: str = ""
    has_pod_identity: bool = False


class Surroundings(NamedTuple):
    """What was read. `containers` are the names of `spec.containers`; `first_user` is the first one's, or the Pod's.

    `forbids_sharing`: the Pod says that its process namespace is not shared. `files` are template files: their
    annotation, the volume that they are in by a mount of the container that is copied from, and their path in it.
    `aws` is there for a login by AWS IAM.
    `mounts` are all mounts of that container, where an agent configuration may name files of them: place, volume, path.
    """

    containers: tuple[str, ...] = ()
    first_user: int | None = None
    forbids_sharing: bool = False
    files: tuple[tuple[str, str, str], ...] = ()
    aws: AwsVariables | None = None
    mounts: tuple[tuple[str, str, str], ...] = ()


NOTHING = Surroundings()


def has_vault_agent(pod: Mapping[str, Any]) -> bool:
    """Whether vault-k8s has injected its containers. Raises MalformedReview."""
    spec = mapping_in(pod, "spec")
    return any(text_in(each, "name") in _AGENTS for each in _all_containers(spec))


def read_surroundings(pod: Mapping[str, Any], annotations: Mapping[str, str]) -> Surroundings:
    """Read what the annotations need. Raises MalformedReview."""
    files = [name for name in annotations if name.startswith(TEMPLATE_FILE)]
    by_aws = annotations.get(AUTH_TYPE) == AWS
    copies = bool(annotations.get(CONFIGURATION) and annotations.get(COPIED))
    is_asked = files or by_aws or copies
    if not (is_asked or CONTAINERS in annotations or SAME_USER in annotations or SHARED in annotations):
        return NOTHING
    spec = mapping_in(pod, "spec")
    containers = objects_in(spec, "containers")
    user = number_in(mapping_in(spec, "securityContext"), "runAsUser")
    if containers:
        user = number_in(mapping_in(containers[0], "securityContext"), "runAsUser", user)
    mounts = _mounts(spec, annotations.get(COPIED, "")) if files or copies else {}
    return Surroundings(
        containers=tuple(text_in(each, "name") for each in containers) if CONTAINERS in annotations else (),
        first_user=user if SAME_USER in annotations else None,
        forbids_sharing=SHARED in annotations and spec.get("shareProcessNamespace") is False,
        files=tuple(found for name in files for found in _located(name, annotations[name], mounts)),
        aws=_read_aws(containers) if by_aws else None,
        mounts=tuple(_bounded(mounts)) if copies else (),
    )


def _all_containers(spec: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [*objects_in(spec, "initContainers"), *objects_in(spec, "containers")]


def _read_aws(containers: Sequence[Mapping[str, Any]]) -> AwsVariables:
    has_pod_identity = False
    for container in containers:
        written = (each for each in objects_in(container, "env") if text_in(each, "name").startswith("AWS_"))
        variables = {text_in(each, "name"): text_in(each, "value") for each in written}
        role, file = variables.get("AWS_ROLE_ARN", ""), variables.get("AWS_WEB_IDENTITY_TOKEN_FILE", "")
        if role and file:
            located = next(_located("", file, _mounts_of([container])), ("", "", ""))
            region = variables.get("AWS_REGION") or variables.get("AWS_DEFAULT_REGION") or ""
            return AwsVariables(text_in(container, "name"), role, *located[1:], region)
        has_pod_identity = has_pod_identity or "AWS_CONTAINER_CREDENTIALS_FULL_URI" in variables
    return AwsVariables(has_pod_identity=has_pod_identity)


def _mounts(spec: Mapping[str, Any], container: str) -> dict[str, tuple[str, str]]:
    return _mounts_of([each for each in _all_containers(spec) if container and text_in(each, "name") == container])


def _mounts_of(containers: Iterable[Mapping[str, Any]]) -> dict[str, tuple[str, str]]:
    """Return the volumes of containers by their mount's place, each with the path of the volume that is there."""
    mounts = (mount for each in containers for mount in objects_in(each, "volumeMounts"))
    return {
        normalized_mount(text_in(each, "mountPath")): (text_in(each, "name"), text_in(each, "subPath"))
        for each in mounts
        if not text_in(each, "subPathExpr")
    }


def _bounded(mounts: Mapping[str, tuple[str, str]]) -> Iterator[tuple[str, str, str]]:
    """Yield a bounded number of mounts, with places of a bounded length: they travel in the Plan."""
    for place, (volume, path) in list(mounts.items())[:_MOST_MOUNTS]:
        if len(place) <= MAX_PATH_BYTES:
            yield place, volume, path


def _located(annotation: str, path: str, mounts: Mapping[str, tuple[str, str]]) -> Iterator[tuple[str, str, str]]:
    """Find the volume of a template file by the innermost mount around it."""
    if not path.startswith("/") or len(path) > MAX_PATH_BYTES:
        return
    place = normalized_mount(path)
    for folder in (place, *parents(place)):
        if folder in mounts:
            volume, within = mounts[folder]
            yield annotation, volume, f"{within}/{place[len(folder) :]}".replace("//", "/").strip("/")
            return
