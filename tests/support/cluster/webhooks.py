"""The webhook as a process, and how the API server is told of it."""

from __future__ import annotations

import base64
import contextlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.realparts.certificates import Authority
from tests.realparts.requests import ask, status_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.realparts.sandbox import Sandbox

PORT = 8443

# an annotation under our domain, in any case of letters: what is misspelt must reach us to be refused
ANNOTATED = (
    "has(object.metadata.annotations) && object.metadata.annotations.exists(k, "
    "k.lowerAscii().matches('^([a-z0-9-]+[.])*omamori[.]dev/'))"
)
ANNOTATED_FOR_VAULT_K8S = (
    'has(object.metadata.annotations) && "vault.hashicorp.com/agent-inject" in object.metadata.annotations'
)


@dataclass(frozen=True, slots=True)
class Webhook:
    """A running `omamori serve`."""

    url: str
    authority: Authority
    log: Path

    def decisions(self, **fields: Any) -> list[dict[str, Any]]:
        """The log's lines of decisions which have these fields, in order."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines()]
        wanted = {"message": "decision", **fields}
        return [line for line in lines if wanted.items() <= line.items()]

    def metric(self, start: str) -> float:
        """The sum of the metrics whose lines start so; 0 where there are none."""
        answer = ask("GET", f"{self.url}/metrics", trusted=self.authority.certificate)
        lines = answer.text.splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(start))

    def client_config(self) -> dict[str, Any]:
        """How the API server reaches it: by URL."""
        return {"url": f"{self.url}/mutate", "caBundle": bundle(self.authority)}


@contextlib.contextmanager
def webhook_process(
    box: Sandbox, variables: Mapping[str, str], *, name: str = "webhook", port: int | None = None
) -> Iterator[Webhook]:
    """Run `omamori serve` in the sandbox, with its own authority; `variables` come without their prefix."""
    authority = Authority(box.folder / name, "Webhook of the tests")
    pair = authority.issue("serving", box.address)
    chosen = port or box.port(PORT)
    given = {
        "TLS_CERTIFICATE_FILE": str(pair.certificate),
        "TLS_KEY_FILE": str(pair.key),
        "LISTEN_HOST": box.listen,
        "LISTEN_PORT": str(chosen),
        **variables,
    }
    environment = {f"OMAMORI_{variable}": value for variable, value in given.items()}
    url = f"https://{box.address}:{chosen}"
    program = Path(sys.executable).with_name("omamori")
    with box.running(name, [program, "serve"], environment) as process:
        process.wait_until(lambda: status_of(f"{url}/readyz", trusted=authority.certificate) == 200, 30, "it is ready")
        yield Webhook(url, authority, process.log)


def bundle(authority: Authority) -> str:
    """What the API server is to trust."""
    return base64.b64encode(authority.certificate.read_bytes()).decode()


def webhook_configuration(
    name: str,
    client_config: Mapping[str, Any],
    *,
    namespaces: Mapping[str, Any] | None = None,
    match: str = ANNOTATED,
    reinvocation: str = "IfNeeded",
) -> dict[str, Any]:
    """Register a webhook for new Pods, which are refused where it cannot be reached."""
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": name},
        "webhooks": [
            {
                "name": f"{name}.omamori.dev",
                "clientConfig": dict(client_config),
                "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}],
                "matchConditions": [{"name": "annotated", "expression": match}],
                "namespaceSelector": dict(namespaces or {}),
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None",
                "failurePolicy": "Fail",
                "reinvocationPolicy": reinvocation,
                "timeoutSeconds": 5,
            }
        ],
    }
