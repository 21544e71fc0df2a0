"""`omamori demo`: its steps, what it shows of each kind of Pod, and what stops it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.vault.server import VaultServer
from tests.webhook.test_commands import run
from webhook.demo.manifest import read_file
from webhook.demo.stop import DemoStopped


def test_demo() -> None:
    """The demo goes through all its steps, plain in a pipe, and hides the values."""
    ended = run("demo")

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "\x1b[" not in ended.stdout
    for words in (
        "1. a Vault",
        "5. the injected program runs",
        "+  - name: omamori-token",
        "/home/app/.pgpass",
        "in all",
    ):
        assert words in ended.stdout
    assert re.search(r"app +/vault/secrets/mail.pass +-r-------- +16 +••••••••", ended.stdout)
    assert re.search(r"app +\$DB_PASSWORD +16 +••••••••", ended.stdout)


def test_demo_reveals(tmp_path: Path) -> None:
    """With --reveal the values are shown; a manifest of one's own is taken."""
    manifest = tmp_path / "pod.yaml"
    manifest.write_text(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n  annotations:\n"
        "    file.omamori.dev/all.json: secret/data/mine\n    env.omamori.dev/ALL: secret/data/mine\n"
        "spec:\n  containers:\n  - {name: app, image: app}\n"
    )
    ended = run("demo", "--pod", manifest, "--reveal")

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.count('"username":') == 2
    assert "warning: the Pod uses the ServiceAccount 'default'" in ended.stdout


def test_demo_of_a_template(tmp_path: Path) -> None:
    """What a template takes from a secret is made up; a path may leave out what KV version 2 has behind its mount."""
    manifest = tmp_path / "pod.yaml"
    text = '[[ with secret "secret/shop/db" ]][[ .Data.data.user ]]:[[ index .Data.data "pass-word" ]][[ end ]]'
    manifest.write_text(
        f"apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n  annotations:\n    template.omamori.dev/db: '{text}'\n"
        "spec:\n  containers:\n  - {name: app, image: app}\n"
    )
    ended = run("demo", "--pod", manifest)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "secret secret/data/shop/db: keys user, pass-word, made up at random" in ended.stdout
    assert re.search(r"app +/vault/secrets/db +-r--r--r-- +33 +••••••••", ended.stdout)


def test_demo_of_single_files(tmp_path: Path) -> None:
    """Each is shown where the application has it, and not where it is in the volume."""
    manifest = tmp_path / "pod.yaml"
    manifest.write_text(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n  annotations:\n"
        "    file.omamori.dev/app.json: secret/data/mine dir=/etc mount=file\n"
        "    file.omamori.dev/other.json: secret/data/mine dir=/srv/in as=deep/app.json mount=file\n"
        "spec:\n  containers:\n  - {name: app, image: app}\n"
    )
    ended = run("demo", "--pod", manifest)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    shown = re.findall(r"app +(/\S+) +-r--r--r-- +[0-9]+ +••••••••", ended.stdout)
    assert shown == ["/etc/app.json", "/srv/in/deep/app.json"]


def test_demo_of_a_sidecar(tmp_path: Path) -> None:
    """It runs until its first files are there, and is ended as a kubelet ends it."""
    manifest = tmp_path / "pod.yaml"
    manifest.write_text(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n  annotations:\n"
        "    omamori.dev/mode: sidecar\n    file.omamori.dev/a: secret/data/mine\n"
        "spec:\n  containers:\n  - {name: app, image: app}\n"
    )
    ended = run("demo", "--pod", manifest)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert re.search(r"app +/vault/secrets/a +-r--r--r--", ended.stdout)
    assert '"message": "stopped"' in ended.stdout


