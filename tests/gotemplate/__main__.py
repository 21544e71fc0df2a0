"""Compares a range of seeds and prints what was counted.

python -m tests.gotemplate FIRST LAST [SECONDS [functions|sprig]]

`functions`: templates with those of Consul-Template; `sprig`: with those of sprig in it.
"""

from __future__ import annotations

import sys
import time

from tests.gotemplate.differences import Count, compare, compare_functions, compare_sprig

BATCH = 500
SHOWN = 8


COMPARISONS = {"": compare, "functions": compare_functions, "sprig": compare_sprig}


def main(first: int, last: int, seconds: float, kind: str) -> int:
    """Go through the seeds, for no longer than that."""
    count = Count()
    started = time.monotonic()
    for begin in range(first, last, BATCH):
        COMPARISONS[kind](range(begin, min(begin + BATCH, last)), count)
        if time.monotonic() - started > seconds:
            break
    print(count.table())
    for each in count.differences[:SHOWN]:
        print("DIFFERENCE", each)
    for each in count.other_places[:SHOWN]:
        print("PLACE", each)
    print(f"seeds {first} to {first + count.templates}, {count.templates / (time.monotonic() - started):.0f} a second")
    return bool(count.differences)


if __name__ == "__main__":
    sys.exit(
        main(
            int(sys.argv[1]),
            int(sys.argv[2]),
            float(sys.argv[3]) if len(sys.argv) > 3 else 500,
            sys.argv[4] if len(sys.argv) > 4 else "",
        )
    )
