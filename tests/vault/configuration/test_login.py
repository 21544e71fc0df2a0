"""The login that a configuration says, within what the Plan says of it."""

from __future__ import annotations

import pytest

from tests.support.vault.configurations import (
    LOGIN,
    PLAN,
    RULES,
    SESSION,
    TEMPLATE,
    changed,
    configured,
    problems,
)

JWT = PLAN.replace(sessions=(SESSION.replace(auth_kind="jwt", auth_mount="jwt/here"),))
WITHOUT_IDS = PLAN.replace(configurations=(RULES.replace(app_role_directory=""),))


def test_the_settings_stay() -> None:
    """What a file cannot say is the session's as the settings have it; without a namespace so is that."""
    (session,) = configured(LOGIN + TEMPLATE)[0].sessions
    assert session == SESSION.replace(role="shop")


def test_without_a_mount_path() -> None:
    """It is auth/TYPE, as vault agent has it, whatever the path of the settings is."""
    text = 'auto_auth { method { type = "jwt" config { role = "shop" path = "" } } }\n' + TEMPLATE
    (session,) = configured(text, JWT)[0].sessions
    assert (session.auth_kind, session.auth_mount) == ("jwt", "jwt")


@pytest.mark.parametrize(
    "method",
    [
        'method "kubernetes" { config = { role = "shop" } }',
        'method "Kubernetes" { config { "role" = "shop" } }',
        '"method" = { "type" = "kubernetes" "config" = { "role" = "shop" } }',
        'method "x" { type = "kubernetes", config { role = "shop" } }',
        'method { kubernetes { config { role = "shop" } } }',
    ],
)
def test_ways_to_write_a_type(method: str) -> None:
    """The type is a label, or an option, which counts where both are there."""
    (session,) = configured(f"auto_auth {{ {method} }}\n{TEMPLATE}")[0].sessions
    assert (session.auth_kind, session.role) == ("kubernetes", "shop")


@pytest.mark.parametrize("kind", ["aws", "azure", "gcp", "cert", "token_file", "alicloud", "jwt"])
def test_another_kind(kind: str) -> None:
    """A kind that the settings do not have is refused, and what they have is named."""
    (problem,) = problems(changed("auto_auth.method.type", kind))
    assert problem.endswith(f": auto_auth.method.type: is '{kind}'; the Vault main is set up for kubernetes")


def test_app_role_has_to_be_allowed() -> None:
    """Where the administrator does not allow it, or there is no extra Secret, AppRole is refused."""
    document = changed("auto_auth.method.type", "approle")
    changed("auto_auth.method.config.role_id_file_path", "/vault/custom/role-id", document)
    assert configured(document)[0].sessions[0].auth_kind == "approle"
    (problem,) = problems(document, WITHOUT_IDS)
    assert "auto_auth.method.type: is approle, which the administrator's settings do not allow" in problem


def test_app_role_needs_no_role() -> None:
    """Then the word for it is in messages; a role id it needs."""
    document = changed("auto_auth.method.type", "approle")
    changed("auto_auth.method.config.role", None, document)
    (problem,) = problems(document)
    assert "auto_auth.method.config.role_id_file_path: is missing" in problem
    changed("auto_auth.method.config.role_id_file_path", "/vault/custom/role-id", document)
    (session,) = configured(document)[0].sessions
    assert (session.role, session.role_id_file, session.secret_id_file) == ("approle", "/vault/custom/role-id", "")


def test_two_namespaces() -> None:
    """One namespace said twice is one; two are refused."""
    document = changed("vault.namespace", "a")
    changed("auto_auth.method.namespace", "a/", document)
    assert configured(document)[0].sessions[0].namespace == "a"
    (problem,) = problems(changed("vault.namespace", "b", document))
    assert "vault.namespace: is another than that of auto_auth.method" in problem


@pytest.mark.parametrize("address", ["https://vault.example.com:8200/", "https://vault.example.com:8200/v1", ""])
def test_the_same_address(address: str) -> None:
    """The address of the Plan may be written in another way, or not at all."""
    assert configured(changed("vault.address", address))[0].sessions[0].address == SESSION.address


def test_an_address_is_not_shown_that_is_none() -> None:
    """A URL may have a password: what is no address is not in the message."""
    (problem,) = problems(changed("vault.address", "https://user:hunter2@vault.example.com"))
    assert "hunter2" not in problem


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (TEMPLATE, "line 1: auto_auth: is missing, or its method"),
        ("auto_auth { }\n" + TEMPLATE, "auto_auth: is missing, or its method"),
        ('auto_auth { method { config { role = "a" } } }\n' + TEMPLATE, "auto_auth.method.type: is missing"),
        ('auto_auth { method "kubernetes" { } }\n' + TEMPLATE, "auto_auth.method.config.role: is missing"),
        (LOGIN + LOGIN + TEMPLATE, "line 2: auto_auth: is there twice"),
        ('auto_auth = "x"\n' + TEMPLATE, "auto_auth: is not a block"),
        (LOGIN.replace('"kubernetes"', '"kubernetes" "x"') + TEMPLATE, "auto_auth.method: has a label"),
        ('vault "x" { }\n' + LOGIN + TEMPLATE, "vault: has a label"),
        (LOGIN + TEMPLATE + 'exit_after_auth "x" { }', "exit_after_auth: has a label"),
    ],
)
def test_mistakes(text: str, words: str) -> None:
    """What is missing, or is there twice, is said with its line and option."""
    assert any(words in each for each in problems(text))


def test_all_problems_at_once() -> None:
    """Every problem of every file is told, in a bounded number."""
    found = problems(changed("nope", 1, changed("auto_auth.method.type", "aws")), config_init="a = ;\n")
    assert [each.partition(": ")[2][:20] for each in found] == [
        "nope: omamori knows ",
        "column 5: there is a",
        "auto_auth.method.typ",
    ]
    assert len(problems("\n".join(f"x{number} = 1" for number in range(200)))) == 50
