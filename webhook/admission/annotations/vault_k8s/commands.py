"""The command that vault agent runs after it has written a file, as what a sidecar does after a change."""

from __future__ import annotations

from vault.contract.commands import parse_signal
from webhook.admission.annotations.values import OnChange


def parse_command(text: str) -> OnChange | None:
    """Parse kill or pkill of a named process, such as `pkill -HUP nginx` or `kill -HUP $(pidof nginx)`.

    None: the text is empty.
    """
    found = parse_signal(text)
    return None if found is None else OnChange(signal=found[0], process=found[1])
