"""The env file of a container with sets of variables: rendered, and read as the launcher reads it."""

from __future__ import annotations

from typing import Any

from vault.agent.fetch import Fetched
from vault.agent.render.render import Rendered, render_all
from vault.agent.secret import Secret
from vault.contract.plan import EnvFile, Plan, Read, Session, Variable, VariableSet

DB, MAIL = "envfrom.omamori.dev/db", "envfrom.omamori.dev/mail"
SESSION = Session(vault="main", address="https://v:8200", role="r", token_file="/t")


def rendered(
    secrets: list[dict[str, Any] | None],
    *sets: VariableSet,
    declared: tuple[str, ...] = (),
    variables: tuple[Variable, ...] = (),
) -> Rendered:
    """Render the env file of one container; a secret that is None is absent, and all that needs it is optional."""
    env_file = EnvFile(
        directory="/d", name="env", mode="0444", kind="launcher", variables=variables, sets=sets, declared=declared
    )
    plan = Plan(
        sessions=(SESSION,), reads=tuple(Read(path=f"kv/{n}") for n in range(len(secrets))), env_files=(env_file,)
    )
    return render_all(plan, [None if each is None else Fetched(values=Secret(each)) for each in secrets])


def read(made: Rendered) -> dict[str, str]:
    """Read the launcher's file: each name is there once."""
    [file] = made.directories["/d"]
    contents: bytes = file.contents.reveal()
    entries = [each.partition(b"=") for each in contents.split(b"\0")[:-1]]
    assert contents.endswith(b"\0") or not contents
    found = {name.decode(): value.decode() for name, _, value in entries}
    assert len(found) == len(entries)
    return found
