"""Parse the command that vault agent runs after it has written a file: only what sends a signal to a named process.

Both sides do: the webhook for an annotation, the agent for an agent configuration.

Facts
- vault agent runs it by `sh -c` in its own container; there, in omamori's image, is no program but the agent.
- A process of another container is reached only in a shared process namespace, by its name.
- pkill and killall send TERM where no signal is named. A signal is HUP, SIGHUP or its number.
"""

from __future__ import annotations

import re

from vault.contract.plan import SIGNALS
from vault.contract.shown import quoted

_MOST_CHARACTERS = 256
_NUMBERS = {"1": "HUP", "2": "INT", "3": "QUIT", "10": "USR1", "12": "USR2", "15": "TERM", "28": "WINCH"}

_PATH = r"(?:/(?:usr/)?s?bin/)?"
_SHELL = re.compile(rf"{_PATH}(?:ba|da|a)?sh -e?c (?P<quote>['\"])(?P<command>[^'\"]*)(?P=quote)")
_FORGIVING = re.compile(r" ?(?:\|\| ?(?:true|:|exit 0)|; ?(?:true|:|exit 0)?)$")
_SIGNAL = r"(?:-(?:s |-signal[ =])?(?:SIG)?([A-Z0-9]+) )"
_NAME = r"['\"]?\^?([\w.+][\w.+-]{0,63})\$?['\"]?"
_EXACT = r"(?:(?:-x|--exact) )?"
_BY_NAME = re.compile(rf"{_PATH}(?:pkill|killall) {_EXACT}{_SIGNAL}?{_EXACT}{_NAME}", re.ASCII)
_FOUND = rf"{_PATH}(?:pidof(?: -s)?|pgrep(?: -x| -o| -n)?) {_NAME}"
_BY_NUMBER = re.compile(rf"{_PATH}kill {_SIGNAL}?(?:\$\({_FOUND}\)|`{_FOUND}`)", re.ASCII)


def parse_signal(text: str) -> tuple[str, str] | None:
    """Parse kill or pkill of a named process, such as `pkill -HUP nginx` or `kill -HUP $(pidof nginx)`.

    Returns the signal, one of SIGNALS, and the process. None: the text is empty. Raises ValueError.
    """
    if not text.strip():
        return None
    found = None
    if len(text) <= _MOST_CHARACTERS:
        command = " ".join(text.split())
        shell = _SHELL.fullmatch(command)
        command = _FORGIVING.sub("", shell["command"].strip() if shell else command)
        found = _BY_NAME.fullmatch(command) or _BY_NUMBER.fullmatch(command)
    if found is None:
        raise ValueError(
            f"is {quoted(text)}; omamori's image has nothing to run: only kill or pkill of a named process, such as "
            "pkill -HUP nginx, becomes a signal"
        )
    written, *names = found.groups()
    signal = _NUMBERS.get(written or "15", written or "")
    if signal not in SIGNALS:
        raise ValueError(f"sends {quoted(signal)}; omamori sends one of {', '.join(SIGNALS)}")
    return signal, next(filter(None, names))
