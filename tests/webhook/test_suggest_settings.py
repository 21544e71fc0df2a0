"""By what `omamori policy suggest` decides: namespaces, the webhook's settings, the mounts of a Vault."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.vault.server import VaultServer
from tests.webhook.suggested import SECRET, Suggest, access, granted, written


@pytest.fixture(autouse=True)
def _without_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what the tests' own runner is told by variables under our prefix: to omamori they are mistakes."""
    for name in os.environ:
        if name.startswith("OMAMORI_"):
            monkeypatch.delenv(name)


def test_namespaces(suggest: Suggest, tmp_path: Path) -> None:
    """A manifest without a namespace takes that of the flag; without the flag it is told that it is `default`."""
    file = written(tmp_path, {"namespace": ""})

    code, out, told = suggest(file)
    assert (code, granted(out)[0][1]) == (0, "default/checkout")
    assert told == [f"warning: {file}:6: Pod p0: names no namespace, so default is used; --namespace sets another"]
    code, out, told = suggest(file, "--namespace", "shop")
    assert (code, granted(out)[0][1], told) == (0, "shop/checkout", [])
    assert "may not use omamori on this cluster" in suggest(file, "--namespace", "kube-system")[2][0]


def test_settings(suggest: Suggest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The webhook's own settings decide: role pattern, auth method, audience, and which Vault a Pod asks."""
    file = written(tmp_path, {}, {"annotations": {**SECRET, "omamori.dev/vault": "eu"}, "account": "mail"})
    settings = tmp_path / "webhook.env"
    variables = {
        "OMAMORI_VAULTS": "main,eu",
        "OMAMORI_VAULT_MAIN_ADDRESS": "https://vault.example.com",
        "OMAMORI_VAULT_MAIN_CA_FILE": "/not/here",
        "OMAMORI_VAULT_EU_ADDRESS": "https://eu.example.com",
        "OMAMORI_VAULT_EU_AUTH_KIND": "jwt",
        "OMAMORI_VAULT_EU_AUTH_MOUNT": "cluster-eu",
        "OMAMORI_VAULT_EU_AUDIENCE": "eu",
        "OMAMORI_VAULT_EU_ROLE_PATTERN": "k8s_{namespace}_{service_account}",
    }
    settings.write_text("# of production\n\n" + "".join(f"{name}={text}\n" for name, text in variables.items()))

    code, out, told = suggest(file, "--settings-file", settings)
    assert (code, granted(out)[0][0]) == (0, "shop.checkout")
    assert told == [
        f"warning: {file}:17: Pod shop/p1: what it reads from the Vault eu is skipped; --vault-name selects that",
    ]
    for name, text in variables.items():
        monkeypatch.setenv(name, text)
    code, out, _ = suggest(file, "--vault-name", "eu")
    (grant,) = access(out).grants
    assert (code, grant.role, grant.auth.path, grant.auth.kind) == (0, "k8s_shop_mail", "cluster-eu", "jwt")
    assert grant.audiences == ("eu",)
    assert "there are: main, eu" in suggest(file, "--vault-name", "us")[2][0]
    assert "--audience works only without settings" in suggest(file, "--audience", "x")[2][0]
    settings.write_text("VAULTS=main\n")
    assert suggest(file, "--settings-file", settings)[2] == [
        f"the settings {settings}:1: is not a line OMAMORI_NAME=VALUE"
    ]
    settings.write_text("OMAMORI_VAULTS=main\n")
    assert "OMAMORI_VAULT_MAIN_ADDRESS is missing" in suggest(file, "--settings-file", settings)[2][0]


def test_flags_in_place_of_settings(suggest: Suggest, tmp_path: Path) -> None:
    """Without settings a few flags say what matters to the rights."""
    flags = (
        "--auth-kind",
        "jwt",
        "--auth-mount",
        "cluster",
        "--audience",
        "shop",
        "--vault-name",
        "eu",
        "--owner",
        "us",
    )
    code, out, _ = suggest(written(tmp_path, annotations={**SECRET, "omamori.dev/vault": "eu"}), *flags)

    (grant,) = access(out).grants
    assert (code, access(out).owners) == (0, ("us",))
    assert (grant.auth.path, grant.auth.kind, grant.audiences) == ("cluster", "jwt", ("shop",))


def test_mounts_of_a_vault(suggest: Suggest, vault_server: VaultServer, tmp_path: Path) -> None:
    """A Vault that is named is asked for its mounts; what it has not, is still a guess."""
    annotations = {"file.omamori.dev/x": "kv1/data/x", "file.omamori.dev/y": "gone/data/y"}
    file = written(tmp_path, annotations=annotations)
    token = tmp_path / "token"
    token.write_text(vault_server.root_token)
    where = (
        "--vault-address",
        vault_server.address,
        "--vault-ca-file",
        vault_server.ca_file,
        "--vault-token-file",
        token,
    )

    assert access(suggest(file)[1]).mounts["kv1"].version == 2
    code, out, _ = suggest(file, *where)
    assert code == 0
    assert {path: mount.version for path, mount in access(out).mounts.items()} == {"kv1": 1, "gone": 2}
    assert "  # kv version 2 is a guess from the shape of the paths\n  gone:" in out
    assert out.count("guess") == 1
    token.write_text("wrong")
    code, out, told = suggest(file, *where)
    assert (code, out) == (1, "")
    assert "without --vault-address and VAULT_ADDR mounts are guessed from paths" in told[0]
