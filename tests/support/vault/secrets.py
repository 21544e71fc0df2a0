"""Generated secrets, as an answer of Vault gives them."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from vault.agent.api.http import Response
from vault.agent.api.responses import parse_answer
from vault.agent.secret import Secret

# characters that some format treats as its own, more often than chance would have them
_SPECIAL = "'\"\\$`{}()#=:!%&;<>|~*?[] \t\r\n\f\v\x00\x01\x1b\x7f\x85\xa0éß€\u2028\ufeff\ufffe\U0001f512"
TEXTS = st.text(st.sampled_from(_SPECIAL + "abAB01,-_/@") | st.characters(exclude_categories=["Cs"]), max_size=16)
# no names that mean something to a shell itself: every one begins with k_
NAMES = st.from_regex(r"k_[A-Za-z0-9_]{0,4}", fullmatch=True)
NUMBERS = st.sampled_from(
    ["0", "-1", "1.10", "1e3", "1E400", "-0.5e-7", "1.0E+2", "12345678901234567890", "true", "1e-9"]
)
JSON_TEXTS: st.SearchStrategy[str] = st.recursive(
    NUMBERS | st.just("null") | TEXTS.map(json.dumps),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda each: f"[{','.join(each)}]")
        | st.dictionaries(TEXTS, inner, max_size=3).map(
            lambda each: "{" + ",".join(f"{json.dumps(name)}:{value}" for name, value in each.items()) + "}"
        )
    ),
    max_leaves=8,
)


def from_vault(data: str) -> dict[str, Any]:
    """Give the keys and values of a secret whose JSON text is `data`, read as an answer of Vault is."""
    body = f'{{"data":{data}}}'.encode()
    values = parse_answer(Response(status=200, headers={}, body=Secret(body), keeps_open=True)).data
    assert values is not None
    return values


SECRETS = st.dictionaries(TEXTS, JSON_TEXTS, max_size=4).map(
    lambda each: from_vault("{" + ",".join(f"{json.dumps(name)}:{value}" for name, value in each.items()) + "}")
)
