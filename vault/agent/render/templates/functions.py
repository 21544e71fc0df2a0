"""The functions of a template that take something from outside: from Vault, from the Pod, from the environment.

Those that need nothing but their arguments are in vault/gotemplate/functions.
"""

from __future__ import annotations

from vault.agent.render.templates.calls import list_of, read_of
from vault.agent.render.templates.secret import as_names, as_pems, as_secret
from vault.agent.render.templates.written import Written
from vault.gotemplate.errors import Fault
from vault.gotemplate.function import Function
from vault.gotemplate.functions.library import LIBRARY
from vault.gotemplate.values import STRING_TYPE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from vault.agent.fetch import Fetched
    from vault.contract.plan import Call, Read, Template
    from vault.gotemplate.limits import Budget
    from vault.gotemplate.values import GoValue

    Known: TypeAlias = Mapping[Call, Fetched | None]

_OURS = "OMAMORI_"
_MOST_SOURCES = 1000


def digest_of(contents: bytes) -> bytes:
    """Return what tells one state of a file of the Pod from another, and takes no room."""
    from _hashlib import openssl_sha256  # noqa: PLC0415 - few templates read files

    digest: bytes = openssl_sha256(contents).digest()
    return digest


class ReadUnknown(Exception):
    """A template needs what was not read yet: the run stops here."""

    def __init__(self, read: Read) -> None:
        """Take what is to be read."""
        super().__init__("not read yet")
        self.read = read


class LeftOut(Exception):
    """An optional template needs what is not there: it gives no file."""


class PathIsAbsent(Exception):
    """A template that is not optional needs what is not there."""

    def __init__(self, read: Read) -> None:
        """Take what is not there."""
        super().__init__("there is nothing")
        self.read = read


class Functions:
    """What one template may call. Of its run, `used` is what it has asked Vault for, with what there was.

    `sources` are the files of the Pod that it has read, each with the digest of its contents.
    `written` are the files that it has written beside its own.
    """

    __slots__ = ("_environment", "_known", "_made", "_named", "_read_file", "_spec", "sources", "used", "written")

    def __init__(self, spec: Template, read_file: Callable[[bytes], bytes], environment: Mapping[str, str]) -> None:
        """`read_file` raises Fault for a file that is not to be read."""
        self._spec = spec
        self._read_file = read_file
        self._environment = environment
        self._known: Known = {}
        self._made: dict[tuple[str, Call], GoValue] = {}
        self.used: dict[Call, Fetched | None] = {}
        self.sources: dict[bytes, bytes] = {}
        self.written = Written(spec)
        self._named = {
            "secret": Function(self._secret, variadic=STRING_TYPE),
            "secrets": Function(self._secrets, STRING_TYPE),
            "pkiCert": Function(self._pki_cert, variadic=STRING_TYPE),
            "file": Function(self._file, STRING_TYPE),
            "env": Function(self._env, STRING_TYPE),
            "envOrDefault": Function(self._env_or_default, STRING_TYPE, STRING_TYPE),
            "mustEnv": Function(self._must_env, STRING_TYPE),
            "writeToFile": Function(self._write, *[STRING_TYPE] * 4, variadic=STRING_TYPE),
        }

    def begin(self, known: Known) -> None:
        """Begin a run, with what was read until now."""
        self._known = known
        self._made = {}
        self.used = {}
        self.sources = {}
        self.written = Written(self._spec)

    def get(self, name: str) -> Function | None:
        """Return a function by its name, ours or Consul-Template's. Raises Fault for one that is refused."""
        return self._named.get(name) or LIBRARY.get(name)

    def _secret(self, _budget: Budget, *arguments: bytes) -> GoValue:
        return self._answer("secret", arguments, as_secret)

    def _pki_cert(self, _budget: Budget, *arguments: bytes) -> GoValue:
        return self._answer("pkiCert", arguments, as_pems)

    def _secrets(self, _budget: Budget, path: bytes) -> GoValue:
        return self._taken("secrets", list_of(path, self._spec.session), as_names) if path else []

    def _answer(self, function: str, arguments: tuple[bytes, ...], make: Callable[[Fetched], GoValue]) -> GoValue:
        if not arguments:
            return None
        short = self._spec.allows_short_lease
        return self._taken(function, read_of(function, arguments, self._spec.session, allows_short_lease=short), make)

    def _taken(self, function: str, read: Read, make: Callable[[Fetched], GoValue]) -> GoValue:
        """Return an answer as a value, the same one each time in one run, as in Go, where functions may change it."""
        if read.call not in self._known:
            raise ReadUnknown(read)
        fetched = self.used[read.call] = self._known[read.call]
        if fetched is None:
            raise LeftOut if self._spec.optional else PathIsAbsent(read)
        key = function, read.call
        if key not in self._made:
            self._made[key] = make(fetched)
        return self._made[key]

    def _write(self, budget: Budget, *arguments: bytes) -> bytes:
        path, user, group, permissions, *more = arguments
        return self.written.write(budget, path, user, group, permissions, *more)

    def _file(self, budget: Budget, path: bytes) -> bytes:
        if not path:
            return b""
        contents = self._read_file(path)
        budget.make(len(contents))
        if len(self.sources) >= _MOST_SOURCES and path not in self.sources:
            raise Fault(f"file: the template reads more than {_MOST_SOURCES} files")
        self.sources[path] = digest_of(contents)
        return contents

    def _env(self, _budget: Budget, name: bytes) -> bytes:
        return self._variable(name) or b""

    def _env_or_default(self, _budget: Budget, name: bytes, default: bytes) -> bytes:
        found = self._variable(name)
        return default if found is None else found

    def _must_env(self, _budget: Budget, name: bytes) -> bytes:
        found = self._variable(name)
        if not found:
            raise Fault("mustEnv: the variable is empty or not there, in omamori's container")
        return found

    def _variable(self, name: bytes) -> bytes | None:
        """Return a variable of omamori's container; None for OMAMORI_ variables, which templates must not see."""
        text = name.decode(errors="replace")
        found = None if text.startswith(_OURS) else self._environment.get(text)
        return None if found is None else found.encode(errors="surrogateescape")
