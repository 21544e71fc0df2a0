"""Secrets of one Pod from several Vaults and by several roles: which logins there are, and which each secret has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.webhook.builders import decided, patched, plan_of, pod, reasons, settings
from tests.webhook.suggested import Suggest, granted, written
from vault.contract.plan import Plan
from webhook.admission.decision import Denied, Patched
from webhook.admission.limits import MAX_LOGINS

DIRECTORY = "/var/run/secrets/kubernetes.io/serviceaccount"
VAULTS = {
    "VAULTS": "main,eu,us",
    "VAULT_EU_ADDRESS": "https://eu.example.com",
    "VAULT_EU_AUDIENCE": "eu",
    "VAULT_EU_AUTH_MOUNT": "cluster-eu",
    "VAULT_EU_ROLE_PATTERN": "k8s_{namespace}_{service_account}",
    "VAULT_US_ADDRESS": "https://us.example.com",
    # one trust domain with the first
    "VAULT_US_AUDIENCE": "vault",
    "ONE_TRUST_DOMAIN": "true",
}
DB = "secret/data/shop/db#password"


def _logins(plan: Plan) -> list[tuple[str, str, str]]:
    return [(each.vault, each.role, each.token_file.removeprefix(f"{DIRECTORY}/")) for each in plan.sessions]


def _tokens(raw: dict[str, Any]) -> dict[str, str]:
    """Give the audience of each token that the Pod's volume has."""
    (volume,) = (each for each in raw["spec"]["volumes"] if each["name"] == "omamori-token")
    tokens = [each["serviceAccountToken"] for each in volume["projected"]["sources"] if "serviceAccountToken" in each]
    return {each["path"]: each["audience"] for each in tokens}


def test_each_secret_has_its_login() -> None:
    """One login for each Vault and role; a path that two logins read is two calls."""
    raw = pod(
        {
            "file.omamori.dev/here": DB,
            "file.omamori.dev/there": f"{DB} vault=eu",
            "file.omamori.dev/audit": f"{DB} role=shop.audit",
            "env.omamori.dev/USER": "secret/data/shop/db#username vault=eu",
            "file.omamori.dev/store.p12": "pki/issue/web data.common_name=a password=secret/data/shop/db#p vault=us",
            "template.omamori.dev/t": '[[ secret "kv/a" ]]',
            "template-options.omamori.dev/t": "vault=eu role=reports",
            "token.omamori.dev/token": "vault=us",
        }
    )

    plan = plan_of(raw, **VAULTS)

    assert _logins(plan) == [
        ("main", "shop.checkout", "token"),
        ("eu", "k8s_shop_checkout", "token-2"),
        ("main", "shop.audit", "token"),
        ("us", "shop.checkout", "token"),
        ("eu", "reports", "token-2"),
    ]
    found = {
        each.name: [plan.reads[number].session for number in (each.read, each.password_read) if number is not None]
        for each in plan.outputs
    }
    assert found == {"here": [0], "there": [1], "audit": [2], "store.p12": [3, 3], "token": [3]}
    assert [plan.reads[each.read] for each in plan.env_files[0].variables] == [plan.reads[1]]
    assert [each.session for each in plan.templates] == [4]
    assert [(each.path, each.session) for each in plan.reads if each.login] == [("auth/kubernetes/login", 3)]
    assert plan.sessions[1].auth_mount == "cluster-eu"
    assert _tokens(patched(raw, **VAULTS)) == {"token": "vault", "token-2": "eu"}


def test_the_annotations_of_the_pod_are_for_what_says_nothing() -> None:
    """`omamori.dev/vault` and `role` are the defaults of the options; a login that nothing needs is not made."""
    plan = plan_of(
        pod(
            {
                "omamori.dev/vault": "eu",
                "omamori.dev/role": "shop",
                "file.omamori.dev/a": DB,
                "file.omamori.dev/b": f"{DB} vault=main",
                "file.omamori.dev/c": f"{DB} vault=eu role=shop",
            }
        ),
        **VAULTS,
    )
    assert _logins(plan) == [("eu", "shop", "token"), ("main", "shop", "token-2")]
    only = plan_of(pod({"file.omamori.dev/a": f"{DB} vault=eu role=x"}), **VAULTS)
    assert _logins(only) == [("eu", "x", "token")]


def test_two_ways_to_say_one_login() -> None:
    """What is said and what is meant without saying are one login, and one call."""
    raw = pod({"file.omamori.dev/a": DB, "file.omamori.dev/b": f"{DB} vault=main role=shop.checkout"})
    plan = plan_of(raw, **VAULTS)
    assert (len(plan.sessions), len(plan.reads)) == (1, 1)


_CHOICES = st.lists(
    st.tuples(st.sampled_from(["", "main", "eu", "us"]), st.sampled_from(["", "a", "shop.checkout"])),
    min_size=1,
    max_size=8,
)


