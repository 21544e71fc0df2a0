"""What the administrator's settings of a Vault bring into the Pod: a CA, a client certificate, a proxy, a namespace."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.webhook.builders import asking, decided, mistakes, ours, patched, plan_of, pod, settings
from tests.webhook.suggested import Suggest, granted, written
from webhook.admission.rawjson import MalformedReview

DIRECTORY = "/var/run/secrets/kubernetes.io/serviceaccount"
ALL = {
    "VAULT_MAIN_CA_SECRET": "vault-tls/ca.crt",
    "VAULT_MAIN_CLIENT_SECRET": "vault-client",
    "VAULT_MAIN_PROXY": "http://proxy.example.com:3128",
    "VAULT_MAIN_PROXY_SECRET": "proxy-login",
    "VAULT_MAIN_NAMESPACE": "teams/{namespace}",
}


def _sources(raw: dict[str, Any], **using: str) -> list[dict[str, Any]]:
    (volume,) = (each for each in patched(raw, **using)["spec"]["volumes"] if each["name"] == "omamori-token")
    sources: list[dict[str, Any]] = volume["projected"]["sources"]
    return sources


def test_everything() -> None:
    """The Plan names the files, and the volume of the token has them, in our container alone."""
    (session,) = plan_of(asking(), **ALL).sessions
    assert (session.ca_file, session.client_certificate_file, session.client_key_file) == (
        f"{DIRECTORY}/ca.crt",
        f"{DIRECTORY}/client.crt",
        f"{DIRECTORY}/client.key",
    )
    assert (session.proxy, session.proxy_user_file, session.proxy_password_file) == (
        "http://proxy.example.com:3128",
        f"{DIRECTORY}/proxy-user",
        f"{DIRECTORY}/proxy-password",
    )
    assert session.namespace == "teams/shop"
    assert _sources(asking(), **ALL)[1:] == [
        {"secret": {"name": "vault-tls", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"secret": {"name": "vault-client", "items": [{"key": "tls.crt", "path": "client.crt"}]}},
        {"secret": {"name": "vault-client", "items": [{"key": "tls.key", "path": "client.key"}]}},
        {"secret": {"name": "proxy-login", "items": [{"key": "username", "path": "proxy-user"}]}},
        {"secret": {"name": "proxy-login", "items": [{"key": "password", "path": "proxy-password"}]}},
    ]
    mounts = [each["mountPath"] for each in ours(asking(), **ALL)["volumeMounts"] if each["name"] == "omamori-token"]
    assert mounts == [DIRECTORY]
    (app,) = patched(asking(), **ALL)["spec"]["containers"]
    assert "omamori-token" not in {each["name"] for each in app["volumeMounts"]}


def test_two_vaults_have_their_own() -> None:
    """Each Vault's files have names of their own; what is the same is there once."""
    second = {name.replace("MAIN", "EU"): text for name, text in ALL.items()}
    using = {
        "VAULTS": "main,eu",
        "VAULT_EU_ADDRESS": "https://eu.example.com",
        "VAULT_EU_AUDIENCE": "eu",
        **ALL,
        **second,
        "VAULT_EU_CLIENT_SECRET": "eu-client",
        "VAULT_EU_PROXY": "",
        "VAULT_EU_PROXY_SECRET": "",
    }
    raw = pod({"file.omamori.dev/a": "kv/a#k", "file.omamori.dev/b": "kv/a#k vault=eu"})
    first, other = plan_of(raw, **using).sessions
    assert other.ca_file == first.ca_file
    assert (other.client_certificate_file, other.client_key_file) == (
        f"{DIRECTORY}/client-2.crt",
        f"{DIRECTORY}/client-2.key",
    )
    assert (other.proxy, other.proxy_user_file) == ("", "")
    paths = [
        item["path"]
        for source in _sources(raw, **using)
        for item in next(iter(source.values())).get("items", [next(iter(source.values()))])
    ]
    assert len(set(paths)) == len(paths) == 9


NAMES = st.from_regex(r"[a-z0-9]([-a-z0-9]{0,8}[a-z0-9])?", fullmatch=True)


