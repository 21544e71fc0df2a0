"""An API server without a node, for dry runs and validation, with and without a network of its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.realparts.apiserver import ApiServer, api_server
from tests.realparts.kubeexpand import expand
from tests.realparts.sandbox import CommandFailed, sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.real


@pytest.fixture(scope="module", params=[True, False], ids=["own network", "loopback"])
def server(request: pytest.FixtureRequest) -> Iterator[ApiServer]:
    with sandbox(own_network=request.param) as box, api_server(box) as made:
        yield made


def pod(name: str, **spec: Any) -> dict[str, Any]:
    container = {"name": "app", "image": "localhost/none:1"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {"containers": [container], **spec},
    }


def test_dry_run(server: ApiServer) -> None:
    """A dry run tells a valid Pod from an invalid one, and stores nothing."""
    server.apply(pod("dry"), options=["--dry-run=server"])
    with pytest.raises(CommandFailed, match="restartPolicy"):
        server.apply(pod("dry", restartPolicy="Perhaps"), options=["--dry-run=server"])
    assert server.get("pods", "dry", "--ignore-not-found") is None


def test_audit_log_and_etcd(server: ApiServer) -> None:
    """The audit log has a Pod's whole request, and etcd the Pod; of a Secret the audit log has the name alone."""
    server.apply(pod("seen", nodeName="canary-node"))
    server.kubectl("create", "secret", "generic", "hidden", "--from-literal=key=canary-secret")
    log = server.audit_log.read_text()
    events = [json.loads(line) for line in log.splitlines()]
    assert any("canary-node" in json.dumps(each.get("requestObject")) for each in events)
    assert '"name":"hidden"' in log
    assert "canary-secret" not in log
    assert b"canary-secret" not in log.encode()
    assert b"canary-node" in server.dump_etcd()
    assert b"canary-secret" in server.dump_etcd()


def test_token(server: ApiServer) -> None:
    """A token of an audience is made for a ServiceAccount, without a node."""
    assert server.kubectl("create", "token", "default", "--audience=vault").count(".") == 2


def test_expand() -> None:
    """The kubelet's own expansion replaces what it knows, unescapes, and leaves the rest."""
    assert expand(["$(HOME)/x", "$$(HOME)", "$(OTHER)", "a\nb", ""]) == [
        "/home/expanded/x",
        "$(HOME)",
        "$(OTHER)",
        "a\nb",
        "",
    ]
