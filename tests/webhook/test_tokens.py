"""A Vault token for the application: what becomes of `token.omamori.dev/NAME` in the Plan, and what cannot be."""

from __future__ import annotations

import pytest

from tests.support.webhook.builders import decided, plan_of, pod, reasons
from vault.contract.plan import Output, Read
from webhook.admission.decision import Denied
from webhook.doctor.dry_run import is_unserved

TOKEN = "token.omamori.dev/vault-token"


def test_it_is_a_login_of_its_own() -> None:
    """A read that is a login by the Pod's role, and a file with its key `token`."""
    plan = plan_of(pod({TOKEN: "true", "file.omamori.dev/db": "secret/data/shop/db#a"}))

    assert plan.reads == (
        Read(path="secret/data/shop/db"),
        Read(path="auth/kubernetes/login", login=True),
    )
    assert plan.outputs[1] == Output(
        directory="/omamori/omamori-files-0",
        name="vault-token",
        mode="0444",
        read=1,
        key="token",
        annotation=TOKEN,
    )
    assert len(plan.sessions) == 1


def test_the_login_is_at_the_mount_of_the_vault() -> None:
    """Where the administrator says that Pods log in elsewhere, so does this one."""
    raw = pod({TOKEN: "true"})
    assert plan_of(raw, VAULT_MAIN_AUTH_MOUNT="jwt/eu").reads == (Read(path="auth/jwt/eu/login", login=True),)


def test_options() -> None:
    """They mean what they mean for a file; two files share the login."""
    plan = plan_of(pod({TOKEN: "as=.vault-token dir=/home/app mode=0400", "token.omamori.dev/other": "true"}))

    assert {(each.name, each.mode, each.read) for each in plan.outputs} == {
        (".vault-token", "0400", 0),
        ("other", "0444", 0),
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", 'write "true", or options: as=, dir=, mount=, mode=, containers='),
        ("yes", 'write "true", or options'),
        ("optional=true", "unknown option optional="),
        ("allow-short-lease=true", "unknown option allow-short-lease="),
        ("mode=9", "option mode="),
        ("secret/data/shop/db#a", 'write "true", or options'),
    ],
)
def test_refused(text: str, says: str) -> None:
    """What is not for a token is refused, with what may be written."""
    decision = decided(pod({TOKEN: text}))
    assert isinstance(decision, Denied)
    assert decision.problems[0].where == TOKEN
    assert says in decision.problems[0].what


def test_collisions() -> None:
    """A token and a file of one name are two files of one path."""
    assert reasons(pod({TOKEN: "true", "file.omamori.dev/vault-token": "kv/a#a"})) == ["duplicate"]


def test_a_pod_with_a_token_alone_asks_for_something() -> None:
    """The doctor's dry run counts it, and so does the registry of dialects."""
    assert is_unserved(pod({TOKEN: "true"}))
