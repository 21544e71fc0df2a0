"""Make the C library's allocator return large blocks to the kernel at once.

Facts (mallopt(3))
- glibc's threshold above which a block is a mapping of its own, and goes back to the kernel when it is freed, rises
  with each such block that is freed, up to 32 MiB. After some large reviews, their blocks lie in the heap between small
  ones, and the heap does not shrink. A fixed threshold does not rise.
- A mapping costs two calls of the kernel and fresh pages, so what each review needs must be below the threshold: uvloop
  reads from TLS into a new block of 256 KiB, and orjson takes twelve bytes for each byte of a review.
- With a fixed threshold, the end of the heap goes back to the kernel whenever more than 128 KiB are free there, and is
  fetched again for the next review; with 1 MiB it stays.
"""

from __future__ import annotations

import ctypes

_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_LARGE_BYTES = 320 * 1024
_KEPT_BYTES = 1024 * 1024


def give_large_blocks_back() -> None:
    """Set the thresholds, where the C library is glibc; elsewhere nothing is done."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
        mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)
