"""Settings: read strictly, every mistake at once."""

from __future__ import annotations

from pathlib import Path

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from tests.support.webhook.builders import ENVIRONMENT, mistakes
from webhook.config.environ import SettingsInvalid
from webhook.config.row import Row, rows_of
from webhook.config.settings import (
    AgentSettings,
    ObjectKey,
    ServerSettings,
    Settings,
    VaultList,
    VaultSettings,
    from_environ,
)
from webhook.controller.settings import ControllerSettings


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("OMAMORI_VAULT_EU_ADDRESS", "is of a Vault that OMAMORI_VAULTS does not name; add it there"),
        ("OMAMORI_VAULT_MAIN_ADRESS", "is not a setting of omamori; did you mean OMAMORI_VAULT_MAIN_ADDRESS?"),
        ("OMAMORI_ALLOW_RESTARTS", "is not a setting of omamori; did you mean OMAMORI_ALLOW_RESTART?"),
        ("OMAMORI_COLOUR", "is not a setting of omamori; see docs/settings.md"),
    ],
)
def test_unknown_variables(name: str, what: str) -> None:
    """A variable that is none is named, with the one that it resembles, or the list that it needs."""
    with pytest.raises(SettingsInvalid) as raised:
        from_environ({**ENVIRONMENT, name: "x"})
    assert raised.value.mistakes == (f"{name} {what}",)


def test_smallest_environment() -> None:
    """Five variables are enough, and the rest has defaults."""
    settings, server = from_environ(ENVIRONMENT)

    vault = settings.vaults[settings.default_vault]
    assert (vault.name, vault.auth_kind, vault.auth_mount, vault.audience) == (
        "main",
        "kubernetes",
        "kubernetes",
        "vault",
    )
    assert vault.role_pattern.role("shop", "checkout") == "shop.checkout"
    assert settings.directory == "/vault/secrets"
    assert "kube-system" in settings.denied_namespaces
    assert (server.port, server.log_level) == (8443, "info")


def test_several_vaults(tmp_path: Path) -> None:
    """Each Vault has its own variables, by its name in upper case, and the first one is the default."""
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    more = {
        "OMAMORI_VAULTS": "main,eu-west",
        "OMAMORI_VAULT_EU_WEST_ADDRESS": "https://[::1]:8200/",
        "OMAMORI_VAULT_EU_WEST_AUTH_KIND": "jwt",
        "OMAMORI_VAULT_EU_WEST_AUDIENCE": "vault-eu",
        "OMAMORI_VAULT_EU_WEST_NAMESPACE": "team/a/",
        "OMAMORI_VAULT_EU_WEST_CA_CONFIG_MAP": "trust/ca.crt",
        "OMAMORI_VAULT_EU_WEST_ROLE_PATTERN": "{service_account}_{namespace}",
        "OMAMORI_VAULT_EU_WEST_POD_NAMESPACES": "shop, pay",
        "OMAMORI_VAULT_MAIN_CA_FILE": str(tmp_path / "ca.pem"),
    }
    settings, _ = from_environ({**ENVIRONMENT, **more})

    vault = settings.vaults["eu-west"]
    assert settings.default_vault == "main"
    assert (vault.address, vault.auth_mount, vault.namespace.text) == ("https://[::1]:8200", "jwt", "team/a")
    assert vault.ca_config_map == ObjectKey("trust", "ca.crt")
    assert vault.pod_namespaces == ("shop", "pay")
    assert settings.vaults["main"].ca_pem.startswith("-----BEGIN")


def test_every_mistake_at_once() -> None:
    """An environment with many mistakes lists them all, each by its variable."""
    found = mistakes(
        VAULT_MAIN_ADDRESS="vault:8200",
        VAULT_MAIN_AUTH_KIND="approle",
        VAULT_MAIN_CA_FILE="/does/not/exist",
        AGENT_CPU_LIMIT="fast",
        AGENT_TOKEN_SECONDS="60",
        LISTEN_PORT="https",
        LOG_LEVEL="loud",
        AGENT_UNSET_USER="ture",
        VAULT_MIAN_ADDRESS="https://typo",
    )

    for name in (
        *("VAULT_MAIN_ADDRESS", "VAULT_MAIN_AUTH_KIND", "VAULT_MAIN_CA_FILE", "AGENT_CPU_LIMIT"),
        *("AGENT_TOKEN_SECONDS", "LISTEN_PORT", "LOG_LEVEL", "AGENT_UNSET_USER", "VAULT_MIAN_ADDRESS"),
    ):
        assert any(line.startswith(f"OMAMORI_{name} ") for line in found), name
    assert len(found) == 9


