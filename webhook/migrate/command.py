"""`omamori migrate vault-k8s`: rewrite manifests from the annotations of vault-k8s to omamori's own.

The report is on standard output, and on standard error where that has the manifests.
"""

from __future__ import annotations

from pathlib import Path

from vault.cli.command import UsageError
from vault.cli.exit_codes import CHANGES, FAILED, OK
from vault.cli.files import write_text
from vault.cli.parameters import STANDARD_INPUT
from vault.cli.terminal import complain, tell, warn, write_document
from vault.contract.origins import parse_origin
from webhook.migrate.vault_k8s.documents import Outcome, lines_of, migrate_text
from webhook.migrate.vault_k8s.options import Options

_AUDIENCE = (
    "note: the roles of what moves need the audience of omamori's own tokens (vault, unless the settings say another): "
    "docs/moving-from-vault-k8s.md"
)


def run(
    *,
    files: tuple[Path, ...],
    check: bool,
    keep_templates: bool,
    vault_addresses: tuple[tuple[str, str], ...],
    auth_mount: str | None,
) -> int:
    """Rewrite files. Exit code FAILED: a file was not read; CHANGES: `check`, and there is something to move."""
    options = Options({parse_origin(address): name for name, address in vault_addresses}, auth_mount, keep_templates)
    say = warn if STANDARD_INPUT in files and not check else tell
    is_unread = False
    count = 0
    for file in dict.fromkeys(files):
        text, outcome = _migrate(file, options)
        say(*lines_of(outcome))
        if outcome.unread:
            is_unread = True
            complain(f"not read: {outcome.unread}")
        count += len(outcome.moved)
        if check:
            continue
        if file == STANDARD_INPUT:
            write_document(outcome.text)
        elif outcome.text != text:
            write_text(file, outcome.text)
    say(_AUDIENCE if count else "nothing to move")
    if is_unread:
        return FAILED
    return CHANGES if check and count else OK


def _migrate(file: Path, options: Options) -> tuple[str, Outcome]:
    """Return a file's text, and what becomes of it. Raises CallWrong where there is no such file."""
    name = "standard input" if file == STANDARD_INPUT else str(file)
    try:
        # with the line ends as they are
        text = file.read_bytes().decode()
    except UnicodeDecodeError:
        return "", Outcome("", unread=f"{name}: is not UTF-8")
    except OSError as error:
        raise UsageError(f"{name}: cannot be read: {error.strerror}") from None
    return text, migrate_text(name, text, options)
