"""One login to one Vault, and calls with its token, each tried until it is answered, refused, or out of time.

(1) log in with the Pod's ServiceAccount token, read from its file at each try, since the kubelet replaces it;
(2) call; an answer that the retry table names is tried again, after a wait, from the configured address;
(3) a 307 is followed once, on a connection of its own, with the same trust: https to https, same CA;
(4) at the end revoke a service token, unless it holds leases.

Fact: of a token that has ended or was revoked, Vault says 403 with the words "invalid token", OpenBao with the bare
words "permission denied"; where a live token lacks the right, both say "1 error occurred: * permission denied".
"""

from __future__ import annotations

from vault.agent.api import responses, retry
from vault.agent.api.credential import Credential
from vault.agent.api.http import escape_path
from vault.agent.api.transport import CONNECT_SECONDS, Connection, NoAnswer, trust
from vault.agent.secret import Secret
from vault.contract.errors import PlanInvalid, VaultUnreachable
from vault.contract.origins import parse_origin
from vault.contract.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from vault.agent.api.http import Response
    from vault.agent.api.mounts import Mount
    from vault.agent.api.responses import Answer, Auth
    from vault.agent.deadline import Deadline
    from vault.contract import plan as contract
    from vault.contract.errors import Failure
    from vault.contract.origins import Origin

    Log = Callable[..., None]

REDIRECT_CONNECT_SECONDS = 3.0
_MOST_FOLLOWED = 8


class Request(Value):
    """One call: `kind` is the retry table's word for it; `body` None is a GET. `token` None is the session's own."""

    kind: str
    path: str
    query: str = ""
    body: Secret[bytes] | None = None
    token: Secret[str] | None = None


