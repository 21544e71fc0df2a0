"""What a decision costs: the whole webhook over TLS against a FastAPI route with a canned answer; and its parts."""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import orjson

from tests.bench.figures import Table, keep
from tests.support.webhook.builders import pod, review, settings
from tests.support.webhook.servers import environment, write_certificate
from vault.contract.wire import to_environment
from webhook.admission.annotations.parse import parse_annotations
from webhook.admission.cache import Cache
from webhook.admission.decision import Patched, decide
from webhook.admission.merge import inject
from webhook.admission.patch import additions, render_patch
from webhook.admission.plan.plan import plan
from webhook.admission.plan.podspec import render_parts
from webhook.admission.pod.facts import read_facts
from webhook.admission.review import parse_review, render_allowed
from webhook.demo.webhook_side import free_port
from webhook.log import Log

PROJECT = Path(__file__).parents[2]
ROUNDS = 9
REQUESTS = 2000
CONNECTIONS = 16
CALLS = 400

ANNOTATIONS = {
    "file.omamori.dev/db.env": "secret/data/shop/db",
    "file.omamori.dev/mail.pass": "secret/data/shop/mail#password",
    "file.omamori.dev/pgpass": "secret/data/shop/db#pgpass as=.pgpass dir=/home/app",
}


def large_review(annotations: dict[str, str] | None, *, distinct: int = 0) -> bytes:
    """A review of about 6 KB, as a Deployment's Pod with a dozen variables, probes and a token volume makes it.

    Pods of one workload differ in the name of their API token's volume; with `distinct` also in a secret's path.
    """
    if annotations and distinct:
        annotations = {**annotations, "file.omamori.dev/more": f"secret/data/shop/{distinct}#password"}
    variables = [{"name": f"SETTING_{number}", "value": "x" * 40} for number in range(24)]
    probe = {"httpGet": {"path": "/healthz", "port": 8080, "scheme": "HTTP"}, "periodSeconds": 10, "timeoutSeconds": 1}
    token = f"kube-api-access-{os.urandom(3).hex()}"
    container = {
        "name": "app",
        "image": "registry.example.com/shop/checkout:1.4.2",
        "env": variables,
        "livenessProbe": probe,
        "readinessProbe": probe,
        "resources": {"limits": {"cpu": "1", "memory": "128Mi"}, "requests": {"cpu": "100m", "memory": "128Mi"}},
        "volumeMounts": [{"name": token, "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}],
    }
    second = {**container, "name": "worker"}
    volume = {"name": token, "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}
    return review(pod(annotations, containers=[container, second], volumes=[volume]))


def canned_answer() -> bytes:
    """The answer to the annotated review, as a constant."""
    decided = decide(parse_review(large_review(ANNOTATIONS)), settings())
    assert isinstance(decided, Patched)
    return render_allowed("705ab4f5-6393-11e8-b7cc-42010a800002", patch=render_patch(decided.operations))


@contextmanager
def server(command: list[str], environ: dict[str, str], port: int) -> Iterator[int]:
    """Run a server until the block ends; give its process id."""
    process = subprocess.Popen(command, cwd=PROJECT, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise
                time.sleep(0.05)
        yield process.pid
    finally:
        process.kill()
        process.wait()


def processor_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def load(port: int, bodies: list[bytes]) -> None:
    """Send requests over a few connections that stay open, each waiting for its answer."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE

    def work(mine: list[bytes]) -> None:
        with context.wrap_socket(socket.create_connection(("127.0.0.1", port))) as connection:
            for body in mine:
                head = f"POST /mutate?timeout=5s HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
                connection.sendall(head.encode() + body)
                read_answer(connection)

    threads = [threading.Thread(target=work, args=(bodies[start::CONNECTIONS],)) for start in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def read_answer(connection: ssl.SSLSocket) -> bytes:
    """Read one answer with status 200 and give its body."""
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(65536)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    length = next(
        int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
    )
    while len(body) < length:
        body += connection.recv(65536)
    return body


def over_tls() -> Table:
    """Processor time of the server for one admission."""
    table = Table("CPU of the server for one admission over TLS", "µs")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        _, certificate, key = write_certificate(folder)
        (folder / "answer").write_bytes(canned_answer())
        ours, theirs = free_port(), free_port()
        given = environment(
            TLS_CERTIFICATE_FILE=str(certificate),
            TLS_KEY_FILE=str(key),
            LISTEN_HOST="127.0.0.1",
            LISTEN_PORT=str(ours),
        )
        our_pid = stack.enter_context(server([sys.executable, "-m", "webhook", "serve"], given, ours))
        canned = [sys.executable, "-m", "tests.bench.canned", str(folder), str(theirs)]
        their_pid = stack.enter_context(server(canned, given, theirs))
        alike = [large_review(ANNOTATIONS) for _ in range(REQUESTS)]
        plain = [large_review(None) for _ in range(REQUESTS)]
        for number in range(ROUNDS + 1):
            different = [large_review(ANNOTATIONS, distinct=number * REQUESTS + each + 1) for each in range(REQUESTS)]
            for row, pid, port, bodies in (
                ("a FastAPI route with a canned answer", their_pid, theirs, alike),
                ("annotated Pods of one workload", our_pid, ours, alike),
                ("annotated Pods, each different", our_pid, ours, different),
                ("plain Pods", our_pid, ours, plain),
            ):
                before = processor_seconds(pid)
                load(port, bodies)
                if number:  # the first round warms up
                    table.add(row, (processor_seconds(pid) - before) / REQUESTS * 1e6)
    return table


def parts() -> Table:
    """Where the time of one decision goes, in one process without a network."""
    table = Table("parts of a decision on an annotated Pod of one workload", "µs")
    using, body = settings(), large_review(ANNOTATIONS)
    request = parse_review(body)
    assert request.pod is not None
    raw = request.pod
    spec = parse_annotations(raw)
    assert spec is not None
    facts = read_facts(raw, request.namespace)
    injection = plan(spec, facts, using)
    rendered = render_parts(injection)
    injected = inject(raw, rendered)
    cache = Cache()
    key = ("parts", spec.annotations, facts)
    cache.get(key, lambda: rendered, lambda _: 1)
    operations = additions(raw, injected)
    log = Log(open(os.devnull, "wb"))  # noqa: SIM115, PTH123 - for the life of the process
    fields = {"uid": request.uid, "outcome": "patched", "reason": "injected", "milliseconds": 0.1, "dry_run": False}
    calls: dict[str, Callable[[], object]] = {
        "all of it, from bytes to bytes": lambda: render_allowed("u", patch=render_patch(_decided(body))),
        "parse the review": lambda: parse_review(body),
        "parse the annotations (remembered)": lambda: parse_annotations(raw, cache),
        "read the facts of the Pod": lambda: read_facts(raw, "shop"),
        "plan (remembered)": lambda: cache.get(("parts", spec.annotations, facts), lambda: rendered, lambda _: 1),
        "inject": lambda: inject(raw, rendered),
        "take the difference": lambda: additions(raw, injected),
        "render the patch and the answer": lambda: render_allowed("u", patch=render_patch(operations)),
        "one log line": lambda: log.info("decision", **fields),
        "parse the annotations (first time)": lambda: parse_annotations(raw),
        "plan (first time)": lambda: plan(spec, facts, using),
        "render the Plan (first time)": lambda: to_environment(injection.plan),
        "render all parts (first time)": lambda: render_parts(injection),
        "orjson.loads, for comparison": lambda: orjson.loads(body),
        "json.loads, for comparison": lambda: json.loads(body),
    }

    def _decided(body: bytes) -> tuple[dict[str, object], ...]:
        decision = decide(parse_review(body), using, cache)
        assert isinstance(decision, Patched)
        return decision.operations

    for _ in range(ROUNDS):
        for row, call in calls.items():
            started = time.process_time()
            for _ in range(CALLS):
                call()
            table.add(row, (time.process_time() - started) / CALLS * 1e6)
    return table


def main() -> None:
    """Measure, print, keep."""
    print(f"a review of {len(large_review(ANNOTATIONS))} bytes, an answer of {len(canned_answer())}")
    tables = [over_tls(), parts()]
    for table in tables:
        table.show()
    keep(tables, {})