def test_nothing_given() -> None:
    """An empty environment names each variable that is needed, with an example."""
    with pytest.raises(SettingsInvalid) as caught:
        from_environ({})

    assert [line.split()[0] for line in caught.value.mistakes] == [
        "OMAMORI_VAULTS",
        "OMAMORI_AGENT_IMAGE",
        "OMAMORI_TLS_CERTIFICATE_FILE",
        "OMAMORI_TLS_KEY_FILE",
    ]
    assert all("for example" in line for line in caught.value.mistakes)


TABLES = (VaultList, VaultSettings, Settings, AgentSettings, ServerSettings, ControllerSettings)
ROWS = [row for table in TABLES for row in rows_of(table).values()]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_default_is_taken(row: Row) -> None:
    """A default, written as text, is one that its own parser takes, unless it means that the setting is not there."""
    if row.is_required:
        row.parse(row.example)
    elif row.default not in {"", (), None, 0}:
        text = {True: "true", False: "false"}.get(row.default, getattr(row.default, "text", row.default))
        text = ",".join(text) if isinstance(text, tuple) else str(text)
        assert row.parse(text) == row.default


def test_service_links_are_no_mistakes() -> None:
    """Variables that Kubernetes makes for a Service named omamori are passed over."""
    from_environ(
        {
            **ENVIRONMENT,
            "OMAMORI_SERVICE_HOST": "10.0.0.1",
            "OMAMORI_SERVICE_PORT_HTTPS": "443",
            "OMAMORI_WEBHOOK_PORT": "tcp://10.0.0.1:443",
            "OMAMORI_PORT_443_TCP_ADDR": "10.0.0.1",
        }
    )


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"VAULT_MAIN_ADDRESS": "http://vault:8200"}, "INSECURE_HTTP=true"),
        ({"VAULT_MAIN_ADDRESS": "https://user@vault"}, "https://HOST:PORT"),
        ({"VAULT_MAIN_ADDRESS": "https://vault/v1"}, "https://HOST:PORT"),
        ({"VAULT_MAIN_ADDRESS": "https://vault:99999"}, "https://HOST:PORT"),
        ({"VAULTS": "main,other", "VAULT_OTHER_ADDRESS": "https://b"}, "ONE_TRUST_DOMAIN=true"),
        (
            {
                "VAULTS": "main,other",
                "VAULT_OTHER_ADDRESS": "https://b",
                "VAULT_OTHER_AUDIENCE": "b",
                "VAULT_OTHER_VAULTK8S_AUDIENCE": "vault",
            },
            "ONE_TRUST_DOMAIN=true",
        ),
        ({"DIALECT_VAULTK8S_SERVED": "a,b", "DIALECT_VAULTK8S_LEFT": "b,c"}, "has b, which"),
        ({"VAULTS": "main,Other!", "VAULT_MAIN_AUDIENCE": "a"}, "lower-case"),
        ({"VAULT_MAIN_CA_CONFIG_MAP": "a/b", "VAULT_MAIN_CA_DIRECTORY": "/c"}, "exclude each other"),
        ({"VAULT_MAIN_CA_CONFIG_MAP": "a"}, "NAME/KEY"),
        ({"VAULT_MAIN_ROLE_PATTERN": "{namespace}-{service_account}"}, "the same role"),
        ({"AGENT_CPU_REQUEST": "2", "AGENT_CPU_LIMIT": "1"}, "more than the limit"),
        (
            {"AGENT_EPHEMERAL_STORAGE_REQUEST": "2Gi", "AGENT_EPHEMERAL_STORAGE_LIMIT": "1Gi"},
            "more than the limit",
        ),
        ({"DIRECTORY": "vault"}, "absolute path"),
        # what the webhook started with, and no Pod could use
        ({"VAULT_MAIN_ADDRESS": "https://vault.example.com:8200\n"}, "https://HOST:PORT"),
        ({"VAULT_MAIN_ADDRESS": "HTTPS://vault.example.com"}, "lower-case ASCII"),
        ({"VAULT_MAIN_ADDRESS": "https://va\u00fclt.example.com"}, "lower-case ASCII"),
        ({"VAULT_MAIN_ADDRESS": "https://vault.example.com?x"}, "https://HOST:PORT"),
        ({"VAULT_MAIN_ADDRESS": "https://vault.example.com#x"}, "https://HOST:PORT"),
        ({"VAULT_MAIN_ADDRESS": "https://vault .example.com"}, "https://HOST:PORT"),
        ({"VAULT_MAIN_AUTH_MOUNT": "auth/kubernetes"}, "without auth/"),
        ({"VAULT_MAIN_AUTH_MOUNT": "/v1/auth/kubernetes/"}, "without auth/"),
        ({"VAULT_MAIN_AUTH_MOUNT": "a/../b"}, "'..' segment"),
        ({"VAULT_MAIN_AUTH_MOUNT": "a//b"}, "empty segment"),
        ({"VAULT_MAIN_AUTH_MOUNT": ""}, "path is empty"),
        ({"VAULT_MAIN_AUTH_MOUNT": "kubernetes\n"}, "control character"),
        ({"VAULT_MAIN_NAMESPACE": "t\u00e9am"}, "printable ASCII"),
        ({"VAULT_MAIN_NAMESPACE": "team\n"}, "printable ASCII"),
        ({"VAULT_MAIN_AUDIENCE": ""}, "audience"),
        ({"VAULT_MAIN_AUDIENCE": "vault\n"}, "audience"),
        ({"VAULT_MAIN_VAULTK8S_AUTH_METHODS": "approle,gcp"}, "has 'gcp'; write some of approle, cert, aws"),
        ({"VAULT_MAIN_VAULTK8S_AUTH_METHODS": "true"}, "write some of"),
        ({"VAULT_MAIN_AWS_STS_ADDRESS": "http://sts.internal"}, "https://HOST:PORT"),
        ({"VAULT_MAIN_AWS_STS_ADDRESS": "https://sts.internal/x"}, "https://HOST:PORT"),
        ({"VAULT_MAIN_AWS_STS_CA_DIRECTORY": "etc/ssl"}, "absolute path"),
        ({"VAULT_MAIN_TLS_SERVER_NAME": "vault:8200"}, "host name"),
        ({"VAULT_MAIN_TLS_SERVER_NAME": "va\u00fclt"}, "host name"),
        ({"VAULT_MAIN_CA_DIRECTORY": "etc/ssl"}, "absolute path"),
        ({"VAULT_MAIN_CA_DIRECTORY": "/"}, "absolute path"),
        ({"VAULT_MAIN_CA_CONFIG_MAP": "Trust/ca.crt"}, "NAME/KEY"),
        ({"VAULT_MAIN_CA_CONFIG_MAP": "trust/a/b"}, "NAME/KEY"),
        ({"VAULT_MAIN_POD_NAMESPACES": "Shop"}, "lower-case"),
        ({"ALLOWED_NAMESPACES": "shop,shop"}, "twice"),
        ({"AGENT_MEMORY_LIMIT": "-1", "AGENT_MEMORY_REQUEST": "1"}, "more than zero"),
        ({"AGENT_IMAGE": " registry.example.com/agent"}, "not an image name"),
        ({"AGENT_IMAGE": "Registry/IMG:1"}, "not an image name"),
        ({"AGENT_IMAGE": "r/x:"}, "not an image name"),
        ({"AGENT_IMAGE": "//"}, "not an image name"),
        ({"VAULT_MAIN_ROLE_PATTERN": "{namespace}.{service_account}."}, "no role of Vault"),
        ({"VAULT_MAIN_ROLE_PATTERN": "-{namespace}.{service_account}"}, "no role of Vault"),
        ({"VAULT_MAIN_ROLE_PATTERN": "x" * 300 + "{namespace}.{service_account}"}, "no role of Vault"),
        ({"DIRECTORY": "/run/secrets"}, "token for the API server"),
        ({"DIRECTORY": "/var"}, "token for the API server"),
        ({"DIRECTORY": "/var/run/secrets/kubernetes.io"}, "token for the API server"),
        ({"VAULT_MAIN_ADDRESS": "https://vault.example.com.:8200"}, "final dot"),
        ({"VAULT_MAIN_ADDRESS": "https://a..b"}, "https://HOST:PORT"),
        ({"VAULT_MAIN_ADDRESS": "https://-"}, "https://HOST:PORT"),
        ({"VAULT_MAIN_ADDRESS": "https://[:::]"}, "https://HOST:PORT"),
        ({"VAULT_MAIN_ADDRESS": "https://999.1.1.1"}, "https://HOST:PORT"),
        ({"VAULT_MAIN_ADDRESS": f"https://{'a' * 64}.b"}, "https://HOST:PORT"),
        ({"VAULT_MAIN_TLS_SERVER_NAME": "vault.example.com."}, "host name"),
        ({"VAULT_MAIN_TLS_SERVER_NAME": ".example.com"}, "host name"),
        ({"VAULT_MAIN_AUTH_MOUNT": "kubernetes "}, "segments have"),
        ({"VAULT_MAIN_AUTH_MOUNT": "kubernetes/login"}, "/login"),
        ({"VAULT_MAIN_AUTH_MOUNT": "k?x"}, "segments have"),
        ({"VAULT_MAIN_NAMESPACE": "a "}, "segments have"),
        ({"VAULT_MAIN_CA_CONFIG_MAP": "a..b/ca.crt"}, "NAME/KEY"),
        ({"VAULT_MAIN_CA_CONFIG_MAP": "a/..x"}, "NAME/KEY"),
        ({"LISTEN_PORT": "0000000000008443"}, "whole number"),
        ({"DIRECTORY": "/proc/x"}, "/proc"),
        ({"DIRECTORY": "/a:b"}, "':'"),
        ({"DIRECTORY": "/"}, "may not be /"),
        ({"DIRECTORY": "/a//b"}, "absolute path"),
        ({"DIRECTORY": "/etc"}, "kubelet"),
    ],
)
def test_refused(variables: dict[str, str], says: str) -> None:
    """What would be unsafe or cannot work is refused, with what to write."""
    (mistake,) = mistakes(**variables)
    assert says in mistake