class Session:
    """A login and its connection. Raises Failure from every method but `end`."""

    __slots__ = (
        *(
            "_auth",
            "_connection",
            "_context",
            "_credential",
            "_deadline",
            "_followed",
            "_log",
            "_plan",
            "_proxy",
            "_sent",
        ),
        "is_dead",
        "mounts",
    )

    def __init__(
        self, login: contract.Session, deadline: Deadline, log: Log, credential: Credential | None = None
    ) -> None:
        """Connect to nothing yet; `credential` None: of the Plan. Raises PlanInvalid for an address or a CA."""
        origin = parse_origin(login.address)
        if origin is None or (origin.scheme == "http" and not login.insecure):
            raise PlanInvalid(
                f"the address of the Vault {login.vault!r} cannot be used: {login.address!r}",
                hint="fix the address in omamori's settings: https://HOST:PORT",
                vault=login.vault,
            )
        self._plan = login
        self._deadline = deadline
        self._log = log
        self._credential = credential or Credential(login)
        self._context = trust(login) if origin.scheme == "https" else None
        self._proxy: Proxy | None = None
        if login.proxy:
            from vault.agent.api.proxy import Proxy  # noqa: PLC0415 - few Pods pay for it

            self._proxy = Proxy(login)
        self._connection = Connection(origin, self._context, login.tls_server_name, self._proxy)
        self._followed: dict[Origin, Connection] = {}
        self._auth: Auth | None = None
        self._sent: list[Secret[str]] = []
        self.is_dead = False
        self.mounts: list[Mount] = []  # those that were asked for, for the paths of templates

    def within(self, deadline: Deadline) -> None:
        """Let the calls from now on share another deadline."""
        self._deadline = deadline

    @property
    def auth(self) -> Auth:
        """What the login gave."""
        assert self._auth is not None
        return self._auth

    def login(self) -> None:
        """Log in. Raises LoginRefused with Vault's words."""
        self._auth = self.another_login()

    def another_login(self) -> Auth:
        """Log in beside the session, whose token stays. Raises LoginRefused with Vault's words."""
        kind = f"{self._plan.auth_kind}-login"
        path = f"auth/{self._plan.auth_mount}/login"
        self._credential.prepare(self, self._deadline)
        answer = self.call(Request(kind=kind, path=path))
        if answer.status // 100 != 2:  # noqa: PLR2004 - a 204, say, is a proxy's, and has no token
            raise self._credential.refused(path, answer)
        try:
            return responses.parse_auth(answer)
        except responses.NotVault as error:
            raise self._unreachable(path, str(error)) from None

    def take(self, token: Secret[str]) -> None:
        """Use somebody's token in the place of a login's. It is never revoked here."""
        self._auth = responses.Auth(token=token, kind="given")

    def call(self, request: Request) -> Answer:
        """Call until there is an answer that is final; its status may be any. Raises VaultUnreachable, VaultSealed.

        `is_dead` says afterwards whether the token seems to have ended.
        """
        started = self._deadline.now()
        tries: dict[str, int] = {}
        before: Failure | None = None
        while True:
            outcome, found = self._try(request)
            answer = None if isinstance(found, VaultUnreachable) else found
            row = retry.matching_row(outcome, request.kind)
            if row is None:
                assert answer is not None
                is_by_own = request.token is None and self._token(request) is not None
                self.is_dead = self.is_dead or (is_by_own and answer.is_of_a_dead_token)
                return answer
            trouble = self._trouble(request.path, found)
            tries[row.name] = tries.get(row.name, 0) + 1
            again = retry.may_repeat(row, request.kind, tries[row.name], self._deadline.now() - started)
            self._log(
                "warning",
                "no answer to use yet",
                vault=self._plan.vault,
                path=request.path,
                status=max(outcome.status, 0),
                cause=trouble.message,
                lease_may_be_left=request.kind == "create" and outcome.status == retry.LOST,
            )
            # a GET that may create something: its mount is asked before it is given up, for it may only store
            may_ask = request.kind == "create" and request.body is None
            if not (again or may_ask) or not self._deadline.wait(retry.wait_seconds(sum(tries.values()), outcome)):
                if answer is not None and row.within_seconds:
                    return answer  # a refusal after all
                # a try that our own deadline has cut off says less than the one before it
                raise before if before is not None and not self._deadline.remaining() else trouble
            before = trouble
            if not again:
                from vault.agent.api.mounts import as_a_read  # noqa: PLC0415 - only trouble pays for it

                request = as_a_read(self, request, trouble)

    def end(self, *, has_leases: bool) -> None:
        """Revoke a service token without leases and close. Failing is a line in the log, never an error."""
        if self._auth is not None and self._auth.kind == "service" and not has_leases:
            self.revoke()
        self._auth = None
        self.disconnect()

    def revoke(self, token: Secret[str] | None = None) -> None:
        """Revoke a token, None: the session's own. Failing is a line in the log, never an error."""
        try:
            request = Request(kind="read", path="auth/token/revoke-self", body=Secret(b""), token=token)
            response = self._send(request, resolves=False)
            refused = f"HTTP {response.status}" if response.status >= 300 else ""  # noqa: PLR2004
        except NoAnswer as error:
            refused = str(error)
        if refused:
            words = "the token could not be revoked; it ends by itself"
            self._log("warning", words, vault=self._plan.vault, cause=refused)

    def disconnect(self) -> None:
        """Close the connections; the next call opens them again. An idle one would be closed by the other side."""
        for connection in (self._connection, *self._followed.values()):
            connection.close()
        if len(self._followed) > _MOST_FOLLOWED:
            self._followed.clear()

    def _try(self, request: Request) -> tuple[retry.Outcome, Answer | VaultUnreachable]:
        """Send once, a redirection included: how it ended, and what came, or why nothing did."""
        try:
            answer = responses.parse_answer(self._send(request), self._sent)
        except NoAnswer as error:
            trouble = self._unreachable(request.path, str(error), error.hint, sent=error.sent)
            return retry.Outcome(status=retry.LOST if error.sent else retry.NOT_SENT), trouble
        except responses.NotVault as error:
            trouble = self._unreachable(request.path, str(error), error.hint)
            if error.is_final:
                raise trouble from None
            return retry.Outcome(status=retry.LOST), trouble
        return retry.Outcome(status=answer.status, words=answer.words, retry_after=answer.retry_after), answer

    def _trouble(self, path: str, found: Answer | VaultUnreachable) -> Failure:
        """The error, if this was the last try."""
        if isinstance(found, VaultUnreachable):
            return found
        from vault.agent.api.diagnoses import failed  # noqa: PLC0415 - only trouble pays for it

        return failed(self._plan, path, found)

    def _unreachable(self, path: str, message: str, hint: str = "", *, sent: bool = True) -> VaultUnreachable:
        from vault.agent.api.diagnoses import unreachable  # noqa: PLC0415 - only trouble pays for it

        return unreachable(self._plan, path, message, hint, sent=sent)

    def _body(self, request: Request) -> bytes | None:
        if request.kind.endswith("-login"):
            body, self._sent = self._credential.read()
            return body.reveal()
        token = self._token(request)
        self._sent = [] if token is None else [token]
        return None if request.body is None else request.body.reveal()

    def _token(self, request: Request) -> Secret[str] | None:
        """Return the token of a call; a login has none."""
        if self._auth is None or request.kind.endswith("-login"):
            return request.token
        return request.token or self._auth.token

    def _send(self, request: Request, *, resolves: bool = True) -> Response:
        """Send once, and follow a redirection once; the path is ours, only the host is the answer's."""
        body = self._body(request)
        response = self._send_to(self._connection, request, body, CONNECT_SECONDS, resolves=resolves)
        origin = parse_origin(response.headers.get("location", "")) if response.status == 307 else None  # noqa: PLR2004
        if origin is None or (self._context is not None and origin.scheme != "https"):
            return response
        if origin not in self._followed:
            self._followed[origin] = Connection(origin, self._context, self._plan.tls_server_name, self._proxy)
        return self._send_to(self._followed[origin], request, body, REDIRECT_CONNECT_SECONDS, resolves=resolves)

    def _send_to(
        self, connection: Connection, request: Request, body: bytes | None, connect_seconds: float, *, resolves: bool
    ) -> Response:
        headers = {"Accept": "application/json", "X-Vault-Request": "true"}
        if self._plan.namespace:
            headers["X-Vault-Namespace"] = self._plan.namespace
        token = self._token(request)
        if token is not None:
            headers["X-Vault-Token"] = token.reveal()
        if body is not None:
            headers["Content-Type"] = "application/json"
        return connection.call(
            "GET" if body is None else "POST",
            f"/v1/{escape_path(request.path)}{request.query}",
            headers,
            body or b"",
            connect_seconds=min(connect_seconds, self._deadline.remaining()),
            seconds=self._deadline.remaining(),
            resolves=resolves,
        )
