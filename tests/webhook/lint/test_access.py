"""`omamori lint --access`: what the access files do not grant, by annotation; and what cannot be known from them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.webhook.test_commands import run

ACCESS = """\
accessVersion: 1
mounts:
  secret: {type: kv}
  database: {type: database}
auth:
  kubernetes: {type: kubernetes}
grants:
  - workload: {namespace: shop, serviceAccount: checkout}
    token: {type: service}
    paths:
      secret/data/shop/db: [read, watch]
      secret/data/shop/mail: read
      database/creds/shop: read
  - workload: {namespace: shop, serviceAccount: raw}
    paths:
      secret/data/shop/db: read
    rawPolicy: |
      path "secret/data/raw/*" { capabilities = ["read"] allowed_parameters = { "a" = [] } }
"""
POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: a
  namespace: {namespace}
  annotations:
    {annotations}
spec:
  serviceAccountName: {account}
  containers: [{{name: app, image: app}}]
"""
DB, MAIL = "file.omamori.dev/db: secret/data/shop/db", "env.omamori.dev/MAIL: secret/data/shop/mail#password"
OTHER = "file.omamori.dev/other: secret/data/shop/other"
SIDECAR = "omamori.dev/mode: sidecar"


@pytest.fixture
def access(tmp_path: Path) -> Path:
    """A folder with an access file."""
    folder = tmp_path / "access"
    folder.mkdir()
    (folder / "shop.yaml").write_text(ACCESS)
    return folder


def found(
    access: Path, *annotations: str, account: str = "checkout", namespace: str = "shop", settings: str = ""
) -> tuple[int, list[str]]:
    """Give the exit code, and the findings without file, object and the first column."""
    file = access.parent / "pod.yaml"
    file.write_text(POD.format(annotations="\n    ".join(annotations), account=account, namespace=namespace))
    words: list[str | Path] = [] if not settings else ["--settings", access.parent / "settings"]
    (access.parent / "settings").write_text(settings)
    ended = run("lint", *words, "--access", access, file)
    prefix = f"{file}:"
    return ended.returncode, [line.removeprefix(prefix) for line in ended.stdout.splitlines()]


@pytest.mark.parametrize(
    "annotations",
    [
        (DB, MAIL),
        (DB, SIDECAR),
        ("file.omamori.dev/db: database/creds/shop", SIDECAR),
        ("template.omamori.dev/a: '[[ with secret \"secret/shop/db\" ]][[ .Data.data.password ]][[ end ]]'",),
    ],
)
def test_granted(access: Path, annotations: tuple[str, ...]) -> None:
    """What is granted is no finding: files, variables, what a sidecar watches, and a template's short path."""
    assert found(access, *annotations) == (0, [])


def test_path(access: Path) -> None:
    """A path that the role does not grant is found at the annotation that asks for it."""
    assert found(access, DB, OTHER) == (
        2,
        [
            (
                "8:5: error: Pod shop/a: file.omamori.dev/other: the role shop.checkout does not grant read of "
                "secret/data/shop/other (not-granted)"
            )
        ],
    )


def test_template(access: Path) -> None:
    """A template's literal path is known, a computed one is not."""
    code, lines = found(
        access,
        'template.omamori.dev/a: \'[[ with secret "secret/shop/no" ]][[ end ]][[ with secret (env "X") ]][[ end ]]\'',
    )
    assert code == 2
    assert lines == [
        (
            "7:5: error: Pod shop/a: template.omamori.dev/a: the role shop.checkout does not grant read of "
            "secret/data/shop/no (not-granted)"
        ),
        "7:5: note: Pod shop/a: template.omamori.dev/a: what this template reads cannot be known here (not-known)",
    ]


def test_watch(access: Path) -> None:
    """A sidecar that may not read the metadata reads each value anew: a warning."""
    code, lines = found(access, MAIL.replace("env.", "file."), SIDECAR)
    assert (code, len(lines)) == (0, 1)
    assert lines[0].startswith("7:5: warning: Pod shop/a: file.omamori.dev/MAIL: the role shop.checkout does not grant")
    assert "watch of secret/data/shop/mail" in lines[0]
    assert found(access, "file.omamori.dev/m: secret/data/shop/mail@3", SIDECAR) == (0, [])
    template = "template.omamori.dev/a: '[[ with secret \"secret/shop/mail\" ]][[ .Data.data.password ]][[ end ]]'"
    (line,) = found(access, template, SIDECAR)[1]
    assert "template.omamori.dev/a: the role shop.checkout does not grant watch of secret/data/shop/mail" in line


@pytest.mark.parametrize(
    ("account", "namespace", "annotations", "role"),
    [
        ("nobody", "shop", (DB,), "shop.nobody at auth/kubernetes for shop/nobody"),
        ("checkout", "other", (DB,), "other.checkout at auth/kubernetes for other/checkout"),
        ("checkout", "shop", (DB, "omamori.dev/role: special"), "special at auth/kubernetes for shop/checkout"),
    ],
)
def test_role(access: Path, account: str, namespace: str, annotations: tuple[str, ...], role: str) -> None:
    """A workload without a grant, or with a role of another name, is found once."""
    code, lines = found(access, *annotations, OTHER, account=account, namespace=namespace)
    assert code == 2
    assert lines == [
        f"7:5: error: Pod {namespace}/a: file.omamori.dev/db: no access file has the role {role} (not-granted)"
    ]


def test_raw_policy(access: Path) -> None:
    """What a rawPolicy says beyond paths and capabilities cannot be known."""
    code, lines = found(access, OTHER, account="raw")
    assert code == 0
    assert lines[0].startswith("7:5: note: Pod shop/a: file.omamori.dev/other: whether the role shop.raw grants read")
    assert "its rawPolicy says more than paths and capabilities (not-known)" in lines[0]


def test_other_vault(access: Path) -> None:
    """The files are of the default Vault; what is read from another is not looked at."""
    settings = "".join(
        f"OMAMORI_{name}={value}\n"
        for name, value in {
            "VAULTS": "main,eu",
            "VAULT_MAIN_ADDRESS": "https://vault.example.com:8200",
            "VAULT_EU_ADDRESS": "https://eu.example.com:8200",
            "VAULT_EU_AUDIENCE": "eu",
            "AGENT_IMAGE": "agent",
        }.items()
    )
    assert found(access, OTHER, "omamori.dev/vault: eu", settings=settings) == (0, [])
    assert found(access, OTHER, settings=settings)[0] == 2


def test_wrong_access_file(access: Path) -> None:
    """A mistake in an access file is told as by the policy commands."""
    (access / "more.yaml").write_text("accessVersion: 1\nlokc: a\n")
    ended = run("lint", "--access", access, access.parent)
    assert ended.returncode == 1
    assert "more.yaml:2:1: lokc is not known" in ended.stderr
