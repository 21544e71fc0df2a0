"""Settings: read strictly, every mistake at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.webhook.builders import ENVIRONMENT
from webhook.errors import SettingsInvalid
from webhook.roles import parse_role_pattern
from webhook.settings import ConfigMapKey, from_environ


def mistakes(**variables: str) -> tuple[str, ...]:
    """Give the mistakes of an environment with these variables, their prefix left out."""
    with pytest.raises(SettingsInvalid) as caught:
        from_environ({**ENVIRONMENT, **{f"OMAMORI_{name}": value for name, value in variables.items()}})
    return caught.value.mistakes


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
    (tmp_path / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n")
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
    assert (vault.address, vault.auth_mount, vault.namespace) == ("https://[::1]:8200", "jwt", "team/a")
    assert vault.ca_config_map == ConfigMapKey("trust", "ca.crt")
    assert vault.pod_namespaces == ("shop", "pay")
    assert settings.vaults["main"].ca_pem.startswith("-----BEGIN")


def test_every_mistake_at_once() -> None:
    """An environment with many mistakes lists them all, each by its variable."""
    found = mistakes(
        VAULT_MAIN_ADDRESS="vault:8200",
        VAULT_MAIN_AUTH_KIND="approle",
        VAULT_MAIN_CA_FILE="/does/not/exist",
        INJECTOR_CPU_LIMIT="fast",
        INJECTOR_TOKEN_SECONDS="60",
        LISTEN_PORT="https",
        LOG_LEVEL="loud",
        INJECTOR_UNSET_USER="ture",
        VAULT_MIAN_ADDRESS="https://typo",
    )

    for name in (
        *("VAULT_MAIN_ADDRESS", "VAULT_MAIN_AUTH_KIND", "VAULT_MAIN_CA_FILE", "INJECTOR_CPU_LIMIT"),
        *("INJECTOR_TOKEN_SECONDS", "LISTEN_PORT", "LOG_LEVEL", "INJECTOR_UNSET_USER", "VAULT_MIAN_ADDRESS"),
    ):
        assert any(line.startswith(f"OMAMORI_{name} ") for line in found), name
    assert len(found) == 9


def test_nothing_given() -> None:
    """An empty environment names each variable that is needed, with an example."""
    with pytest.raises(SettingsInvalid) as caught:
        from_environ({})

    assert [line.split()[0] for line in caught.value.mistakes] == [
        "OMAMORI_VAULTS",
        "OMAMORI_INJECTOR_IMAGE",
        "OMAMORI_TLS_CERTIFICATE_FILE",
        "OMAMORI_TLS_KEY_FILE",
    ]
    assert all("for example" in line for line in caught.value.mistakes)


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
        ({"VAULTS": "main,Other!", "VAULT_MAIN_AUDIENCE": "a"}, "lower-case"),
        ({"VAULT_MAIN_CA_CONFIG_MAP": "a/b", "VAULT_MAIN_CA_DIRECTORY": "/c"}, "exclude each other"),
        ({"VAULT_MAIN_CA_CONFIG_MAP": "a"}, "NAME/KEY"),
        ({"VAULT_MAIN_ROLE_PATTERN": "{namespace}-{service_account}"}, "the same role"),
        ({"INJECTOR_CPU_REQUEST": "2", "INJECTOR_CPU_LIMIT": "1"}, "more than the limit"),
        ({"DIRECTORY": "vault"}, "absolute path"),
    ],
)
def test_refused(variables: dict[str, str], says: str) -> None:
    """What would be unsafe or cannot work is refused, with what to write."""
    (mistake,) = mistakes(**variables)
    assert says in mistake


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


LABEL = st.from_regex(r"[a-z0-9]([-a-z0-9]{0,4}[a-z0-9])?", fullmatch=True)
SUBDOMAIN = st.lists(LABEL, min_size=1, max_size=3).map(".".join)
PATTERNS = st.lists(
    st.sampled_from(["{namespace}", "{service_account}", ".", "-", "_", "a", "a.", ".b", "/", "{"]), max_size=5
).map("".join)


@given(PATTERNS, st.tuples(LABEL, SUBDOMAIN), st.tuples(LABEL, SUBDOMAIN))
def test_role_patterns_are_injective(text: str, one: tuple[str, str], other: tuple[str, str]) -> None:
    """A pattern that is accepted never gives two ServiceAccounts one role."""
    try:
        pattern = parse_role_pattern(text)
    except ValueError:
        return
    assert (pattern.role(*one) == pattern.role(*other)) == (one == other)


@given(LABEL, SUBDOMAIN, LABEL, SUBDOMAIN)
def test_default_pattern_is_injective(namespace: str, account: str, other: str, other_account: str) -> None:
    """So is the default."""
    pattern = parse_role_pattern("{namespace}.{service_account}")
    same = (namespace, account) == (other, other_account)
    assert (pattern.role(namespace, account) == pattern.role(other, other_account)) == same
