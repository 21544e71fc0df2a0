"""`omamori env-names`: annotations that the grammar takes, and never a value."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from tests.canary import Canary, occurrences
from tests.vault.support.server import VaultServer
from tests.webhook.builders import pod
from webhook.commands.env_names import lines_for
from webhook.dialects import own

OMAMORI = Path(sys.executable).with_name("omamori")


def env_names(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command."""
    return subprocess.run([OMAMORI, "env-names", *arguments], env=environment, capture_output=True, check=False)


def vault_variables(server: VaultServer) -> dict[str, str]:
    """How to reach the server, as Vault's own command wants it."""
    return {"VAULT_ADDR": server.address, "VAULT_TOKEN": server.root_token, "VAULT_CACERT": str(server.ca_file)}


@pytest.mark.parametrize("path", ["secret/data/shop/names", "kv1/shop/names"])
def test_a_line_for_each_key(vault_server: VaultServer, path: str) -> None:
    """The keys of either version of KV become variables; what is printed can be put into a Pod as it is."""
    canary = Canary.random()
    values = {"user-name": "shop", "pass word#1": canary.value}
    vault_server.client.write(path, {"data": values} if path.startswith("secret/") else values)

    done = env_names(path, "--prefix", "DB_", **vault_variables(vault_server))

    assert done.returncode == 0, done.stderr
    assert done.stdout.decode().splitlines() == [
        f'env.omamori.dev/DB_PASS_WORD_1: "{path}#pass%20word%231"',
        f'env.omamori.dev/DB_USER_NAME: "{path}#user-name"',
    ]
    assert not occurrences(canary, done.stdout + done.stderr)


@given(
    st.lists(
        st.text(
            st.characters(exclude_categories=["Cs"]),
            min_size=1,
            max_size=6,
        ),
        unique=True,
    )
)
def test_any_keys(keys: list[str]) -> None:
    """Each key has a line; those that are no comments are YAML, and the grammar gives each key back."""
    lines = lines_for("kv/a", keys, "X")
    printed = [line for line in lines if not line.startswith("#")]

    assert len(lines) == len(keys)
    loaded = YAML(typ="safe").load("\n".join(printed)) or {}
    assert len(loaded) == len(printed)
    wish = own.parse(pod(loaded))
    found = [each.source.key for each in (wish.variables if wish else ())]
    assert len(found) == len(printed)
    assert set(found) <= set(keys)


@pytest.mark.parametrize(
    ("arguments", "environment", "code", "says"),
    [
        (["secret/data/a"], {}, 2, b"which Vault? give --vault-address or VAULT_ADDR"),
        (["database/creds/shop"], {"VAULT_ADDR": "https://127.0.0.1:9"}, 2, b"would make credentials"),
        (["secret/data/a"], {"VAULT_ADDR": "https://127.0.0.1:9", "HOME": "/nowhere"}, 2, b"there is no token"),
        (["secret/data/a"], {"VAULT_ADDR": "https://127.0.0.1:9", "VAULT_TOKEN": "t"}, 10, b"does not answer"),
    ],
)
def test_what_is_wrong_is_said(arguments: list[str], environment: dict[str, str], code: int, says: bytes) -> None:
    """A wrong call names what is missing; a Vault that does not answer is told as everywhere."""
    done = env_names(*arguments, **environment)

    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert done.stdout == b""


def test_nothing_there(vault_server: VaultServer) -> None:
    """A path that holds nothing."""
    done = env_names("secret/data/shop/nothing-here", **vault_variables(vault_server))
    assert done.returncode == 14
    assert b"there is nothing at secret/data/shop/nothing-here" in done.stderr
