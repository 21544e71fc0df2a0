"""The standard library's signal by its C code alone: `signal` itself makes enumerations (docs/decisions/027).

Its constants are plain numbers, which is all the difference.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
else:
    import _signal as signal

__all__ = ["signal"]