@pytest.mark.parametrize(
    "variables",
    [
        {"AGENT_IMAGE": "localhost/agent"},
        {"AGENT_IMAGE": "agent:1"},
        {"AGENT_IMAGE": "registry.example.com:5000/a/b__c/omamori-agent:1.2.3"},
        {"AGENT_IMAGE": f"registry.example.com/omamori-agent:1.2.3@sha256:{'a' * 64}"},
        {"AGENT_IMAGE": "[::1]:5000/agent"},
        {"VAULT_MAIN_ADDRESS": "https://vault"},
        {"VAULT_MAIN_ADDRESS": "https://vault.vault.svc.cluster.local:8200"},
        {"VAULT_MAIN_ADDRESS": "https://10.0.0.1"},
        {"VAULT_MAIN_ADDRESS": "https://[2001:db8::1]:8200"},
        {"VAULT_MAIN_ADDRESS": "https://Vault_1.example.com"},
        {"VAULT_MAIN_AUTH_MOUNT": "clusters/eu-1/kubernetes"},
        {"VAULT_MAIN_NAMESPACE": "team/a"},
        {"VAULT_MAIN_TLS_SERVER_NAME": "vault.internal"},
        {"VAULT_MAIN_VAULTK8S_AUTH_METHODS": " aws, approle,", "VAULT_MAIN_AWS_STS_ADDRESS": ""},
        {"VAULT_MAIN_CA_CONFIG_MAP": "kube-root-ca.crt/ca.crt"},
        {"VAULT_MAIN_ROLE_PATTERN": "k8s.{namespace}.{service_account}"},
        {"DIRECTORY": "/run/secrets/app"},
    ],
)
def test_taken(variables: dict[str, str]) -> None:
    """What people have is taken."""
    from_environ({**ENVIRONMENT, **{f"OMAMORI_{name}": value for name, value in variables.items()}})


def test_declared_exceptions() -> None:
    """Plain HTTP and a shared audience are possible where the administrator says so."""
    more = {
        "OMAMORI_VAULTS": "main,other",
        "OMAMORI_VAULT_OTHER_ADDRESS": "http://b:8200",
        "OMAMORI_VAULT_OTHER_INSECURE_HTTP": "true",
        "OMAMORI_ONE_TRUST_DOMAIN": "true",
    }
    settings, _ = from_environ({**ENVIRONMENT, **more})
    assert settings.vaults["other"].insecure


@given(st.dictionaries(st.sampled_from([*ENVIRONMENT, "OMAMORI_X", "PATH"]), st.text(max_size=20)))
def test_any_environment(environment: dict[str, str]) -> None:
    """Any environment gives settings, or our error."""
    try:
        from_environ(environment)
    except SettingsInvalid as error:
        assert error.mistakes
