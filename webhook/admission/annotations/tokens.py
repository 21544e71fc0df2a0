"""Parse the annotation of a Vault token for the application: a login of its own, never the agent's.

token.omamori.dev/NAME: "true"                      or, in the place of it, options: mode=0440 dir=/home/app
"""

from __future__ import annotations

from vault.contract.shown import quoted
from webhook.admission.annotations.grammar import ValueInvalid, parse_options
from webhook.admission.annotations.option_parser import parse_option_values
from webhook.admission.annotations.placement import check_placement
from webhook.admission.annotations.pod_annotations import TokenSpec
from webhook.admission.problems import Problems
from webhook.config.directories import parse_name
from webhook.config.row import rows_of

# neither a path that may be missing nor a lease belongs to a token
_OPTIONS = ("as", "dir", "mount", "mode", "containers", "vault", "role")
TOKEN_OPTIONS = {name: each for name, each in rows_of(TokenSpec).items() if name in _OPTIONS}

_ALONE = "true"


def parse_token(annotation: str, name: str, text: str) -> TokenSpec:
    """Parse it. Raises ValueError, or Rejected with every problem."""
    try:
        options = () if text.strip() == _ALONE else parse_options(text)
    except ValueInvalid:
        raise ValueError(
            f'is {quoted(text)}; write "true", or options: {", ".join(f"{each}=" for each in TOKEN_OPTIONS)}'
        ) from None
    problems = Problems()
    fields = parse_option_values(options, TOKEN_OPTIONS, problems)
    problems.raise_if_any()
    fields.setdefault("name", parse_name(name))
    spec = TokenSpec(annotation=annotation, **fields)
    check_placement(spec)
    return spec
