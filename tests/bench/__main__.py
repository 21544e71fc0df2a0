"""`make bench`: everything, or the names given: decision, latency, program. The last two need the real parts."""

from __future__ import annotations

import sys

from tests.bench import decision, latency, program

BENCHES = {"decision": decision.main, "latency": latency.main, "program": program.main}

for name in sys.argv[1:] or BENCHES:
    BENCHES[name]()
