"""`make bench`: everything, or the names given: decision, latency, program, sizes. All but the first need the parts."""

from __future__ import annotations

import sys

from tests.bench import decision, latency, program, sizes

BENCHES = {"decision": decision.main, "latency": latency.main, "program": program.main, "sizes": sizes.main}

for name in sys.argv[1:] or BENCHES:
    BENCHES[name]()
