"""Fields of the Pod in what a call sends: variables of our container, and nothing else changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from tests.support.vault.program import run_program
from tests.support.vault.server import VaultServer
from tests.support.webhook.builders import pod, settings
from tests.support.webhook.vault_k8s import admitted, our_container, plan_in
from vault.contract.names import POD_FIELDS, pod_field_variable
from vault.contract.wire import to_environment

EVERY = " ".join(f"data.f{number}=x{{{field}}}y" for number, field in enumerate(POD_FIELDS))


def _variables(new: dict[str, Any]) -> dict[str, str]:
    return {
        each["name"]: each["valueFrom"]["fieldRef"]["fieldPath"]
        for each in our_container(new)["env"]
        if "valueFrom" in each
    }


def test_every_field() -> None:
    """Each is a variable of our container by the downward API, and named in the Plan."""
    new, _ = admitted(pod({"file.omamori.dev/a.json": f"pki/issue/a {EVERY}"}), settings())
    assert _variables(new) == {
        "OMAMORI_POD_NAME": "metadata.name",
        "OMAMORI_POD_NAMESPACE": "metadata.namespace",
        "OMAMORI_POD_IP": "status.podIP",
        "OMAMORI_POD_UID": "metadata.uid",
        "OMAMORI_NODE_NAME": "spec.nodeName",
        "OMAMORI_SERVICE_ACCOUNT": "spec.serviceAccountName",
    }
    (read,) = plan_in(new).reads
    assert read.pod_fields == POD_FIELDS


@pytest.mark.parametrize("text", ["{pod.labels}", "{}", "{pod.name", "pod.name", "{ pod.name }", "{POD.NAME}"])
def test_any_other_brace_is_itself(text: str) -> None:
    """Nothing is added for it, and nothing is filled in."""
    new, _ = admitted(pod({"file.omamori.dev/a.json": f'pki/issue/a data.common_name="{text}"'}), settings())
    (read,) = plan_in(new).reads
    assert (_variables(new), read.pod_fields, read.data) == ({}, (), (("common_name", text),))


def test_a_certificate_of_its_own_name(vault_server: VaultServer, tmp_path: Path) -> None:
    """As in a StatefulSet: the name that the kubelet gives is in the certificate."""
    write = vault_server.client.write
    write("sys/mounts/own-name", {"type": "pki"})
    write("own-name/root/generate/internal", {"common_name": "x", "key_type": "ec"})
    write("own-name/roles/kafka", {"allowed_domains": ["svc"], "allow_subdomains": True, "key_type": "ec", "ttl": "1h"})
    write("sys/policies/acl/own-name", {"policy": 'path "own-name/issue/*" { capabilities = ["update"] }'})
    role = {"role_type": "jwt", "user_claim": "sub", "bound_audiences": ["vault"], "token_policies": ["own-name"]}
    write("auth/jwt/role/own-name", role)
    value = (
        "own-name/issue/kafka#certificate data.common_name={pod.name}.kafka.{pod.namespace}.svc data.ip_sans={pod.ip}"
    )
    new, _ = admitted(pod({"file.omamori.dev/tls.crt": value}), settings())
    plan = plan_in(new)
    plan = plan.replace(
        sessions=(vault_server.session(role="own-name"),),
        outputs=tuple(each.replace(directory=str(tmp_path)) for each in plan.outputs),
        deadline_seconds=20,
    )
    given = {"pod.name": "kafka-0", "pod.namespace": "shop", "pod.ip": "10.1.2.3"}
    environment = to_environment(plan) | {pod_field_variable(field): value for field, value in given.items()}
    finished = run_program(environment)
    assert finished.code == 0, finished.stderr
    names = x509.load_pem_x509_certificate((tmp_path / "tls.crt").read_bytes()).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    assert names.value.get_values_for_type(x509.DNSName) == ["kafka-0.kafka.shop.svc"]
    assert [str(each) for each in names.value.get_values_for_type(x509.IPAddress)] == ["10.1.2.3"]

    finished = run_program(to_environment(plan))
    assert finished.code == 2
    assert "OMAMORI_POD_NAME is missing" in finished.last["message"]
