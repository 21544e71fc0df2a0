"""What the machine and the loop say to each other: an action to do, its outcome, and the events that follow from it."""

from __future__ import annotations

from vault.contract.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from vault.agent.fetch import Fetched
    from vault.agent.render.render import Note
    from vault.contract.errors import Failure
    from vault.contract.plan import Call, Read

# the kinds of an action
LOG_IN = "log in"
RENEW_TOKEN = "renew the token"  # noqa: S105 - no secret
REVOKE_OLD = "revoke the old token"
READ = "read"
RENEW_LEASE = "renew the lease"
POLL = "poll the metadata"
PUBLISH = "publish"
NOTIFY = "notify"
RESTART = "restart"
WAIT = "wait"


class Action(Value):
    """One thing to do. `at` is when it begins; `session` and `read` are numbers, -1 for those that do not apply.

    `login` is the number of the login that the call is made with (for LOG_IN of the new one, for REVOKE_OLD of the old
    one). `until` is when a WAIT ends.
    """

    kind: str
    at: float
    session: int = -1
    read: int = -1
    login: int = 0
    until: float = 0


class LoggedIn(Value):
    """A login has given a token. `kind` is service or batch; `seconds` is its TTL, 0 without an end."""

    kind: str
    seconds: float
    renewable: bool = False


class Renewed(Value):
    """Vault has renewed a token or a lease, for so many seconds; 0: it has not. `token_refused`: the token is dead."""

    seconds: float
    token_refused: bool = False


class Answered(Value):
    """Vault has given a secret. `wall_clock` is the time since the epoch, by which the secret may say when it ends."""

    secret: Fetched
    wall_clock: float


class Polled(Value):
    """What metadata says: the HTTP status, the stamp of the current version or nothing, and where it was found."""

    status: int
    stamp: tuple[object, ...]
    place: str
    token_refused: bool = False


class ReadsWanted(Value):
    """Nothing is published yet: a template needs these calls first, each with whether it may be absent."""

    reads: tuple[tuple[Read, bool], ...]


class Published(Value):
    """The files are as they should be. `files` in `directories` were written; 0: they were so already.

    `is_first`: there were none before, of an earlier run neither. `rejected`: the reads, by number, whose secret cannot
    be rendered, each with the reason. `used` are the calls that templates have used. `warnings`: what is doubtful in
    the files as they are. `has_sources`: a template has read files of the Pod, which may change.
    """

    files: int = 0
    directories: int = 0
    is_first: bool = False
    rejected: tuple[tuple[int, Failure], ...] = ()
    used: frozenset[Call] = frozenset()
    warnings: tuple[Note, ...] = ()
    has_sources: bool = False


class SourcesChanged(Value):
    """Since the files were published, a file that a template has read from the Pod has changed: the end of a WAIT."""


class Done(Value):
    """It is done, and there is nothing to say of it."""


class Failed(Value):
    """It has failed. `suggested` is the wait that the answer asks for; `token_refused`: the token is dead."""

    failure: Failure
    suggested: float = 0
    token_refused: bool = False


# the kinds of an event
UNAVAILABLE = "unavailable"
ANSWERS_AGAIN = "answers again"
LOGGED_IN_AGAIN = "logged in again"
LEASE_NOT_RENEWED = "lease not renewed"
METADATA_REFUSED = "metadata refused"
LEFT_OUT = "left out"
READ_FAILED = "read failed"
READ_RECOVERED = "read recovered"
FILES_PUBLISHED = "files published"
FILES_FAILED = "files failed"


class Event(Value):
    """Something that people should know. `number` is that of the session or the read; `of` tells which of both.

    `published`: files and directories that were written.
    """

    kind: str
    of: str = ""
    number: int = -1
    failure: Failure | None = None
    published: tuple[int, int] = (0, 0)


if TYPE_CHECKING:
    Outcome: TypeAlias = (
        LoggedIn | Renewed | Answered | Polled | ReadsWanted | Published | SourcesChanged | Done | Failed
    )
