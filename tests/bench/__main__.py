"""`make bench`: everything, or the names given (the keys of BENCHES).

All but the first two need the parts.
"""

from __future__ import annotations

import sys

from tests.bench import decision, formats, latency, program, ready, sizes, start, templates, worst

BENCHES = {
    "decision": decision.main,
    "worst": worst.main,
    "latency": latency.main,
    "program": program.main,
    "templates": templates.main,
    "formats": formats.main,
    "sizes": sizes.main,
    "start": start.main,
    "ready": ready.main,
}

for name in sys.argv[1:] or BENCHES:
    BENCHES[name]()