@given(NAMES, NAMES, st.sampled_from(["{namespace}", "teams/{namespace}", "a-{namespace}-b/c", "k8s.{namespace}"]))
def test_no_two_namespaces_share_one(one: str, other: str, pattern: str) -> None:
    """A pattern gives two namespaces of Kubernetes two of Vault."""
    found = [plan_of_in(name, pattern) for name in (one, other)]
    assert (found[0] == found[1]) == (one == other)
    assert all("{" not in each for each in found)


def plan_of_in(namespace: str, pattern: str) -> str:
    """Give Vault's namespace for a Pod of a namespace."""
    from tests.support.webhook.builders import decided, settings  # noqa: PLC0415 - for this alone
    from webhook.admission.decision import Patched  # noqa: PLC0415

    decision = decided(asking(), settings(VAULT_MAIN_NAMESPACE=pattern, DENIED_NAMESPACES=""), namespace=namespace)
    assert isinstance(decision, Patched)
    text = str(decision.operations)
    return text.partition('"namespace":"')[2].partition('"')[0]


@pytest.mark.parametrize(
    ("using", "says"),
    [
        ({"VAULT_MAIN_NAMESPACE": "{namespace}/{namespace}"}, "may stand in it once"),
        ({"VAULT_MAIN_NAMESPACE": "{team}"}, "its segments have letters"),
        ({"VAULT_MAIN_NAMESPACE": "a b"}, "its segments have letters"),
        ({"VAULT_MAIN_PROXY": "https://proxy:3128"}, "write http://HOST:PORT"),
        ({"VAULT_MAIN_PROXY": "http://user:pw@proxy:3128"}, "https://HOST:PORT without a path"),
        ({"VAULT_MAIN_PROXY_SECRET": "a"}, "there is no _PROXY"),
        ({"VAULT_MAIN_CLIENT_SECRET": "A_B"}, "write the name of a Secret"),
        ({"VAULT_MAIN_CA_SECRET": "vault-tls"}, "write NAME/KEY of a Secret"),
        ({"VAULT_MAIN_CA_SECRET": "a/b", "VAULT_MAIN_CA_DIRECTORY": "/etc"}, "exclude each other"),
        ({"AGENT_PULL_SECRETS": "a,B"}, "write the name of a Secret"),
    ],
)
def test_mistakes(using: dict[str, str], says: str) -> None:
    """A setting that could not work is told at the start."""
    (mistake,) = mistakes(**using)
    assert says in mistake


@pytest.mark.parametrize(
    ("present", "after"),
    [
        (None, ["registry", "mirror"]),
        ([{"name": "own"}], ["own", "registry", "mirror"]),
        ([{"name": "mirror"}, {"name": "own"}], ["mirror", "own", "registry"]),
    ],
)
def test_pull_secrets(present: list[dict[str, str]] | None, after: list[str]) -> None:
    """The Pod's own stay, and those that are there are not added again; a second call changes nothing."""
    raw = asking() if present is None else asking(imagePullSecrets=present)
    new = patched(raw, AGENT_PULL_SECRETS="registry,mirror")
    assert [each["name"] for each in new["spec"]["imagePullSecrets"]] == after


@pytest.mark.parametrize("present", ["own", ["own"], [None], [[]], {"name": "own"}, 1])
def test_pull_secrets_that_are_none(present: Any) -> None:
    """A Pod whose pull secrets are no list of objects is malformed, and no error of ours."""
    with pytest.raises(MalformedReview):
        decided(asking(imagePullSecrets=present), settings(AGENT_PULL_SECRETS="registry"))


def test_suggest_for_one_namespace_of_vault(suggest: Suggest, tmp_path: Any) -> None:
    """Where each namespace has its own in Vault, a file is for that of the first Pod, and the others are named."""
    file = written(tmp_path, {"namespace": "shop"}, {"namespace": "pay"})
    environment = tmp_path / "webhook.env"
    environment.write_text(
        "OMAMORI_VAULTS=main\nOMAMORI_VAULT_MAIN_ADDRESS=https://vault.example.com\n"
        "OMAMORI_VAULT_MAIN_NAMESPACE=teams/{namespace}\n"
    )
    code, out, told = suggest(file, "--settings-file", environment)
    assert (code, [each[1] for each in granted(out)]) == (0, ["shop/checkout"])
    (warning,) = told
    assert "Pod pay/p1: skipped: it logs in at auth/kubernetes of the namespace teams/pay" in warning
    assert "for logins at auth/kubernetes of the namespace teams/shop" in warning
