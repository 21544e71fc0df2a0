"""Recipes whose readers are in every Python, or beside it: no reader is one of ours."""

from __future__ import annotations

import base64
import configparser
import json
import subprocess
import tomllib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.cookbook.conftest import Deliver
from tests.cookbook.recipes import COOKBOOK, read_recipes
from tests.support.vault.server import VaultServer

# characters that some format or shell takes for its own
AWKWARD = "p:a\\s's \"w%d%%(x)s#$(x)`${y}é€ &<>;{{}}=,@!|~"


def test_every_recipe_is_cooked() -> None:
    """Each recipe of the page has a test that names it."""
    folders = (Path(__file__).parent, Path(__file__).parents[1] / "e2e")
    tests = "".join(each.read_text() for folder in folders for each in folder.glob("test_*.py"))
    assert [title for title in read_recipes() if f'"{title}"' not in tests] == []
    assert len(read_recipes()) == COOKBOOK.read_text().count("\n## ")


def test_a_shell(cook: Deliver) -> None:
    """POSIX sh reads it with `.`."""
    found = cook("A shell reads an env file", AWKWARD)
    script = '. "$1" && printf "%s\\n%s" "$PGUSER" "$PGPASSWORD"'
    said = subprocess.run(
        ["/bin/sh", "-c", script, "sh", found.files["/vault/secrets/db.env"]], capture_output=True, check=True
    )
    assert said.stdout.decode() == f"checkout\n{AWKWARD}"


def test_json_and_toml(cook: Deliver) -> None:
    """Both have all keys."""
    found = cook("Python reads JSON and TOML", AWKWARD)
    expected = {"username": "checkout", "password": AWKWARD}
    assert json.loads(found.text("/vault/secrets/db.json")) == expected
    assert tomllib.loads(found.text("/vault/secrets/db.toml")) == expected


def test_a_nested_value(cook: Deliver) -> None:
    """The value alone, and the map around it."""
    found = cook("One value of a nested secret", AWKWARD)
    assert found.text("/vault/secrets/db-password") == AWKWARD
    users = json.loads(found.text("/vault/secrets/db.json"))["users"]
    assert users == [{"name": "checkout", "password": AWKWARD}]


def test_ini(cook: Deliver) -> None:
    """Each map is a section."""
    found = cook("Python reads an INI file", AWKWARD)
    reader = configparser.ConfigParser(interpolation=None)
    reader.read_string(found.text("/vault/secrets/app.ini"))
    assert reader["database"]["password"] == AWKWARD
    assert reader["cache"]["host"] == "redis"


def test_xml(cook: Deliver) -> None:
    """What XML takes for its own is escaped."""
    found = cook("An XML file with secrets in it", AWKWARD)
    database = ET.fromstring(found.text("/vault/secrets/app.xml"))  # noqa: S314 - our own file
    assert database.attrib == {"user": "checkout"}
    assert database.findtext("password") == AWKWARD


def test_two_secrets(cook: Deliver) -> None:
    """One file has values of both."""
    found = cook("One file from two secrets", AWKWARD)
    assert json.loads(found.text("/vault/secrets/app.json")) == {
        "listen": ":8080",
        "database": {"user": "checkout", "password": AWKWARD},
        "mail": {"token": AWKWARD},
    }


def test_aws_credentials(cook: Deliver, monkeypatch: pytest.MonkeyPatch) -> None:
    """boto3 finds the profile."""
    import boto3  # noqa: PLC0415 - slow to import

    values = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "wJalr/XUtn+FEMI%K7=MDENG"}
    found = cook("boto3 and the AWS command line read credentials", values=values)
    file = found.files["/home/app/.aws/credentials"]
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    read = boto3.Session(profile_name="shop").get_credentials()
    assert read is not None
    assert (read.access_key, read.secret_key) == (values["aws_access_key_id"], values["aws_secret_access_key"])


def test_kafka(cook: Deliver) -> None:
    """The trust store has its bytes, and the settings stand beside the secrets; Java's reader is in test_programs."""
    found = cook("A Kafka client reads client.properties and a trust store", values=kafka_values())
    assert found.files["/vault/secrets/trust.jks"].read_bytes() == b"\xfe\xed\xfe\xed"


def kafka_values() -> dict[str, Any]:
    """Give values as an operator of Kafka has them: a module with quotes, and a backslash in the password."""
    sasl = 'org.apache.kafka.common.security.plain.PlainLoginModule required username="a" password="p\\\\w";'
    return {"sasl": sasl, "truststore": "/u3+7Q==", "truststore_password": "changeit"}


def test_transit(cook: Deliver, kitchen: VaultServer) -> None:
    """The file has what was encrypted."""
    write = kitchen.client.write
    write("sys/mounts/transit", {"type": "transit"})
    write("transit/keys/shop", {})
    answer = write("transit/encrypt/shop", {"plaintext": base64.b64encode(AWKWARD.encode()).decode()})
    ciphertext = str(answer["data"]["ciphertext"]).removeprefix("vault:v1:")
    found = cook("A file that transit decrypts", values={"file.omamori.dev/licence": ciphertext})
    assert found.text("/vault/secrets/licence") == AWKWARD
