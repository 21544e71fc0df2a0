"""The phases of a session, of a read and of the files, and what each outcome makes of them: the tables of the machine.

Every change of a phase is looked up here; a pair that is not here is a mistake of ours. docs/generate_sidecar.py draws
the diagrams of docs/sidecar.md from these tables, and takes the words for each phase from the comment behind it.

A call that Vault as a whole does not answer (no connection, sealed) changes no phase: its session waits, and then the
same call is due. Waits, errors and TTLs are kept beside the phase (state.py).
"""

from __future__ import annotations

# a session: one login to one Vault
LOGGED_OUT = "LoggedOut"  # there is no token, or Vault refuses it: a login is due
LOGGED_IN = "LoggedIn"  # the token works; it is renewed or replaced before it expires
EXPIRING = "Expiring"  # the token was not renewed: it works until it expires, and a new login is due at once
REVOKING = "Revoking"  # logged in again; the token before is still to be revoked

# a read: one path
NEW = "New"  # not read yet
CURRENT = "Current"  # as Vault has it; it is polled, or renewed before it ends
STALE = "Stale"  # known to have changed, or leased by a token that was replaced: read at once
ABSENT = "Absent"  # optional, and Vault has nothing
RETRYING = "Retrying"  # Vault answers with a temporary error (5xx, 429): tried again after a wait
REFUSED = "Refused"  # deleted, forbidden, or a key is missing: read at the next interval

# the files of the Pod
AWAITED = "Awaited"  # not published yet
PUBLISHED = "Published"  # the files are as they were read
STAGED = "Staged"  # something that was read is to be published
NOTIFYING = "Notifying"  # the application is to be sent a signal
RESTARTING = "Restarting"  # all containers are to be restarted

# the outcomes that change a phase
LOGIN = "login"
LOGIN_OVER_UNUSED = "login, and nothing is leased by the old service token"
LOGIN_FAILED = "login fails"
RENEWED = "renewed"
NOT_RENEWED = "not renewed"
TOKEN_REFUSED = "token refused"  # noqa: S105 - no secret
OLD_REVOKED = "old token revoked"
ANSWERED = "read"
NOTHING = "nothing there"
UNCHANGED = "metadata unchanged"
CHANGED = "metadata changed or refused"
NO = "read refused, secret deleted or not usable"
UNAVAILABLE = "cannot answer now"
LOGIN_REPLACED = "leased by a replaced token"
STAGE = "a secret differs"
SOURCE_CHANGED = "a file that a template has read differs"
PUBLISH = "published"
PUBLISH_SIGNAL = "published, on-change is signal"
PUBLISH_RESTART = "published, on-change is restart"
NOT_PUBLISHED = "cannot be written"
NOTIFIED = "signal sent"

_READ_AGAIN = {ANSWERED: CURRENT, NO: REFUSED, UNAVAILABLE: RETRYING}
_KEPT = {RENEWED: CURRENT, UNCHANGED: CURRENT, NOT_RENEWED: STALE, CHANGED: STALE, LOGIN_REPLACED: STALE}

SESSION = {
    LOGGED_OUT: {LOGIN: LOGGED_IN, LOGIN_FAILED: LOGGED_OUT},
    LOGGED_IN: {
        RENEWED: LOGGED_IN,
        NOT_RENEWED: EXPIRING,
        LOGIN: LOGGED_IN,
        LOGIN_OVER_UNUSED: REVOKING,
        LOGIN_FAILED: LOGGED_IN,
        TOKEN_REFUSED: LOGGED_OUT,
    },
    EXPIRING: {LOGIN: LOGGED_IN, LOGIN_OVER_UNUSED: REVOKING, LOGIN_FAILED: LOGGED_IN},
    REVOKING: {OLD_REVOKED: LOGGED_IN},
}
READ = {
    NEW: {**_READ_AGAIN, NOTHING: ABSENT},
    CURRENT: {**_READ_AGAIN, **_KEPT},
    STALE: {**_READ_AGAIN, NOTHING: ABSENT, LOGIN_REPLACED: STALE},
    ABSENT: {**_READ_AGAIN, NOTHING: ABSENT},
    RETRYING: {**_READ_AGAIN, **_KEPT, NOTHING: ABSENT},
    REFUSED: {**_READ_AGAIN, NOTHING: ABSENT, LOGIN_REPLACED: STALE},
}
FILES = {
    AWAITED: {PUBLISH: PUBLISHED, PUBLISH_SIGNAL: NOTIFYING},
    PUBLISHED: {STAGE: STAGED, SOURCE_CHANGED: STAGED},
    STAGED: {
        PUBLISH: PUBLISHED,
        PUBLISH_SIGNAL: NOTIFYING,
        PUBLISH_RESTART: RESTARTING,
        NOT_PUBLISHED: STAGED,
    },
    NOTIFYING: {NOTIFIED: PUBLISHED},
}
