"""The log lines of a sidecar: each event of the machine is one, and its fields come from the event and the state."""

from __future__ import annotations

from vault.agent import log
from vault.agent.sidecar.machine import messages

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.agent.sidecar.machine.messages import Event
    from vault.agent.sidecar.machine.state import State

LINES = {
    messages.UNAVAILABLE: ("error", "retrying; the files stay as they are"),
    messages.ANSWERS_AGAIN: ("info", "Vault answers again"),
    messages.LOGGED_IN_AGAIN: ("info", "logged in again"),
    messages.LEASE_NOT_RENEWED: ("info", "a lease was not renewed; its secret is read again"),
    messages.METADATA_REFUSED: (
        "warning",
        "the metadata is refused, so the whole secret is read at each interval",
    ),
    messages.LEFT_OUT: ("info", "left out, since it is optional"),
    messages.READ_FAILED: ("error", "not up to date"),
    messages.READ_RECOVERED: ("info", "up to date again"),
    messages.FILES_PUBLISHED: ("info", "published"),
    messages.FILES_FAILED: ("error", "not published; the files stay as they are"),
}


def write_line(event: Event, state: State) -> None:
    """Write the line of an event."""
    level, message = LINES[event.kind]
    log.write(level, message, **_fields(event, state))


def _fields(event: Event, state: State) -> dict[str, object]:
    """Return what the line says beside its message; empty fields are left out later."""
    if event.kind == messages.FILES_PUBLISHED:
        files, directories = event.published
        return {"files": files, "directories": directories}
    if event.kind == messages.LEFT_OUT:
        cause = "" if event.failure is None else event.failure.message
        return {"path": state.reads[event.number].spec.path, "cause": cause}
    if event.kind == messages.READ_FAILED:
        failed = state.reads[event.number]
        # of a path that a template has found, there is no file of its own: the template's stays
        files_stay = failed.published is not None or failed.only_by_template
        return {"files_stay": files_stay, **_cause(event)}
    if event.kind == messages.METADATA_REFUSED:
        read = state.reads[event.number].spec
        session = state.sessions[read.session].spec
        hint = f"give a policy of the role {session.role} the capability read on the path with metadata/ for data/"
        return {"hint": hint, "vault": session.vault, "path": read.path}
    if event.failure is not None:
        return _cause(event)
    if event.of == "read":
        return {"path": state.reads[event.number].spec.path}
    session = state.sessions[event.number].spec
    is_login = event.kind == messages.LOGGED_IN_AGAIN
    return {"vault": session.vault, "role": session.role if is_login else ""}


def _cause(event: Event) -> dict[str, object]:
    return {} if event.failure is None else dict(log.cause_of(event.failure))
