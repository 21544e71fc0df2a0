"""The way to a cluster: what a small written API server answers, and every way in which one does not."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import urllib3
from kubernetes.client import exceptions as theirs
from kubernetes.dynamic import exceptions as dynamic

from tests.support.canary import Canary, occurrences
from webhook.cli import main
from webhook.kube.client import PAGE, Cluster, translate
from webhook.kube.errors import ClusterFailed, ClusterRefused

PROJECT = Path(__file__).parents[2]
CORE = [
    {"kind": "Pod", "name": "pods", "namespaced": True},
    {"kind": "Pod", "name": "pods/status", "namespaced": True},
    {"kind": "Node", "name": "nodes", "namespaced": False},
]
PODS: list[dict[str, Any]] = [
    {
        "metadata": {"name": f"p{number}", "namespace": "shop", "annotations": {"file.omamori.dev/x": "secret/data/x"}},
        "spec": {"containers": [{"name": "app"}]},
    }
    for number in range(3)
]
MAKER = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "made", "controller": True}
PODS.append({**PODS[0], "metadata": {**PODS[0]["metadata"], "name": "made", "ownerReferences": [MAKER]}})
LISTS: dict[str, Any] = {
    "/api/v1": {"resources": CORE},
    "/apis/batch/v1": {"resources": [{"kind": "Job", "name": "jobs", "namespaced": True}]},
    "/apis/argoproj.io/v1alpha1": {"resources": [{"kind": "Workflow", "name": "workflows", "namespaced": True}]},
    "/apis/argoproj.io/v1alpha1/namespaces/shop/workflows": {"items": []},
}


class _Api(BaseHTTPRequestHandler):
    """Answers as an API server does; `jobs` are forbidden, lists of Pods come one by one."""

    def do_GET(self) -> None:
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        status, answer = 200, LISTS.get(path)
        if path == "/api/v1/namespaces/shop/pods":
            assert query["limit"] == [str(PAGE)]
            at = int(query.get("continue", ["0"])[0])
            following = {"continue": str(at + 1)} if at + 1 < len(PODS) else {}
            answer = {"metadata": following, "items": [PODS[at]]}
        elif path.endswith("/jobs"):
            status, answer = 403, {"kind": "Status", "message": "jobs.batch is forbidden: User reader cannot list"}
        elif answer is None:
            status, answer = 404, {"kind": "Status", "message": "not found"}
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the name is the base's
        """Say nothing."""


class _Nonsense(_Api):
    """Answers what no API server does."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>")


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler], folder: Path, token: str = "") -> Iterator[Path]:
    """Serve on loopback; gives a kubeconfig."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield kubeconfig(folder, server.server_address[1], token)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def kubeconfig(folder: Path, port: int, token: str = "") -> Path:
    """Write one with a context `here`."""
    file = folder / "kubeconfig"
    document = {
        "current-context": "here",
        "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
        "users": [{"name": "u", "user": {"token": token or "t"}}],
        "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
    }
    file.write_text(json.dumps(document))
    return file


def test_objects(tmp_path: Path) -> None:
    """All pages of a list, each object with its kind; a kind that an API has not is None; a refusal is told."""
    with serving(_Api, tmp_path) as file:
        cluster = Cluster(str(file))
        assert cluster.list_objects("v1", "Pod", "shop") == [
            {"apiVersion": "v1", "kind": "Pod", **each} for each in PODS
        ]
        assert cluster.list_objects("argoproj.io/v1alpha1", "Workflow", "shop") == []
        assert cluster.list_objects("argoproj.io/v1alpha1", "Rollout", "shop") is None
        assert cluster.list_objects("apps/v1", "Deployment", "shop") is None
        assert cluster.list_objects("v1", "Node", "shop") is None
        with pytest.raises(ClusterRefused, match=r"refuses: jobs.batch is forbidden: User reader cannot list \(403\)"):
            cluster.list_objects("batch/v1", "Job", "shop")


def test_suggest_what_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What nothing here makes is suggested; what may not be seen is told, and ends with 1; so does no answer."""
    monkeypatch.delenv("VAULT_ADDR", raising=False)
    with serving(_Api, tmp_path) as file:
        assert main(["policy", "suggest", "--live", "shop", "--kubeconfig", str(file)]) == 1
    out, err = capsys.readouterr()
    assert "# Pod shop/p0\n# Pod shop/p1\n# Pod shop/p2\n- workload: {namespace: shop, serviceAccount: default}" in out
    assert "omamori policy suggest: the API server http://127.0.0.1:" in err
    assert main(["policy", "suggest", "--live", "shop", "--kubeconfig", str(file)]) == 1
    assert (
        "does not answer: the connection is refused; is the context right (KUBECONFIG, --context)?"
        in capsys.readouterr().err
    )


