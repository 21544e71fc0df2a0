"""`make bench`: everything, or the names given: decision, worst, latency, program, sizes, start, ready.

All but the first two need the parts.
"""

from __future__ import annotations

import sys

from tests.bench import decision, latency, program, ready, sizes, start, worst

BENCHES = {
    "decision": decision.main,
    "worst": worst.main,
    "latency": latency.main,
    "program": program.main,
    "sizes": sizes.main,
    "start": start.main,
    "ready": ready.main,
}

for name in sys.argv[1:] or BENCHES:
    BENCHES[name]()
