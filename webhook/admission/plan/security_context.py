"""As whom our container runs, so that the application can read its files and as few others as possible.

Files belong to whoever writes them, and nobody here knows the user of an image. So, the first row that holds:

| what the Pod says of the containers it serves                 | runs as            | files |
|----------------------------------------------------------------|--------------------|-------|
| 0 the author states our container's own user (another dialect) | that user          | 0400  |
| 1 the author states the user (`omamori.dev/run-as-user`)       | that user          | 0400  |
| 2 the administrator leaves users to the platform (OpenShift)   | whatever it gives  | 0440  |
| 3 one explicit user, the same for all, not root                | that user          | 0400  |
| 4 the Pod has an fsGroup (the volume's files get that group)   | 65532, group 65532 | 0440  |
| 5 all are explicitly root                                      | 65532, group 0     | 0440  |
| 6 anything else: the image decides                             | 65532, group 65532 | 0444  |

The group is said where we choose the user: a runtime takes the root group for a user that the image does not list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from vault.contract.shown import shown
from webhook.admission.annotations.pod_annotations import InjectionSpec
from webhook.admission.pod.facts import Container, PodFacts
from webhook.admission.problems import Problem
from webhook.admission.reasons import Reason

NOBODY = 65532
_OWNER, _GROUP, _OTHERS = 0o400, 0o040, 0o004


@dataclass(frozen=True, slots=True)
class Identity:
    """User and group of our container (None: left unset), the files' mode by default, and their group (None: ours).

    `is_authors`: the author has chosen them, and knows who reads the files. `is_images`: the author says that it is the
    user of the images, and so of each container that states none.
    """

    user: int | None
    group: int | None
    mode: int
    file_group: int | None = None
    is_authors: bool = False
    is_images: bool = False


def plan_identity(pod: PodFacts, served: Iterable[Container], spec: InjectionSpec, *, unset_user: bool) -> Identity:
    """Go through the table of this file."""
    users = {container.user for container in served}
    if spec.container.user is not None:
        return Identity(spec.container.user, spec.container.group, 0o400, pod.fs_group, is_authors=True)
    if spec.run_as_user is not None:
        return Identity(spec.run_as_user, None, 0o400, is_images=True)
    if unset_user:
        return Identity(None, None, 0o440, pod.fs_group)
    match sorted(users, key=str):
        case [int(user)] if user != 0:
            return Identity(user, None, 0o400)
    if pod.fs_group is not None:
        return Identity(NOBODY, NOBODY, 0o440, pod.fs_group)
    if users == {0}:
        return Identity(NOBODY, 0, 0o440, 0)
    return Identity(NOBODY, NOBODY, 0o444)


def check_user(spec: InjectionSpec, served: Iterable[Container]) -> Iterator[Problem]:
    """Say which container runs as another user than the author states."""
    for container in served:
        if spec.run_as_user is not None and container.user not in {None, spec.run_as_user}:
            what = f"is {spec.run_as_user}, but container {shown(container.name)} runs as {container.user}"
            yield Problem(Reason.RUN_AS_USER, spec.annotation_of("run-as-user"), what)


def can_read(container: Container, mode: int, identity: Identity) -> bool | None:
    """Whether a container's user can read a file of this mode. None: its user is not known here, or is root.

    Root reads everything, unless the container drops that capability (DAC_OVERRIDE): it is not looked for.
    """
    if mode & _OTHERS:
        return True
    if mode & _GROUP and identity.file_group is not None and _has_group(container, identity):
        return True
    if identity.is_images and container.user is None and mode & _OWNER:
        return True
    if identity.user is None or container.user is None or container.user == 0:
        return None
    if mode & _OWNER and container.user == identity.user:
        return True
    return None if identity.is_authors else False


def _has_group(container: Container, identity: Identity) -> bool:
    # the fsGroup is a supplementary group of every container; group 0 is root's own, unless it is set to another
    return identity.group != 0 or (container.user == 0 and container.group in {None, 0})
