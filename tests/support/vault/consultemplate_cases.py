"""The cases of tests/cases/consultemplate.json and sprig.json: as gotemplate.json's, with Consul-Template's functions.

What the function `data` gives is a case's `data`, which is the text of JSON.
"""

from __future__ import annotations

from tests.support.vault.cases import read_cases
from tests.support.vault.gotemplates import Answer, Case

_OPTIONS = ("data", "missingkey")

CASES = [
    (
        Case(row["template"].encode(), **{name: row[name] for name in _OPTIONS if name in row}),
        Answer(None, row["refused"])
        if "refused" in row
        else Answer(bytes.fromhex(row["hex"]) if "hex" in row else row["output"].encode()),
    )
    for row in (*read_cases("consultemplate.json", 100), *read_cases("sprig.json", 100))
]