def test_without_the_client() -> None:
    """Where the client is not installed, --live says which extra has it, and files need none."""
    script = "import sys; sys.modules['kubernetes'] = None; from webhook.cli import main; sys.exit(main(sys.argv[1:]))"
    example = PROJECT / "deploy/examples/checkout.yaml"
    for words, code in ((["--live", "shop"], 1), ([str(example)], 0)):
        command = [sys.executable, "-c", script, "policy", "suggest", *words]
        environ = {"PYTHONPATH": str(PROJECT)}
        found = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=60)
        assert found.returncode == code, found.stderr
        assert ("install the extra 'cluster'" in found.stderr) is bool(code)


def test_no_cluster(tmp_path: Path) -> None:
    """No answer, an answer of something else, a wrong context, a wrong file: each is ours, and says what to do."""
    canary = Canary.plain()
    texts = []
    with (
        serving(_Nonsense, tmp_path, canary.value) as file,
        pytest.raises(ClusterFailed, match="not a Kubernetes API") as odd,
    ):
        Cluster(str(file)).list_objects("v1", "Pod", "shop")
    with pytest.raises(ClusterFailed, match="does not answer") as nobody:
        Cluster(str(file)).list_objects("v1", "Pod", "shop")
    with pytest.raises(ClusterFailed, match="Expected object with name gone") as context:
        Cluster(str(file), "gone")
    texts += [str(odd.value), str(nobody.value), str(context.value)]
    for wrong in (f"token: {canary.value}: [", canary.value, "[]", "current-context: here\ncontexts: 5", "\x00"):
        file.write_text(wrong)
        with pytest.raises(ClusterFailed) as broken:
            Cluster(str(file))
        texts.append(str(broken.value))
    with pytest.raises(ClusterFailed, match=r"the kubeconfig .*/none does not exist; set KUBECONFIG"):
        Cluster(str(tmp_path / "none"))
    assert occurrences(canary, "\n".join(texts).encode()) == ()


@pytest.mark.parametrize(
    ("scheme", "says"), [("https", "does not speak TLS"), ("http", "the connection is refused"), ("", "no such host")]
)
def test_why_a_cluster_does_not_answer(tmp_path: Path, scheme: str, says: str) -> None:
    """A server without TLS, one that is gone, a name that is none: in words, without a name of a class."""
    with serving(_Api, tmp_path) as file:
        text = file.read_text()
        address = json.loads(text)["clusters"][0]["cluster"]["server"]
        wanted = address.replace("http", scheme) if scheme else "https://api.invalid:6443"
        file.write_text(text.replace(address, wanted))
        if scheme == "https":
            with pytest.raises(ClusterFailed) as failed:
                Cluster(str(file)).list_objects("v1", "Pod", "shop")
    if scheme != "https":
        with pytest.raises(ClusterFailed) as failed:
            Cluster(str(file)).list_objects("v1", "Pod", "shop")
    assert f"the API server {wanted} " in str(failed.value)
    assert says in str(failed.value)
    assert "Error" not in str(failed.value)


def every(root: type[Exception]) -> set[type[Exception]]:
    """A class of errors and all below it."""
    return {root}.union(*(every(each) for each in root.__subclasses__()))


def test_each_of_their_errors() -> None:
    """Whatever the client or its transport raises for a call, it becomes ours, without its headers and bodies."""
    found = every(theirs.ApiException) | every(urllib3.exceptions.HTTPError)
    assert {theirs.ForbiddenException, dynamic.ForbiddenError, urllib3.exceptions.ReadTimeoutError} <= found
    canary = Canary.plain()
    for each in found:
        error = each.__new__(each)
        error.__dict__.update(status=500, body=f"<{canary.value}", headers={"a": canary.value}, reason="Odd")
        made = translate(error, "https://api")
        assert isinstance(made, ClusterFailed)
        assert "https://api" in str(made)
        assert occurrences(canary, str(made).encode()) == ()
