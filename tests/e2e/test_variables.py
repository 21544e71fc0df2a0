"""Variables where it is hardest: in an image from scratch, and with values that no env file carries."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.workloads import NAMESPACE
from tests.support.canary import Canary, occurrences
from tests.support.cluster.images import SCRATCH
from tests.support.cluster.manifests import container, pod
from tests.support.cluster.searching import places

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.cluster.installation import Installation

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

EXEC = {"omamori.dev/env-delivery": "exec"}
HARD = Canary(f"it's\r\n{Canary.plain().value}")  # a quote, and a line that ends in CR


def fnv(value: str) -> str:
    """The digest that tests/e2e/scratch/digest.c prints."""
    digest = 14695981039346656037
    for each in value.encode():
        digest = (digest ^ each) * 1099511628211 % 2**64
    return f"{digest:016x}"


@pytest.fixture(scope="module")
def hard(workloads: Installation) -> Canary:
    """A secret that no env file can carry."""
    workloads.vault.admin.write("secret/data/shop/hard", {"data": {"password": HARD.value, "empty": ""}})
    return HARD


def run(installation: Installation, name: str, annotations: Mapping[str, str], **fields: Any) -> str:
    """Run a Pod of the image from scratch to its end and give what it said."""
    app = {"name": "app", "image": SCRATCH, "imagePullPolicy": "Never", **fields}
    installation.nodes.apply(installation.account(NAMESPACE, name))
    installation.nodes.apply(pod(NAMESPACE, name, annotations, {"containers": [app]}))
    installation.wait_for_phase(NAMESPACE, name, "Succeeded")
    return installation.nodes.kubectl("logs", name, "-n", NAMESPACE, "-c", "app")


def test_an_image_from_scratch(workloads: Installation) -> None:
    """An image without a shell, whose command nobody states, gets its variables from the kubelet."""
    annotations = {
        "env.omamori.dev/DB_PASSWORD": "secret/data/shop/db#password",
        "env.omamori.dev/NONE": "secret/data/shop/absent#x optional=true",
    }
    said = run(workloads, "scratch", annotations, args=["DB_PASSWORD", "NONE"])

    assert said == f"DB_PASSWORD {fnv(workloads.canaries['db'].value)}\nNONE none\n"


def test_the_launcher_in_an_image_from_scratch(workloads: Installation, hard: Canary) -> None:
    """A static program as any user: a quote, CR, and an empty value come through, beside the container's own."""
    annotations = {
        "env.omamori.dev/HARD": "secret/data/shop/hard#password",
        "env.omamori.dev/EMPTY": "secret/data/shop/hard#empty",
        **EXEC,
    }
    own = [{"name": "OWN", "value": "own"}]
    said = run(workloads, "launched-scratch", annotations, command=["/digest", "HARD"], args=["EMPTY", "OWN"], env=own)

    assert said == f"HARD {fnv(hard.value)}\nEMPTY {fnv('')}\nOWN {fnv('own')}\n"


def test_what_an_env_file_cannot_carry_is_told(workloads: Installation, hard: Canary) -> None:
    """Without the launcher the Pod's status says why and what to do; with encode=base64 the value comes through."""
    name, annotations = "unencoded", {"env.omamori.dev/HARD": "secret/data/shop/hard#password"}
    workloads.nodes.apply(workloads.account(NAMESPACE, name), pod(NAMESPACE, name, annotations, {}))
    failed = workloads.wait_for_phase(NAMESPACE, name, "Failed")
    [status] = [each for each in failed["status"]["initContainerStatuses"] if each["name"] == "omamori-init"]
    told = status["state"]["terminated"]
    assert told["exitCode"] == 15
    assert "the variable 'HARD' has a single quote" in told["message"]
    assert "encode=base64" in told["message"]

    encoded = {"env.omamori.dev/HARD": "secret/data/shop/hard#password encode=base64"}
    said = run(workloads, "encoded", encoded, args=["HARD"])
    assert said == f"HARD {fnv(base64.b64encode(hard.value.encode()).decode())}\n"


def test_exec_sees_what_the_kubelet_set_alone(workloads: Installation) -> None:
    """`kubectl exec` shows a variable from an env file, and none that the launcher set; PID 1 is the command itself."""
    script = 'test -n "$DB_PASSWORD" && exec sleep 600'
    by_kubelet = {"env.omamori.dev/DB_PASSWORD": "secret/data/shop/db#password"}
    shown = 'printf %s "$DB_PASSWORD" | sha256sum; tr "\\0" " " </proc/1/cmdline'
    seen = {}
    for name, asking in (("seen", by_kubelet), ("unseen", {**by_kubelet, **EXEC})):
        spec = {"containers": [container(command=["/bin/sh", "-c", script])]}
        workloads.nodes.apply(workloads.account(NAMESPACE, name), pod(NAMESPACE, name, asking, spec))
        workloads.wait_for_phase(NAMESPACE, name, "Running")
        inside = ("exec", name, "-n", NAMESPACE, "-c", "app", "--", "/bin/sh", "-c", shown)
        seen[name] = workloads.nodes.kubectl(*inside)
        workloads.nodes.kubectl("delete", "pod", name, "-n", NAMESPACE)

    assert [each.split()[2:] for each in seen.values()] == [["sleep", "600"]] * 2
    digests = [each.split()[0] for each in seen.values()]
    assert digests[1] == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"  # of nothing
    assert digests[0] != digests[1]


def test_no_hard_value_is_left(workloads: Installation, hard: Canary) -> None:
    """The values of this file's tests are in no place outside of the Pods, a refused one's message included."""
    for place, searched in places(workloads.box, workloads.nodes).items():
        assert not occurrences(hard, searched), place
