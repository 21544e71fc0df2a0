"""What templates give, as a table that Go itself has answered."""

from __future__ import annotations

import pytest

from tests.support.vault.gotemplates import Answer, Case, ask_ours
from tests.support.vault.gotemplates_cases import CASES


@pytest.mark.parametrize(("case", "expected"), CASES, ids=lambda each: getattr(each, "template", b"").decode() or None)
def test_a_template_gives_what_go_makes_of_it(case: Case, expected: Answer) -> None:
    """Each template of the table renders to the output beside it, or is refused in these words."""
    given = ask_ours(case)

    assert given.output == expected.output, given.error
    assert given.error == expected.error
