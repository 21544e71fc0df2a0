"""All keys of a secret as variables, and `env-delivery: auto`, in real Pods."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.test_variables import fnv, run
from tests.e2e.workloads import NAMESPACE
from tests.support.canary import Canary, occurrences
from tests.support.cluster.images import SCRATCH
from tests.support.cluster.manifests import container, pod
from tests.support.cluster.searching import places
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from tests.support.cluster.installation import Installation

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

AUTO = {"omamori.dev/env-delivery": "auto"}
SIDECAR = {"omamori.dev/mode": "sidecar", "omamori.dev/refresh": "2s"}
FIRST = Canary.plain()
SECOND = Canary(f"pa'ss\"wo$rd {Canary.plain().value}")  # what no env file of the kubelet carries
NESTED = Canary.plain()


def sha256(text: str) -> str:
    """The digest that sha256sum prints."""
    return hashlib.sha256(text.encode()).hexdigest()


def log_of(installation: Installation, name: str, of: str = "app") -> str:
    """Read the log of a container."""
    return installation.nodes.kubectl("logs", name, "-n", NAMESPACE, "-c", of)


@pytest.mark.parametrize("delivery", ["exec", "auto"])
def test_each_key_is_a_variable(workloads: Installation, delivery: str) -> None:
    """By the launcher in an image from scratch, with a prefix; a name that the container declares stays its own."""
    workloads.vault.admin.write(
        "secret/data/shop/envfrom", {"data": {"mail": {"host": "h", "pass word": NESTED.value}}}
    )
    annotations = {
        "envfrom.omamori.dev/db": "secret/data/shop/db prefix=db_ upper=true",
        "envfrom.omamori.dev/mail": "secret/data/shop/envfrom#mail rename=pass%20word:MAIL_PASSWORD",
        "envfrom.omamori.dev/none": "secret/data/shop/absent optional=true",
        "omamori.dev/env-delivery": delivery,
    }
    own = [{"name": "DB_USERNAME", "value": "own"}]
    name, asked = f"envfrom-{delivery}", ["DB_PASSWORD", "host", "MAIL_PASSWORD", "password"]
    said = run(workloads, name, annotations, command=["/digest", "DB_USERNAME"], args=asked, env=own)

    password = workloads.canaries["db"].value
    assert said == (
        f"DB_USERNAME {fnv('own')}\nDB_PASSWORD {fnv(password)}\nhost {fnv('h')}\n"
        f"MAIL_PASSWORD {fnv(NESTED.value)}\npassword none\n"
    )
    [line] = [
        each for each in map(json.loads, log_of(workloads, name, "omamori-init").splitlines()) if "DB_" in str(each)
    ]
    assert line["message"] == "left out, since the container declares it itself: DB_USERNAME"
    assert (line["level"], line["annotation"]) == ("info", "envfrom.omamori.dev/db")


def test_a_key_that_is_no_name_is_told(workloads: Installation) -> None:
    """The Pod's status has the key, the annotation and what to do."""
    workloads.vault.admin.write("secret/data/shop/envfrom-odd", {"data": {"LD_PRELOAD": "/tmp/x.so", "a": "b"}})
    annotations = {"envfrom.omamori.dev/odd": "secret/data/shop/envfrom-odd", "omamori.dev/env-delivery": "exec"}
    name = "envfrom-odd"
    workloads.nodes.apply(workloads.account(NAMESPACE, name), pod(NAMESPACE, name, annotations, {}))
    failed = workloads.wait_for_phase(NAMESPACE, name, "Failed")
    [status] = [each for each in failed["status"]["initContainerStatuses"] if each["name"] == "omamori-init"]
    told = json.loads(status["state"]["terminated"]["message"])
    assert status["state"]["terminated"]["exitCode"] == 15
    assert "the key 'LD_PRELOAD' of the secret cannot be the variable 'LD_PRELOAD'" in told["message"]
    assert told["annotation"] == "envfrom.omamori.dev/odd"
    assert "keys=" in told["hint"]


