"""What templates take from outside: files of our container, its environment, the clock, chance.

`file` reads what a container of the Pod mounts for it (a ConfigMap, say), and never what is omamori's own: the
ServiceAccount's token, that for AWS, what else a login is made with, the state of a sidecar, and, below /proc, the Plan
and the memory.

Fact: below /proc/PID/root are the files of another process, by paths that are right there: the kernel names an open
file by its path in its own mount namespace. So a file is read only if that path names the same file here.
"""

from __future__ import annotations

import os
import stat
import time

from vault.agent.render.templates.one import TemplateInputs
from vault.agent.render.templates.templates import Templates
from vault.contract.errors import TemplateFailed
from vault.contract.names import AWS_DIRECTORY
from vault.gotemplate.errors import Fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from vault.agent.render.templates.one import Equal
    from vault.contract.plan import Plan, Session, Template

_MOST_BYTES = 1024 * 1024
_NEVER = ("/proc", "/sys", "/dev")


def load_templates(plan: Plan, equal: Equal) -> Templates:
    """Parse the templates of a Plan. Raises TemplateFailed.

    `equal` says whether two answers are the same for who reads them.
    """
    own = {place for session in plan.sessions for place in _places_of(session)} | {plan.state_directory}

    def read(path: bytes) -> bytes:
        """Read for the function `file`. Raises Fault."""
        try:
            return _read(path, own)
        except OSError as error:
            raise Fault(f"file: it cannot be read: {error.strerror}") from None

    inputs = TemplateInputs(read_file=read, environment=os.environ, random=os.urandom, now=time.time_ns)
    texts = [_text_of(each, own) for each in plan.templates]
    return Templates(plan.templates, texts, inputs, equal)


def _places_of(session: Session) -> tuple[str, ...]:
    """Return the files and directories that a login is made with."""
    aws = (AWS_DIRECTORY, os.path.dirname(session.aws.token_file)) if session.aws else ()
    ids = (session.role_id_file, session.secret_id_file)
    files = (session.client_key_file, session.proxy_user_file, session.proxy_password_file, *ids)
    return (os.path.dirname(session.token_file), *aws, *files)


def _text_of(template: Template, own: Iterable[str]) -> bytes:
    """Return the text of a template. Raises TemplateFailed."""
    if template.text:
        return template.text.encode()
    try:
        return _read(template.file.encode(), own)
    except (OSError, Fault) as error:
        words = error.strerror if isinstance(error, OSError) else str(error)
        raise TemplateFailed(
            f"the template {template.file} cannot be read: {words}",
            hint="has the ConfigMap that key? The volume is mounted in omamori's container, too",
            annotation=template.annotation,
        ) from None


def _read(path: bytes, own: Iterable[str]) -> bytes:
    """Read a regular file, by what it is and not by how its path is written. Raises OSError and Fault."""
    # each time anew: where the kubelet writes a volume again, its links lead elsewhere
    hidden = (*_NEVER, *(os.path.realpath(each) for each in own if each))
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    with open(descriptor, "rb") as opened:
        real = os.readlink(f"/proc/self/fd/{descriptor}")
        if any(real == each or real.startswith(f"{each}/") for each in hidden):
            raise Fault("file: what is omamori's own, or below /proc, /sys and /dev, is not read")
        if not os.path.samestat(os.stat(real), os.fstat(descriptor)):
            raise Fault("file: it is a file of another container")
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise Fault("file: it is no regular file")
        contents = opened.read(_MOST_BYTES + 1)
    if len(contents) > _MOST_BYTES:
        raise Fault(f"file: it has more than {_MOST_BYTES} bytes")
    return contents
