"""Pods as people have them for the Vault Agent Injector, unchanged, on a real node: their files, and a Job's end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.engines import LONGEST_SECONDS, NAMESPACE
from tests.support.canary import Canary
from tests.support.cluster.manifests import container, controlled, pod
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.cluster.installation import Installation

pytestmark = [pytest.mark.real, pytest.mark.timeout(600), pytest.mark.usefixtures("engines")]

ROLE = {"policy": "engines", "token_type": "service", "token_ttl": "10m"}
FIRST, SECOND = Canary.plain(), Canary.plain()
PATH = "secret/data/shop/injector"
IT = f'{{{{- with secret "{PATH}" -}}}}it={{{{ .Data.data.it }}}}{{{{- end }}}}'
JOINED = (
    '{{- with secret "database/creds/shop" -}}{{ .Data.username }} {{ end -}}'
    f'{{{{ with secret "{PATH}" }}}}{{{{ .Data.data.it }}}}{{{{ end }}}}'
)
# as vault-k8s' documentation has it: names in quotes, objects assigned, a sink for the agent, a client's certificate
CONFIGURATION = """
"auto_auth" = {
  "method" = {
    "config" = {
      "role" = "@ROLE@"
    }
    "type" = "kubernetes"
  }

  "sink" = {
    "config" = {
      "path" = "/home/vault/.token"
    }

    "type" = "file"
  }
}

"exit_after_auth" = @ENDS@
"pid_file" = "/home/vault/pid"

"template" = {
  "contents" = "{{- with secret \\"@PATH@\\" -}}it={{ .Data.data.it }}{{- end }}"
  "destination" = "/vault/secrets/it"
}

"template_config" = {
  "static_secret_render_interval" = "2s"
}

"vault" = {
  "ca_cert" = "/vault/tls/ca.crt"
  "client_cert" = "/vault/tls/client.crt"
  "client_key" = "/vault/tls/client.key"
}
"""
CONFIGURED = "vk8s-configured"
STAYING = ["/bin/sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done"]
ASKED: dict[str, dict[str, str]] = {
    "vk8s-init": {"agent-inject-secret-it": PATH, "agent-pre-populate-only": "true", "agent-inject-template-it": IT},
    "vk8s-both": {"agent-inject-secret-it": PATH, "agent-inject-template-it": IT},
    "vk8s-several": {
        "agent-inject-secret-it": PATH,
        "agent-inject-template-it": IT,
        "agent-inject-secret-all": PATH,
        "agent-inject-default-template": "json",
        "agent-inject-perms-it": "0444",
        "secret-volume-path-all": "/etc/shop",
    },
    "vk8s-token": {"agent-inject-secret-it": PATH, "agent-inject-template-it": IT, "agent-inject-token": "true"},
    "vk8s-tls": {
        "agent-inject-secret-it": PATH,
        "agent-inject-template-it": IT,
        "tls-secret": "vault-tls",
        "ca-cert": "/vault/tls/ca.crt",
        "agent-limits-cpu": "250m",
        "log-level": "debug",
    },
    "vk8s-joined": {"agent-inject-template-it": JOINED, "template-static-secret-render-interval": "2s"},
}


def config_map() -> dict[str, Any]:
    """The ConfigMap of the Pod that has an agent configuration; the init container of vault-k8s writes a file more."""
    filled = CONFIGURATION.replace("@ROLE@", f"{NAMESPACE}.{CONFIGURED}").replace("@PATH@", PATH)
    more = 'template {\n  source = "/vault/configs/more.tmpl"\n  destination = "/vault/secrets/more"\n}\n'
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "vk8s-agent", "namespace": NAMESPACE},
        "data": {
            "config.hcl": filled.replace("@ENDS@", "false"),
            "config-init.hcl": filled.replace("@ENDS@", "true") + more,
            "more.tmpl": IT,
        },
    }


def annotated(name: str, asked: Mapping[str, str]) -> dict[str, str]:
    """Give the annotations with their domain, the switch and the role."""
    given = {"agent-inject": "true", "role": f"{NAMESPACE}.{name}", **asked}
    return {f"vault.hashicorp.com/{each}": value for each, value in given.items()}


@pytest.fixture(scope="module")
def pods(installation: Installation) -> Installation:
    """The Pods and the Job of this file, applied."""
    installation.vault.admin.write(PATH, {"data": {"it": FIRST.value}})
    # the token's file has mode 0640, as vault-k8s has it, so that its user has to be the application's
    user = {"runAsUser": 10001, "runAsGroup": 10001}
    spec: dict[str, Any] = {"containers": [container(command=STAYING)], "securityContext": user}
    wanted = [pod(NAMESPACE, name, annotated(name, asked), spec) for name, asked in ASKED.items()]
    done = {"containers": [container(command=["cat", "/vault/secrets/it"])]}
    job = pod(NAMESPACE, "vk8s-job", annotated("vk8s-job", ASKED["vk8s-both"]), done)
    asked = {"vault.hashicorp.com/agent-inject": "true", "vault.hashicorp.com/agent-configmap": "vk8s-agent"}
    wanted.append(pod(NAMESPACE, CONFIGURED, asked, spec))
    accounts = [installation.account(NAMESPACE, name, **ROLE) for name in (*ASKED, CONFIGURED, "vk8s-job")]
    installation.nodes.apply(*accounts, config_map(), *wanted, controlled("Job", job, 1))
    return installation


def seen(pods: Installation, name: str, place: str = "/vault/secrets/it") -> str:
    """Give a file as the application reads it."""
    return pods.nodes.kubectl("exec", name, "-n", NAMESPACE, "-c", "app", "--", "cat", place)


@pytest.mark.parametrize("name", ["vk8s-init", "vk8s-both", "vk8s-several", "vk8s-token", "vk8s-tls"])
def test_an_unchanged_pod_runs(pods: Installation, name: str) -> None:
    """It has the file of its template, and no container of vault-agent."""
    found = pods.wait_for_phase(NAMESPACE, name, "Running")
    assert seen(pods, name) == f"it={FIRST.value}"
    names = [each["name"] for each in (*found["spec"].get("initContainers", ()), *found["spec"]["containers"])]
    assert names == ["omamori-init" if name == "vk8s-init" else "omamori-sidecar", "app"]


def test_other_files(pods: Installation) -> None:
    """The default template json at a path of its own; and a token that Vault accepts, which is not the agent's."""
    pods.wait_for_phase(NAMESPACE, "vk8s-several", "Running")
    assert f'"it":"{FIRST.value}"' in seen(pods, "vk8s-several", "/etc/shop/all")

    pods.wait_for_phase(NAMESPACE, "vk8s-token", "Running")
    token = seen(pods, "vk8s-token", "/vault/secrets/token")
    found = pods.vault.admin.call("POST", "auth/token/lookup", {"token": token})
    assert found["data"]["meta"]["service_account_name"] == "vk8s-token"


