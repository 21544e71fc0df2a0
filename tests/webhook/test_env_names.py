"""`omamori env-names`: annotations that the grammar takes, and never a value."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from tests.support.canary import Canary, occurrences
from tests.support.vault.server import VaultServer
from tests.support.webhook.builders import pod
from webhook.admission.annotations.parse import parse_annotations
from webhook.suggest.env_names import lines_for

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


def test_what_an_env_file_cannot_carry(vault_server: VaultServer) -> None:
    """A comment before the line says why, by the name of the variable, and never shows a value."""
    canary = Canary.plain().value
    hostile = {
        "quote": f"{canary}'",
        "empty": "",
        "crlf": f"{canary}\r\n",
        "nul": f"{canary}\0",
        "long": canary + "x" * 70000,
        "null": None,
        "fine": canary,
        "number": 5,
        "nested": {"a": canary},
    }
    vault_server.client.write("secret/data/shop/hostile", {"data": hostile})

    done = env_names("secret/data/shop/hostile", **vault_variables(vault_server))

    assert done.returncode == 0, done.stderr
    lines = done.stdout.decode().splitlines()
    told = {line.partition(": ")[0].removeprefix("# "): line for line in lines if line.startswith("#")}
    assert {name: line.partition(": ")[2] != "" for name, line in told.items()} == dict.fromkeys(
        [
            "the variable 'QUOTE' has a single quote, which no env file can carry",
            "the variable 'EMPTY' has an empty value, which the kubelet takes for a missing one",
            "the variable 'CRLF' has a line that ends in CR, which no env file can carry",
            "the variable 'NUL' has a NUL, which no variable can hold",
            "the variable 'LONG' has a line of 64 KiB or more, too long for the kubelet",
            "the key 'null' is null",
        ],
        True,
    )
    assert sum(line.startswith("env.omamori.dev/") for line in lines) == len(hostile)
    assert all("env-delivery: exec" in line or "'NUL'" in line or "null" in line for line in told.values())
    assert canary.encode() not in done.stdout + done.stderr


def test_a_path_is_taken_as_it_is_written(vault_server: VaultServer) -> None:
    """A key is refused with the path alone; signs of URLs are letters, so that no other secret is read."""
    variables = vault_variables(vault_server)
    refused = env_names("secret/data/shop/db#password", **variables)
    assert refused.returncode == 1
    assert b"give the path without #KEY: secret/data/shop/db" in refused.stderr
    for path in ("secret/data/shop/db?version=1", "secret/data/shop/d%62", "secret/data/shop/db%20"):
        assert env_names(path, **variables).returncode == 1
    vault_server.client.write("secret/data/shop/odd ?&%20", {"data": {"a": "b"}})
    found = env_names("secret/data/shop/odd ?&%20", **variables)
    assert found.stdout.decode() == 'env.omamori.dev/A: "secret/data/shop/odd%20?&%2520#a"\n'


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
    spec = parse_annotations(pod(loaded))
    found = [each.source.key for each in (spec.variables if spec else ())]
    assert len(found) == len(printed)
    assert set(found) <= set(keys)


@pytest.mark.parametrize(
    ("arguments", "environment", "says"),
    [
        (["secret/data/a"], {}, b"no Vault address: give --vault-address or VAULT_ADDR"),
        (["database/creds/shop"], {"VAULT_ADDR": "https://127.0.0.1:9"}, b"would create credentials"),
        (["secret/data/a"], {"VAULT_ADDR": "https://127.0.0.1:9", "HOME": "/nowhere"}, b"there is no token"),
        (["secret/data/a"], {"VAULT_ADDR": "https://127.0.0.1:9", "VAULT_TOKEN": "t"}, b"does not answer"),
    ],
)
def test_what_is_wrong_is_said(arguments: list[str], environment: dict[str, str], says: bytes) -> None:
    """A wrong call names what is missing; a Vault that does not answer is told as everywhere."""
    done = env_names(*arguments, **environment)

    assert done.returncode == 1, done.stderr
    assert says in done.stderr
    assert done.stdout == b""


def test_nothing_there(vault_server: VaultServer) -> None:
    """A path that holds nothing."""
    done = env_names("secret/data/shop/nothing-here", **vault_variables(vault_server))
    assert done.returncode == 1
    assert b"there is nothing at secret/data/shop/nothing-here" in done.stderr