@given(_CHOICES, st.sampled_from(["", "eu"]), st.sampled_from(["", "a"]))
def test_every_login_is_needed_and_has_its_token(choices: list[tuple[str, str]], vault: str, role: str) -> None:
    """Whatever is asked for: each file has the login that it says, none is made twice or for nothing.

    A Vault gets a token of its own audience and no other.
    """
    annotations = {
        f"file.omamori.dev/f{number}": " ".join(
            [DB, *(f"{name}={text}" for name, text in (("vault", each[0]), ("role", each[1])) if text)]
        )
        for number, each in enumerate(choices)
    }
    whole = {f"omamori.dev/{name}": text for name, text in (("vault", vault), ("role", role)) if text}
    raw = pod({**annotations, **whole})
    plan, tokens = plan_of(raw, **VAULTS), _tokens(patched(raw, **VAULTS))

    roles = {"main": "shop.checkout", "us": "shop.checkout", "eu": "k8s_shop_checkout"}
    wanted = []
    for own_vault, own_role in choices:
        name = own_vault or vault or "main"
        wanted.append((name, own_role or role or roles[name]))
    assert [(each.vault, each.role) for each in plan.sessions] == list(dict.fromkeys(wanted))
    for output in plan.outputs:
        session = plan.sessions[plan.reads[output.read].session]
        assert (session.vault, session.role) == wanted[int(output.name.removeprefix("f"))]
    audiences = {"main": "vault", "us": "vault", "eu": "eu"}
    for session in plan.sessions:
        assert tokens[session.token_file.removeprefix(f"{DIRECTORY}/")] == audiences[session.vault]
    assert len(set(tokens.values())) == len(tokens)


def test_cas_of_config_maps() -> None:
    """Two Vaults may have their CAs in two ConfigMaps, or in one."""
    own = {**VAULTS, "VAULT_MAIN_CA_CONFIG_MAP": "trust/ca.pem", "VAULT_US_CA_CONFIG_MAP": "trust/ca.pem"}
    raw = pod({f"file.omamori.dev/{each}": f"{DB} vault={each}" for each in ("main", "eu", "us")})
    plan = plan_of(raw, **own, VAULT_EU_CA_CONFIG_MAP="eu-trust/ca.pem")

    assert [each.ca_file.removeprefix(f"{DIRECTORY}/") for each in plan.sessions] == ["ca.crt", "ca-2.crt", "ca.crt"]
    new = patched(raw, **own, VAULT_EU_CA_CONFIG_MAP="eu-trust/ca.pem")
    (volume,) = (each for each in new["spec"]["volumes"] if each["name"] == "omamori-token")
    maps = [each["configMap"] for each in volume["projected"]["sources"] if "configMap" in each]
    assert [(each["name"], each["items"][0]["path"]) for each in maps] == [
        ("trust", "ca.crt"),
        ("eu-trust", "ca-2.crt"),
    ]


@pytest.mark.parametrize(
    ("annotations", "more", "where", "says"),
    [
        ({"file.omamori.dev/b": f"{DB} vault=asia"}, {}, "file.omamori.dev/b", "there is no Vault 'asia'; there are:"),
        ({"omamori.dev/vault": "asia"}, {}, "omamori.dev/vault", "there is no Vault 'asia'"),
        (
            {"file.omamori.dev/b": f"{DB} vault=eu"},
            {"VAULT_EU_POD_NAMESPACES": "billing"},
            "file.omamori.dev/b",
            "the namespace shop may not use the Vault eu",
        ),
        (
            {f"file.omamori.dev/f{number}": f"{DB} role=r{number}" for number in range(MAX_LOGINS)},
            {},
            "",
            f"{MAX_LOGINS + 1} logins",
        ),
    ],
)
def test_refused(annotations: dict[str, str], more: dict[str, str], where: str, says: str) -> None:
    """Each Vault that is asked for has to be there, and to be for this namespace."""
    decision = decided(pod({"file.omamori.dev/a": DB, **annotations}), settings(**VAULTS, **more))
    assert isinstance(decision, Denied)
    (problem,) = decision.problems
    assert problem.where == where
    assert says in problem.what


def test_a_vault_that_is_not_used_refuses_nothing() -> None:
    """Where no secret is in the default Vault, it matters to nobody whether the namespace may use that."""
    using = settings(**VAULTS, VAULT_MAIN_POD_NAMESPACES="billing")
    assert isinstance(decided(pod({"file.omamori.dev/a": f"{DB} vault=eu"}), using), Patched)
    raw = pod({"file.omamori.dev/a": f"{DB} vault=eu", "file.omamori.dev/b": DB})
    assert reasons(raw, {**VAULTS, "VAULT_MAIN_POD_NAMESPACES": "billing"}) == ["namespace"]


def test_suggest_grants_what_is_in_its_vault(suggest: Suggest, tmp_path: Path) -> None:
    """For each Vault the file of it: a grant for each role, with what is read by that."""
    file = written(
        tmp_path,
        annotations={
            "file.omamori.dev/here": "secret/data/shop/db#password",
            "file.omamori.dev/there": "secret/data/shop/eu#password vault=eu",
            "file.omamori.dev/audit": "secret/data/shop/audit#key role=shop.audit",
            "template.omamori.dev/t": '[[ secret "secret/data/shop/t" ]]',
            "template-options.omamori.dev/t": "role=shop.audit",
        },
    )
    lines = {f"OMAMORI_{name}": text for name, text in VAULTS.items()}
    lines["OMAMORI_VAULT_MAIN_ADDRESS"] = "https://vault.example.com"
    environment = tmp_path / "webhook.env"
    environment.write_text("".join(f"{name}={text}\n" for name, text in lines.items()))

    code, out, told = suggest(file, "--settings-file", environment)
    assert (code, granted(out)) == (
        0,
        [
            ("shop.audit", "shop/checkout", {"secret/data/shop/audit": "read", "secret/data/shop/t": "read"}),
            ("shop.checkout", "shop/checkout", {"secret/data/shop/db": "read"}),
        ],
    )
    assert told == [
        f"warning: {file}:6: Pod shop/p0: what it reads from the Vault eu is skipped; --vault-name selects that"
    ]

    code, out, _ = suggest(file, "--settings-file", environment, "--vault-name", "eu")
    assert (code, granted(out)) == (0, [("k8s_shop_checkout", "shop/checkout", {"secret/data/shop/eu": "read"})])
