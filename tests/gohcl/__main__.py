"""Compares a range of seeds and prints what was counted.

python -m tests.gohcl FIRST LAST
"""

from __future__ import annotations

import sys
import time

from tests.gohcl.differences import Count, compare

BATCH = 1000
SHOWN = 8


def main(first: int, last: int) -> int:
    """Go through the seeds."""
    count = Count()
    started = time.monotonic()
    for begin in range(first, last, BATCH):
        compare(range(begin, min(begin + BATCH, last)), count)
    print(count.table())
    for each in count.differences[:SHOWN]:
        print("DIFFERENCE", each)
    print(f"{count.texts / (time.monotonic() - started):.0f} a second")
    return bool(count.differences)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
