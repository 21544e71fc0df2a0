"""Go templates in real Pods: as text, from a ConfigMap, in each mode, and through the rotation of what they join."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.engines import LONGEST_SECONDS, NAMESPACE
from tests.support.canary import Canary
from tests.support.cluster.manifests import container, pod
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from tests.support.cluster.installation import Installation

pytestmark = [pytest.mark.real, pytest.mark.timeout(600), pytest.mark.usefixtures("engines")]

ROLE = {"policy": "engines", "token_type": "service", "token_ttl": "10m"}
FIRST, SECOND = Canary.plain(), Canary.plain()
SECRET = "secret/data/shop/templated"
CONFIG = "templates"
URL = '[[ with secret "secret/shop/templated" ]]it=[[ .Data.data.it ]][[ end ]]\n'
JOINED = (
    '[[ with secret "database/creds/shop" ]][[ .Data.username ]][[ end ]] '
    '[[ with secret "secret/shop/templated" ]][[ .Data.data.it ]][[ end ]]'
)
TEXT = {"template.omamori.dev/it": URL}
FILE = {
    "template.omamori.dev/it": "volume:conf/app.tpl",
    "template-options.omamori.dev/it": 'delimiters="{{ }}" mode=0444 as=app/it.conf',
}
STAYING = ["/bin/sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done"]


@pytest.fixture(scope="module")
def pods(installation: Installation) -> Installation:
    """The Pods of this file, applied."""
    installation.vault.admin.write(SECRET, {"data": {"it": FIRST.value}})
    volume = {"volumes": [{"name": "conf", "configMap": {"name": CONFIG}}]}
    shown = {"containers": [container(command=["cat", "/vault/secrets/it"])]}
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": CONFIG, "namespace": NAMESPACE},
        "data": {"app.tpl": URL.replace("[[", "{{").replace("]]", "}}")},
    }
    made = {
        "template-text": (TEXT, shown),
        "template-fast": ({**TEXT, "omamori.dev/start": "fast"}, shown),
        "template-file": (FILE, {**volume, "containers": [container(command=["cat", "/vault/secrets/app/it.conf"])]}),
        "template-joined": (
            {"template.omamori.dev/it": JOINED, "omamori.dev/mode": "sidecar", "omamori.dev/refresh": "2s"},
            {"containers": [container(command=STAYING)]},
        ),
        "template-wrong": ({"template.omamori.dev/it": URL.replace(".it", ".its")}, shown),
    }
    accounts = [installation.account(NAMESPACE, name, **ROLE) for name in made]
    wanted = [pod(NAMESPACE, name, asked, spec) for name, (asked, spec) in made.items()]
    installation.nodes.apply(config, *accounts, *wanted)
    return installation


@pytest.mark.parametrize("name", ["template-text", "template-fast", "template-file"])
def test_the_application_reads_what_the_template_made(pods: Installation, name: str) -> None:
    """As text of the annotation, in a native sidecar that starts fast, and from a ConfigMap."""
    pods.wait_for_phase(NAMESPACE, name, "Succeeded")
    assert pods.nodes.kubectl("logs", name, "-n", NAMESPACE, "-c", "app") == f"it={FIRST.value}\n"


def test_what_is_wrong_is_shown(pods: Installation) -> None:
    """A key that is not there: `kubectl describe pod` has the template's line, and no value."""

    def told() -> str:
        shown = pods.nodes.kubectl("describe", "pod", "template-wrong", "-n", NAMESPACE)
        return shown if "template-failed" in shown else ""

    shown = wait_until(told, 120, "the reason is shown")
    assert 'map has no entry for key \\"its\\"' in shown
    assert FIRST.value not in shown


def test_a_lease_and_a_secret_in_one_file(pods: Installation) -> None:
    """The sidecar renders anew for a new version of the one, and for the new user of the other."""
    name = "template-joined"
    pods.wait_for_phase(NAMESPACE, name, "Running")

    def words() -> list[str]:
        return pods.nodes.kubectl("exec", name, "-n", NAMESPACE, "-c", "app", "--", "cat", "/vault/secrets/it").split()

    user, value = words()
    assert (user.startswith("v-"), value) == (True, FIRST.value)
    pods.vault.admin.write(SECRET, {"data": {"it": SECOND.value}})
    wait_until(lambda: words()[1] == SECOND.value, 60, "the new version is there")
    wait_until(lambda: words()[0] != user, 3 * LONGEST_SECONDS, "there is a new user")
    assert words()[1] == SECOND.value