def test_an_agent_configuration(pods: Installation) -> None:
    """A ConfigMap as vault-k8s' documentation has it: both containers' files are there, and the log says the rest."""
    found = pods.wait_for_phase(NAMESPACE, CONFIGURED, "Running")
    names = [each["name"] for each in (*found["spec"]["initContainers"], *found["spec"]["containers"])]
    assert names == ["omamori-sidecar", "app"]
    log = pods.nodes.kubectl("logs", CONFIGURED, "-n", NAMESPACE, "-c", "omamori-sidecar")
    for option in ("pid_file", "vault.client_cert", "auto_auth.sink.config.path"):
        assert f": {option}: " in log
    places = ("/vault/secrets/it", "/vault/secrets/more")

    def is_there() -> bool:
        # another test of this file may change the secret
        value = pods.vault.admin.read(PATH)["data"]["data"]["it"]
        return {seen(pods, CONFIGURED, each) for each in places} == {f"it={value}"}

    wait_until(is_there, 60, "both files have the secret")
    there = pods.nodes.kubectl("exec", CONFIGURED, "-n", NAMESPACE, "-c", "app", "--", "ls", "/vault")
    assert there.split() == ["secrets"]


def test_a_job_ends(pods: Installation) -> None:
    """With vault-k8s' default of an init container and a sidecar a Job's Pod never ends; here it does."""
    done = ("wait", "--for=condition=complete", "job/vk8s-job", "-n", NAMESPACE, "--timeout=120s")
    pods.nodes.kubectl(*done, seconds=150)
    [ended] = pods.pods(NAMESPACE, "vk8s-job")
    assert pods.nodes.kubectl("logs", ended["metadata"]["name"], "-n", NAMESPACE, "-c", "app") == f"it={FIRST.value}"


def test_a_template_through_rotations(pods: Installation) -> None:
    """A lease and a secret in one file, and a rotation of each."""
    pods.wait_for_phase(NAMESPACE, "vk8s-joined", "Running")
    user, _ = seen(pods, "vk8s-joined").split()
    pods.vault.admin.write(PATH, {"data": {"it": SECOND.value}})
    wait_until(lambda: seen(pods, "vk8s-joined").endswith(SECOND.value), 60, "the new version is there")
    wait_until(lambda: seen(pods, "vk8s-joined").split()[0] != user, 3 * LONGEST_SECONDS, "there is a new user")
