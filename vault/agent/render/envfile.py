"""Variables for one container, as a file that the kubelet reads (`fileKeyRef`) or as one for our launcher.

What a file cannot carry byte for byte is refused, with a way that can.

Facts of Linux, of every variable
- A variable is `NAME=value` and a NUL, so that neither can have a NUL, and the name no `=`.
- It has at most 128 KiB with its NUL (MAX_ARG_STRLEN in linux/binfmts.h: 32 pages; some machines have larger pages).
  All of them together have a limit, too, mostly 2 MiB with the arguments; it depends on the node and is not checked.

Facts of the kubelet (k8s.io/kubernetes: ParseEnv in pkg/kubelet/util/env, the same from 1.35.0 to 1.37.2)
- A variable is `NAME='value'`, over several lines if the value has them; nothing can stand for a single quote in it.
- bufio.Scanner gives up at a line of 64 KiB, `NAME='` and the closing quote counted in, the line end not.
- Its lines end in LF or in CR LF, so that a value loses a CR before a LF; a CR anywhere else stays. CR CR LF would come
  back as CR LF, and is not written: a shell reads it as it stands, and this grammar is meant to be a shell's.
- A line is read without its blanks at the left, a `#` begins a comment, and a blank before `=` is an error. Every
  other name that the API server takes for a key comes back: printable ASCII without `=` (validateFileKeySelector).
- An empty value counts as a missing one (makeEnvironmentVariables in pkg/kubelet).
- Values travel as text: in the CRI until 1.36 (KeyValue is a proto string), and in a runtime's config.json, where a
  byte that is no UTF-8 becomes U+FFFD.
"""

from __future__ import annotations

from vault.agent.render.text import encoded
from vault.contract.errors import NotRepresentable
from vault.contract.shown import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_VARIABLE = 128 * 1024 - 1  # bytes of NAME=value, without the NUL
LONGEST_LINE = 64 * 1024 - 1  # bytes, without the line end

_BY_FILE = "deliver it as a file"
_BY_EXEC = "set omamori.dev/env-delivery: exec"
_RENAME = "give the variable a name of letters, digits and '_'"


def render_env_file(variables: Mapping[str, bytes]) -> bytes:
    """Render an env file for the kubelet. Raises NotRepresentable for the first variable that cannot be in one."""
    return b"".join(_kubelet_line(name, value) for name, value in variables.items())


def render_launch_file(variables: Mapping[str, bytes]) -> bytes:
    """Render a file for the launcher: each variable as Linux has it, `NAME=value` and a NUL, in order.

    Raises NotRepresentable for the first variable that no process can have.
    """
    return b"".join(_linux_variable(name, value) + b"\0" for name, value in variables.items())


def _linux_variable(name: str, value: bytes) -> bytes:
    if not name or "=" in name or "\0" in name:
        raise NotRepresentable(f"{quoted(name)} cannot be the name of a variable", hint=_RENAME)
    if b"\0" in value:
        raise _refused(name, "a NUL, which no variable can hold", f"add encode=base64, or {_BY_FILE}")
    variable = encoded(name, name) + b"=" + value
    if len(variable) > LONGEST_VARIABLE:
        raise _refused(name, "128 KiB or more with its name, too much for a variable", _BY_FILE)
    return variable


def _kubelet_line(name: str, value: bytes) -> bytes:
    is_key = name.isascii() and name.isprintable() and name and "=" not in name
    if not is_key or name.startswith(("#", " ")) or name.endswith(" "):
        raise NotRepresentable(f"{quoted(name)} cannot be the name of a variable in a kubelet's env file", hint=_RENAME)
    _linux_variable(name, value)
    if not value:
        raise _refused(name, "an empty value, which the kubelet takes for a missing one", _BY_EXEC)
    line = b"%b='%b'\n" % (name.encode(), value)
    if max(map(len, line.split(b"\n"))) > LONGEST_LINE:
        # not encode=base64, which makes one line of it, longer than all of them together
        raise _refused(name, "a line of 64 KiB or more, too long for the kubelet", f"{_BY_FILE}, or {_BY_EXEC}")
    for what, is_there in (
        ("a single quote", b"'" in value),
        ("a line that ends in CR", b"\r\n" in value),
        ("bytes that are not UTF-8", not _is_text(value)),
    ):
        if is_there:
            raise _refused(
                name, f"{what}, which no env file can carry", f"add encode=base64, {_BY_FILE}, or {_BY_EXEC}"
            )
    return line


def _is_text(value: bytes) -> bool:
    """The answer instead of the error, which would have the value in it."""
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


def _refused(name: str, what: str, hint: str) -> NotRepresentable:
    return NotRepresentable(f"the variable {quoted(name)} has {what}", hint=hint)
