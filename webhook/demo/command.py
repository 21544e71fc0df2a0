"""`omamori demo`: demonstrate injection on this machine, for each Pod of a manifest that asks for secrets."""

from __future__ import annotations

import sys
from pathlib import Path

from vault.cli.exit_codes import FAILED, OK
from vault.cli.options import is_coloured
from vault.contract.errors import Failure
from webhook.admission.problems import Rejected
from webhook.demo.manifest import ManifestPod, read_file
from webhook.demo.screen import Screen
from webhook.demo.showable import find_asking
from webhook.demo.steps import VaultChoice, show
from webhook.demo.stop import DemoStopped

_IN_CHECKOUT = Path(__file__).resolve().parents[2] / "deploy/examples/checkout.yaml"
_IN_WHEEL = Path(__file__).with_name("checkout.yaml")
EXAMPLE = _IN_CHECKOUT if _IN_CHECKOUT.exists() else _IN_WHEEL


def run(
    *,
    pod: Path | None,
    vault_address: str | None,
    vault_ca_file: Path | None,
    timeout: float,
    no_color: bool,
    reveal: bool,
    short: bool,
) -> int:
    """Run the demo. Exit code FAILED: a Pod could not be shown, and the reason was printed."""
    file = pod or EXAMPLE
    screen = Screen(sys.stdout, coloured=is_coloured(no_color=no_color), short=short)
    vault = VaultChoice(vault_address, vault_ca_file, timeout)
    try:
        read = read_file(file)
        asking = find_asking(file, read)
    except (DemoStopped, Rejected) as error:
        _say_why(screen, error)
        return FAILED
    screen.lines(f"warning: {each}" for each in read.strays)
    codes = []
    for number, each in enumerate(asking, 1):
        if len(asking) > 1:
            screen.title(f"Pod {number} of {len(asking)}: {each.made_by}")
        codes.append(_show(each, file, vault, screen, reveal=reveal))
    return max(codes)


def _show(pod: ManifestPod, file: Path, vault: VaultChoice, screen: Screen, *, reveal: bool) -> int:
    """Show what becomes of a Pod."""
    try:
        show(pod, file, vault, screen, reveal=reveal)
    except (DemoStopped, Failure, Rejected) as error:
        _say_why(screen, error)
        return FAILED
    return OK


def _say_why(screen: Screen, error: DemoStopped | Failure | Rejected) -> None:
    if isinstance(error, Rejected):
        screen.failure("the annotations cannot be read", "; ".join(map(str, error.problems)))
    else:
        screen.failure(str(error), error.hint)
