"""Make the C library's allocator return large blocks to the kernel at once.

Fact (mallopt(3)): glibc's threshold above which a block is a mapping of its own, and goes back to the kernel when it is
freed, rises with each such block that is freed, up to 32 MiB. After some large reviews, their blocks lie in the heap
between small ones, and the heap does not shrink. A fixed threshold does not rise.
"""

from __future__ import annotations

import ctypes

_M_MMAP_THRESHOLD = -3
_LARGE_BYTES = 64 * 1024


def give_large_blocks_back() -> None:
    """Set the threshold, where the C library is glibc; elsewhere nothing is done."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