def test_demo_of_annotations_of_vault_k8s(tmp_path: Path) -> None:
    """As its users have them: a sidecar by default, a role and a mount of their own, a template that joins secrets."""
    manifest = tmp_path / "deployment.yaml"
    text = '{{ with secret "secret/data/shop/db" }}{{ .Data.data.user }}:{{ .Data.data.password }}{{ end }}'
    annotations = {
        "agent-inject": "true",
        "role": "shop",
        "auth-path": "auth/k8s-prod",
        "agent-inject-secret-db": "secret/data/shop/db",
        "agent-inject-template-db": text,
        "agent-inject-secret-plain.txt": "secret/data/shop/plain",
    }
    lines = "".join(f"        vault.hashicorp.com/{name}: '{value}'\n" for name, value in annotations.items())
    manifest.write_text(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\nspec:\n  template:\n"
        f"    metadata:\n      annotations:\n{lines}"
        "    spec:\n      containers:\n      - {name: app, image: app}\n"
    )
    ended = run("demo", "--pod", manifest)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "secret secret/data/shop/db: keys user, password, made up at random" in ended.stdout
    assert re.search(r"app +/vault/secrets/db +-rw-r--r-- +33 ", ended.stdout)
    assert re.search(r"app +/vault/secrets/plain.txt +-rw-r--r--", ended.stdout)


_POD = "kind: Pod\nmetadata: {{annotations: {}}}\nspec: {{}}"


def test_demo_of_engines(tmp_path: Path) -> None:
    """In its own Vault the demo sets up what a path looks like: certificates, KV version 1, what has a lease."""
    manifest = tmp_path / "x.yaml"
    manifest.write_text(
        "kind: Pod\nmetadata:\n  name: x\n  namespace: shop\n  annotations:\n"
        "    file.omamori.dev/tls.pem: pki/issue/shop format=pem-bundle data.common_name=shop.example.com\n"
        "    file.omamori.dev/key.jks: pki/issue/shop data.common_name=shop.example.com password=kv1/store#password\n"
        "    file.omamori.dev/otp: ssh/creds/ops#key data.ip=10.0.0.1\n"
        "    file.omamori.dev/code: totp/code/me#code\n"
        "spec: {serviceAccountName: a, containers: [{name: app, image: a}]}\n"
    )

    ended = run("demo", "--pod", manifest)

    assert ended.returncode == 0, ended.stdout
    assert [line.split()[1:] for line in ended.stdout.splitlines() if line.startswith("   engine ")] == [
        ["pki", "at", "pki/"],
        ["kv", "at", "kv1/"],
        ["ssh", "at", "ssh/"],
        ["totp", "at", "totp/"],
    ]
    for name in ("tls.pem", "key.jks", "otp", "code"):
        assert re.search(rf"/vault/secrets/{name} +-r--r--r-- +\d+ ", ended.stdout)


