"""Logins of commands that get no token: by a ServiceAccount's, by another JWT, or by an AppRole.

OIDC, LDAP and the rest need a person, or a provider: `vault login` makes a token, which the commands find.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vault.cli.command import UsageError
from vault.cli.files import read_text

SERVICE_ACCOUNT_TOKEN = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")
METHODS = ("kubernetes", "jwt", "approle")


@dataclass(frozen=True, slots=True)
class Login:
    """A login at the mount `mount` of the auth method `method`, as the role `name`; of `approle` the role's id."""

    method: str
    mount: str
    name: str


def parse_login(text: str) -> Login:
    """Parse METHOD[@MOUNT]:NAME. Raises ValueError."""
    where, colon, name = text.partition(":")
    method, at, mount = where.partition("@")
    mount = mount.strip("/")
    if not colon or not name or method not in METHODS or bool(at) != bool(mount) or mount.startswith("auth/"):
        raise ValueError(
            "must be kubernetes:ROLE, jwt:ROLE or approle:ROLE_ID, with another mount kubernetes@MOUNT:ROLE; for other "
            "methods log in by `vault login`"
        )
    return Login(method, mount or method, name)


def login_fields(login: Login, jwt_file: Path | None, secret_id_file: Path | None) -> Mapping[str, str]:
    """Return what the call to the auth method sends. Raises UsageError."""
    if login.method == "approle":
        if secret_id_file is None:
            return {"role_id": login.name}
        return {"role_id": login.name, "secret_id": _read(secret_id_file, "--secret-id-file")}
    if jwt_file is None and login.method == "jwt":
        raise UsageError("--jwt-file is missing: --auth jwt:ROLE sends what is in it")
    return {"role": login.name, "jwt": _read(jwt_file or SERVICE_ACCOUNT_TOKEN, "--jwt-file")}


def _read(file: Path, option: str) -> str:
    text = read_text(file, option).strip()
    if not text:
        raise UsageError(f"{option} {file} is empty")
    return text
