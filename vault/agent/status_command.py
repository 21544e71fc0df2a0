"""The command `status`: print the state that a sidecar has written, without any call.

kubectl exec POD -c CONTAINER -- /usr/bin/python3 -I -S -B /opt/omamori/vault/agent/start.py status
"""

from __future__ import annotations

import os
import sys

from vault.agent import log
from vault.contract import cjson
from vault.contract.errors import Failure, PlanInvalid
from vault.contract.names import STATUS_FILE
from vault.contract.shown import shown
from vault.contract.wire import from_environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, NoReturn

_MOST_CHARACTERS = 1000  # of a line


def main() -> NoReturn:
    """Print the status and exit with 0, or with the exit code of the Failure."""
    os._exit(run(os.environ))


def run(environment: Mapping[str, str]) -> int:
    """Print the status. Returns the exit code."""
    try:
        text = render_status(_read_status(environment))
    except Failure as failure:
        sys.stderr.write(f"{failure.message}; {failure.hint}\n")
        return failure.exit_code
    except Exception as error:  # noqa: BLE001 - as in init.run
        return log.report_unexpected(error)
    sys.stdout.write(text)
    sys.stdout.flush()
    return 0


def _read_status(environment: Mapping[str, str]) -> dict[str, Any]:
    plan = from_environment(environment)
    if plan.mode != "sidecar":
        raise PlanInvalid("only a sidecar has a status", hint="this container ends once its files are there")
    path = os.path.join(plan.state_directory, STATUS_FILE)
    try:
        with open(path, encoding="utf-8") as file:
            document: dict[str, Any] = cjson.loads(file.read())
    except OSError as error:
        raise PlanInvalid(
            f"there is no status in {path}: {error.strerror}",
            hint="the first secrets have not come yet; the container's log says why",
        ) from None
    except ValueError:
        raise PlanInvalid(
            f"the status in {path} is not JSON", hint="another release wrote it, or it was cut off: see the log"
        ) from None
    return document


def render_status(document: Mapping[str, Any]) -> str:
    """Render the status: general state, then the logins, then the reads, each followed by its error; then warnings."""
    lines = [f"{document['state']}, as of {document['written']}"]
    for name, words in (("started", "started"), ("published", "published last"), ("last_success", "all well last")):
        lines.append(f"  {words:15} {document[name] or 'never'}")
    lines += _wrong(document["error"])
    for login in document["logins"]:
        lines += [
            f"Vault {login['vault']}, role {login['role']}",
            f"  {login['token']} token until  {login['token_ends'] or 'revoked'}",
            f"  next call at  {login['next'] or 'never'}",
        ]
        lines += _wrong(login["error"])
    for read in document["reads"]:
        lines.append(read["path"])
        lines.append(f"  {_standing(read)}, answered {read['answered'] or 'by a login before'}")
        lines += _wrong(read["error"])
    for warning in document["warnings"]:
        lines += [f"annotation {warning['annotation']}", f"  warning: {warning['message']}"]
    return "".join(f"{shown(line, _MOST_CHARACTERS)}\n" for line in lines)


def _standing(read: Mapping[str, Any]) -> str:
    if not read["is_there"]:
        return "left out"
    if read["ends"]:
        return f"{'lease' if read['is_leased'] else 'certificate'} until {read['ends']}"
    return f"version {read['version']}" if read["version"] else "there"


def _wrong(error: Mapping[str, Any] | None) -> list[str]:
    if error is None:
        return []
    return [f"  ! {error['message']}", *([f"    {error['hint']}"] if error.get("hint") else [])]