def test_demo_of_several_vaults(tmp_path: Path) -> None:
    """Each Vault that is named is a server of its own; a role has what it reads there, and no more."""
    manifest = tmp_path / "x.yaml"
    manifest.write_text(
        "kind: Pod\nmetadata:\n  name: x\n  namespace: shop\n  annotations:\n"
        "    file.omamori.dev/here: secret/data/shop/db#password\n"
        "    file.omamori.dev/there: secret/data/shop/db#password vault=eu-west\n"
        "    env.omamori.dev/AUDIT: secret/data/audit#key role=shop.audit\n"
        "spec: {serviceAccountName: a, containers: [{name: app, image: a}]}\n"
    )

    ended = run("demo", "--pod", manifest, "--reveal")

    assert ended.returncode == 0, ended.stdout
    assert "1. 2 Vaults" in ended.stdout
    for note in (
        "role shop.a: for system:serviceaccount:shop:a, at auth/omamori-demo-main",
        "role shop.audit: for system:serviceaccount:shop:a, at auth/omamori-demo-main",
        "role shop.a: for system:serviceaccount:shop:a, at auth/omamori-demo-eu-west",
    ):
        assert note in ended.stdout
    files = {
        line.split()[1]: line.split()[-1]
        for line in ended.stdout.splitlines()
        if "/vault/secrets/" in line and "'" in line
    }
    assert files.keys() == {"/vault/secrets/here", "/vault/secrets/there"}
    assert len(set(files.values())) == 2
    assert "$AUDIT" in ended.stdout


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            _POD.format("{template.omamori.dev/a: 'volume:v/a'}"),
            "is a file of the volume v, and the demo has no ConfigMaps",
        ),
        (_POD.format("{template.omamori.dev/a: '[[ secret .x ]]'}"), "template.omamori.dev/a computes paths"),
        (_POD.format("{template.omamori.dev/a: '[[ secret \"a#b\" ]]'}"), "the path has a '#'"),
        (_POD.format("{template.omamori.dev/a: '[[ if ]]'}"), "is no template: template: template:1: missing value"),
        ("kind: Service", "has no Pod"),
        ("{", "cannot be read"),
        ("kind: Pod\nspec: {containers: []}", "asks for no secret"),
        ("kind: Pod\nmetadata: {annotations: {file.omamori.dev/a: //}}\nspec: {}", "annotations cannot be read"),
        (
            "kind: Pod\nmetadata: {annotations: {env.omamori.dev/A: kv/a, omamori.dev/env-delivery: exec}}\nspec: {}",
            "asks for the launcher, which needs a Pod",
        ),
        (
            "kind: Pod\nmetadata: {annotations: {env.omamori.dev/A: kv/a, omamori.dev/env-delivery: auto}}\nspec: {}",
            "may need the launcher, which needs a Pod",
        ),
        (
            "kind: Pod\nmetadata: {annotations: {envfrom.omamori.dev/a: kv/a}}\nspec: {}",
            "asks for all keys of a secret as variables, which the launcher sets in a Pod alone",
        ),
        (
            _POD.format(
                '{vault.hashicorp.com/agent-inject: "true", vault.hashicorp.com/role: a, '
                "vault.hashicorp.com/namespace: x, vault.hashicorp.com/agent-inject-secret-a: kv/a}"
            ),
            "asks for a namespace of Vault",
        ),
        (
            "kind: Pod\nmetadata: {annotations: {file.omamori.dev/a: database/creds/x}}\nspec: {}",
            "looks like one of the engine database, which the demo cannot set up",
        ),
    ],
)
def test_demo_that_stops(text: str, says: str, tmp_path: Path) -> None:
    """A step that cannot go on says why, and what to do."""
    manifest = tmp_path / "x.yaml"
    manifest.write_text(text)
    ended = run("demo", "--pod", manifest)

    assert ended.returncode == 1
    assert "stopped: " in ended.stdout
    assert says in ended.stdout
    assert "to do:" in ended.stdout
    assert ended.stderr == ""


def test_demo_in_a_vault_of_ones_own(vault_server: VaultServer, tmp_path: Path) -> None:
    """There nothing is set up but what is missing in KV, and that is removed again."""
    manifest = tmp_path / "x.yaml"
    manifest.write_text(_POD.format("{file.omamori.dev/a: nowhere/a#b}"))
    own = ("--vault-address", vault_server.address, "--vault-ca-file", vault_server.ca_file)
    ended = run("demo", "--pod", manifest, *own, VAULT_TOKEN=vault_server.root_token)

    assert ended.returncode == 1
    assert "there is no secret at nowhere/a, and the demo cannot write one" in ended.stdout
    manifest.write_text(
        _POD.format("{file.omamori.dev/a: secret/data/demo/own#b}").replace(
            "spec: {}", "spec: {containers: [{name: a}]}"
        )
    )
    ended = run("demo", "--pod", manifest, *own, VAULT_TOKEN=vault_server.root_token)
    assert ended.returncode == 0, ended.stdout
    assert vault_server.client.read("secret/metadata/demo/own") is None
    assert not [each for each in vault_server.client.read("sys/auth") or {} if "demo" in each]


