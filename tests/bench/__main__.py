"""`make bench`: everything, or the names given: decision, program."""

from __future__ import annotations

import sys

from tests.bench import decision, program

BENCHES = {"decision": decision.main, "program": program.main}

for name in sys.argv[1:] or BENCHES:
    BENCHES[name]()
