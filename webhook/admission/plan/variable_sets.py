"""What can be wrong with secrets of which each key becomes a variable: only the Pod knows their names.

The kubelet has to know the names when the Pod is created, so the launcher alone can set such variables. It does so
after the kubelet has replaced `$(NAME)`, and that would be left as it is, without a word.
"""

from __future__ import annotations

from collections.abc import Iterator

from vault.contract.shown import shown
from webhook.admission.annotations.selection import possible_names
from webhook.admission.annotations.values import Delivery
from webhook.admission.limits import MAX_DECLARED_BYTES
from webhook.admission.plan.env_vars import ContainerEnv, Environment
from webhook.admission.pod.facts import Container, PodFacts
from webhook.admission.problems import Problem
from webhook.admission.reasons import Reason


def check_variable_sets(pod: PodFacts, environment: Environment, delivery: Delivery) -> Iterator[Problem]:
    """Say where the kubelet would set them, where a text refers to them, and what would be too much for the Plan."""
    containers = {each.name: each for each in pod.all_containers}
    files = [each for each in environment.files if each.sets]
    for file in files:
        if file.is_launched:
            yield from _cannot_refer(containers[file.container], file)
        else:
            yield from _cannot_be_named(file, delivery)
    if sum(len(name) for file in files for name in file.declared) > MAX_DECLARED_BYTES:
        what = (
            "the containers declare variables whose names have more than "
            f"{MAX_DECLARED_BYTES >> 10} KiB in all; take only some keys, with keys= or prefix="
        )
        yield Problem(Reason.TOO_LARGE, files[0].sets[0].annotation, what)


def _cannot_be_named(file: ContainerEnv, delivery: Delivery) -> Iterator[Problem]:
    way = "set omamori.dev/env-delivery: exec or auto" if delivery == "kubelet" else "set its command in the Pod"
    for each in file.sets:
        what = (
            f"the kubelet sets the variables of container {shown(file.container)}, and must know their names when the "
            f"Pod is created, but only Vault knows them; {way}, so that the launcher sets them, or write an "
            f"env.omamori.dev annotation for each: omamori env-names {shown(each.source.path)} lists them"
        )
        yield Problem(Reason.ENV_FROM, each.annotation, what)


def _cannot_refer(container: Container, file: ContainerEnv) -> Iterator[Problem]:
    """Say where the author may mean a variable that only the launcher sets, when the kubelet has read the text."""
    if not container.unresolved:
        return
    ours = {each.name for each in file.specs}
    names = [(each.annotation, possible_names([each])) for each in file.sets]
    for place, name in container.unresolved:
        where = next((annotation for annotation, possible in names if name in possible), None)
        if where is not None and name not in ours:
            what = (
                f"{place} of container {shown(container.name)} has $({name}), which the kubelet replaces before the "
                "launcher sets variables, and of which the secret may have one; let a shell read "
                f"${name}, write $$({name}) for the text itself (as for a shell's own $(…)), or take other keys, with "
                "keys= or prefix="
            )
            yield Problem(Reason.REFERENCE, where, what)