def test_demo_leaves_an_auth_method_that_is_there(vault_server: VaultServer, tmp_path: Path) -> None:
    """In a Vault of one's own the method that a Pod names is neither changed nor removed."""
    client = vault_server.client
    client.enable_auth("jwt", "k8s-prod")
    manifest = tmp_path / "x.yaml"
    annotations = {"agent-inject": "true", "role": "a", "auth-path": "auth/k8s-prod", "agent-inject-secret-a": "kv/a"}
    lines = ", ".join(f"vault.hashicorp.com/{name}: '{value}'" for name, value in annotations.items())
    manifest.write_text(_POD.format(f"{{{lines}}}"))
    own = ("--vault-address", vault_server.address, "--vault-ca-file", vault_server.ca_file)
    ended = run("demo", "--pod", manifest, *own, VAULT_TOKEN=vault_server.root_token)

    try:
        assert ended.returncode == 1
        assert "there is an auth method at k8s-prod" in ended.stdout
        assert "k8s-prod/" in (client.read("sys/auth") or {})
    finally:
        client.delete("sys/auth/k8s-prod")


def test_demo_with_a_vault_that_is_not_there() -> None:
    """A Vault of one's own that does not answer is named, and nothing is tried for long."""
    ended = run("demo", "--vault-address", "http://127.0.0.1:1", VAULT_TOKEN="x")
    assert ended.returncode == 1
    assert "Vault at http://127.0.0.1:1 does not answer" in ended.stdout

    ended = run("demo", "--vault-address", "http://127.0.0.1:1", VAULT_TOKEN="")
    assert "set VAULT_TOKEN" in ended.stdout


@pytest.mark.parametrize("kind", ["Deployment", "Job", "CronJob"])
def test_templates(kind: str, tmp_path: Path) -> None:
    """The Pod of a workload is its template, as its controller would create it."""
    template = "template: {metadata: {labels: {a: b}}, spec: {containers: []}}"
    spec = f"{{jobTemplate: {{spec: {{{template}}}}}}}" if kind == "CronJob" else f"{{{template}}}"
    manifest = tmp_path / "x.yaml"
    api = "apps/v1" if kind == "Deployment" else "batch/v1"
    manifest.write_text(f"apiVersion: {api}\nkind: {kind}\nmetadata: {{name: n, namespace: shop}}\nspec: {spec}\n")

    pod = read_file(manifest).pods[0]

    assert {"labels": {"a": "b"}, "generateName": "n-", "namespace": "shop"}.items() <= pod.raw["metadata"].items()
    assert (pod.namespace, pod.service_account) == ("shop", "default")


def test_no_such_file(tmp_path: Path) -> None:
    """A manifest that is not there is named."""
    with pytest.raises(DemoStopped, match="cannot be read"):
        read_file(tmp_path / "none.yaml")


def test_demo_of_parts_of_secrets(tmp_path: Path) -> None:
    """What is made up has the maps and the keys that are asked for."""
    manifest = tmp_path / "pod.yaml"
    manifest.write_text(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n  annotations:\n"
        '    file.omamori.dev/host: "secret/data/app#/db/hosts/first"\n'
        '    file.omamori.dev/db.env: "secret/data/app#/db format=env keys=user rename=user:DB_USER"\n'
        '    file.omamori.dev/two.env: "secret/data/two keys=a,b prefix=x_ upper=true"\n'
        "spec:\n  containers:\n  - {name: app, image: app}\n"
    )
    ended = run("demo", "--pod", manifest, "--reveal")

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert re.search(r"/vault/secrets/host +-r--r--r-- +16 ", ended.stdout)
    assert re.search(r"/vault/secrets/db.env +-r--r--r-- +\d+ +\"DB_USER='[^']{16}'", ended.stdout)
    assert re.search(r"/vault/secrets/two.env +-r--r--r-- +\d+ +\"X_A='[^']{16}'\\nX_B='", ended.stdout)