def test_auto_is_chosen_for_each_container(workloads: Installation) -> None:
    """One with a command is launched, one whose image has the entrypoint is the kubelet's; both have the value."""
    annotations = {"env.omamori.dev/DB_PASSWORD": "secret/data/shop/db#password", **AUTO}
    name = "auto"
    script = 'printf %s "$DB_PASSWORD" | sha256sum'
    spec = {
        "containers": [
            container(command=["/bin/sh", "-c", script]),
            {"name": "scratch", "image": SCRATCH, "imagePullPolicy": "Never", "args": ["DB_PASSWORD"]},
        ]
    }
    workloads.nodes.apply(workloads.account(NAMESPACE, name), pod(NAMESPACE, name, annotations, spec))
    made = workloads.wait_for_phase(NAMESPACE, name, "Succeeded")

    app, scratch = made["spec"]["containers"]
    assert app["command"] == ["/omamori/launch/omamori-launch", "/omamori/launch/env", "--", "/bin/sh", "-c", script]
    assert "fileKeyRef" not in json.dumps(app)
    assert "command" not in scratch
    assert "fileKeyRef" in json.dumps(scratch)
    password = workloads.canaries["db"].value
    assert log_of(workloads, name).split()[0] == sha256(password)
    assert log_of(workloads, name, "scratch") == f"DB_PASSWORD {fnv(password)}\n"


def test_a_rotation_to_what_the_kubelet_cannot_carry(workloads: Installation) -> None:
    """In a sidecar with `auto` and with envfrom the next start of the container has the new value, quotes and all."""
    path, name = "secret/data/shop/auto-rotated", "auto-rotated"
    workloads.vault.admin.write(path, {"data": {"it": FIRST.value}})
    annotations = {
        "env.omamori.dev/IT": f"{path}#it",
        "envfrom.omamori.dev/all": f"{path} prefix=ALL_",
        **AUTO,
        **SIDECAR,
    }
    script = (
        'trap "exit 1" TERM; for each in "$IT" "$ALL_it"; do printf %s "$each" | sha256sum; done; '
        "while :; do sleep 0.1; done"
    )
    spec = {"restartPolicy": "Always", "containers": [container(command=["/bin/sh", "-c", script])]}
    workloads.nodes.apply(workloads.account(NAMESPACE, name), pod(NAMESPACE, name, annotations, spec))
    workloads.wait_for_phase(NAMESPACE, name, "Running")

    def digests() -> list[str]:
        return log_of(workloads, name).split()[::2]

    wait_until(lambda: digests() == [sha256(FIRST.value)] * 2, 60, "the first value was told")
    workloads.vault.admin.write(path, {"data": {"it": SECOND.value}})

    def published() -> bool:
        lines = log_of(workloads, name, "omamori-sidecar").splitlines()
        return [json.loads(each)["message"] for each in lines].count("published") >= 2

    wait_until(published, 90, "the sidecar has written the new value")
    workloads.nodes.kubectl("exec", name, "-n", NAMESPACE, "-c", "app", "--", "/bin/sh", "-c", "kill 1")

    def restarted() -> dict[str, Any] | None:
        [app] = workloads.nodes.get("pod", name, "-n", NAMESPACE)["status"]["containerStatuses"]
        return app if app["restartCount"] >= 1 and "running" in app["state"] else None

    wait_until(restarted, 120, "the container runs again")
    wait_until(lambda: digests() == [sha256(SECOND.value)] * 2, 60, "the second value was told")
    workloads.nodes.kubectl("delete", "pod", name, "-n", NAMESPACE, "--wait=false")


def test_no_value_is_left(workloads: Installation) -> None:
    """The values of this file's tests are in no place outside of the Pods."""
    for place, searched in places(workloads.box, workloads.nodes).items():
        for canary in (FIRST, SECOND, NESTED):
            assert not occurrences(canary, searched), place
