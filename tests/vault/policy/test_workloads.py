"""Grants of several workloads: as many roles and policies as grants of one workload each would make."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.support.vault.access import Ground
from tests.support.vault.server import VaultServer
from vault.policy.commands.explain import explained
from vault.policy.desired.resources import Resource, wanted_entries
from vault.policy.files.model import Access

PATHS = {"PATH/db": ["read", "watch"], "PATH/mail": "read"}
ACCOUNTS = st.lists(
    st.fixed_dictionaries(
        {
            "namespace": st.sampled_from(["shop", "ops", "a-b"]),
            "serviceAccount": st.from_regex("[a-c][a-c.]?[a-c]", fullmatch=True),
        }
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda each: (each["namespace"], each["serviceAccount"]),
)
MORE = st.fixed_dictionaries(
    {},
    optional={
        "rawPolicy": st.just("# more\n"),
        "token": st.just({"type": "service", "ttl": "2h"}),
        "audience": st.just("other"),
    },
)


def entries(access: Access) -> tuple[Resource, ...]:
    """Give what is wanted, without the places."""
    return tuple(replace(entry, place="") for entry in wanted_entries(access))


@given(accounts=ACCOUNTS, more=MORE, kind=st.sampled_from(["jwt", "kubernetes"]))
def test_several_workloads_are_several_grants(
    vault_server: VaultServer, accounts: list[dict[str, str]], more: dict[str, Any], kind: str
) -> None:
    """The same roles and policies as a grant each, by the same names; each role is that of one ServiceAccount."""
    ground = Ground(vault_server, kind=kind, number=902)

    together = ground.access([{"workloads": accounts, "paths": PATHS, **more}])

    apart = ground.access([{"workload": account, "paths": PATHS, **more} for account in accounts])
    assert entries(together) == entries(apart)
    assert {(each.role, str(each.workload)) for each in together.grants} == {
        ("{namespace}.{serviceAccount}".format(**each), "{namespace}/{serviceAccount}".format(**each))
        for each in accounts
    }
    assert len({each.role_path for each in together.grants}) == len(accounts)


def test_several_workloads_are_applied_and_explained(ground: Ground) -> None:
    """A role and a policy each; the line of the ServiceAccount is named."""
    accounts = [{"namespace": "shop", "serviceAccount": name} for name in ("a", "b")]
    access = ground.access([{"workloads": accounts, "paths": PATHS}])

    assert ground.apply(access).failure is None

    assert set(ground.server.client.list(f"auth/{ground.auth}/role")) == {"shop.a", "shop.b"}
    assert ground.plan(access).is_empty
    (first, *_, last) = explained(access, "shop", "b", f"{ground.mount}/data/db")
    assert first == f"auth/{ground.auth}/role/shop.b, policy omamori.{ground.auth}.shop.b ({access.grants[1].place})"
    assert last == "    allowed: read, watch"
    assert access.grants[0].place != access.grants[1].place
