"""Check that each Vault answers, is unsealed and has the right time, and that ServiceAccounts can log in and read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vault.contract.errors import LoginRefused, PathRefused, VaultUnreachable
from vault.report import Finding
from webhook.doctor.checks.check import Check
from webhook.doctor.snapshot import K8sObject, LoginProbe, VaultProbe

# Vault's kubernetes and jwt methods allow a minute of leeway; a token is valid at once by the API server's clock
MOST_CLOCK_SECONDS = 30
_READING = {"read", "root", "update"}


def check_vault(seen: VaultProbe) -> Iterator[Finding]:
    """Check that a Vault is usable."""
    check = Check("vault", seen.name)
    if seen.trust is not None and seen.trust.found is None:
        yield check.of(seen.trust, "put Vault's CA there, in every namespace that uses it", lambda _: check.ok(""))
    elif seen.failure is not None:
        fix = seen.failure.hint
        if isinstance(seen.failure, VaultUnreachable):
            fix = f"{fix}; if its address is different from here, give --vault-address {seen.name}=URL"
        yield check.failed(f"{seen.address}: {seen.failure.message}", fix)
    else:
        yield from _check_health(check, seen, seen.health or {})


def _check_health(check: Check, seen: VaultProbe, health: Mapping[str, Any]) -> Iterator[Finding]:
    if not health.get("initialized"):
        yield check.failed(f"{seen.address}: Vault is not initialised", "vault operator init")
    elif health.get("sealed"):
        yield check.failed(
            f"{seen.address}: Vault is sealed", "vault operator unseal, or find out why auto-unseal fails"
        )
    else:
        yield check.ok(f"{seen.address}: Vault {health.get('version')} answers, and is unsealed")
    clock = Check("vault-clock", seen.name)
    if abs(seen.ahead_seconds) > MOST_CLOCK_SECONDS:
        side = "ahead of" if seen.ahead_seconds > 0 else "behind"
        message = f"Vault's clock is {abs(seen.ahead_seconds):.0f} s {side} the API server's"
        yield clock.warning(
            message, "synchronise both by NTP: Vault refuses logins with a token that is not yet valid or has expired"
        )
    else:
        yield clock.ok("the clocks of Vault and of the API server agree")


def check_login(seen: LoginProbe) -> Iterator[Finding]:
    """Check that a ServiceAccount exists, can log in, has a policy, and may read each path."""
    account = Check("service-account", seen.subject)
    where = seen.subject.replace("/", " ", 1)
    yield account.of(
        seen.account,
        f"kubectl create serviceaccount -n {where}, or fix serviceAccountName",
        lambda _: account.ok(f"the ServiceAccount {seen.subject} is there"),
    )
    login = _login(seen)
    yield login
    if login.message and seen.failure is None and seen.token.found is not None:
        yield _policies(seen)
        yield from _paths(seen)


def _login(seen: LoginProbe) -> Finding:
    check = Check("login", seen.subject)
    if seen.account.found is None:
        return check.unknown("no login without the ServiceAccount", "see the finding of service-account")

    def judge(_: K8sObject) -> Finding:
        if seen.failure is None:
            return check.ok(f"it can log in to the Vault {seen.vault} with the role {seen.role}")
        message = f"role {seen.role}: {seen.failure.message}"
        if isinstance(seen.failure, LoginRefused):
            return check.failed(message, seen.failure.hint)
        return check.unknown(message, "see the finding of vault")

    return check.of(seen.token, "use the address of a Kubernetes API server", judge)


def _policies(seen: LoginProbe) -> Finding:
    check = Check("role-policies", seen.subject)
    own = [each for each in seen.policies if each != "default"]
    if not own:
        fix = f"give the role {seen.role} a policy (token_policies, or an access file: docs/policies.md)"
        return check.warning("the login has only the policy default: it may read nothing", fix)
    return check.ok(f"the login has the policies {', '.join(own)}")


def _paths(seen: LoginProbe) -> Iterator[Finding]:
    for path, capabilities in seen.paths.items():
        check = Check("path", f"{seen.subject} {path}")
        if seen.paths_failure is not None:
            yield check.unknown(seen.paths_failure.message, _unasked(seen, path))
        elif _READING.isdisjoint(capabilities):
            fix = f'give a policy of the role {seen.role}: path "{path}" {{ capabilities = ["read"] }}'
            yield check.failed(f"the role {seen.role} may not read {path}", fix)
        else:
            yield check.ok(f"the role {seen.role} may {', '.join(sorted(capabilities))} {path}")


def _unasked(seen: LoginProbe, path: str) -> str:
    if not isinstance(seen.paths_failure, PathRefused):
        return "see the finding of vault"
    namespace, _, name = seen.subject.partition("/")
    return (
        "a token without the policy default cannot query its own capabilities: set VAULT_TOKEN to a token that may "
        "update "
        f"sys/capabilities; or omamori policy explain, for {path} and the ServiceAccount {name} of {namespace}, "
        "answers from access files"
    )
