"""PostgreSQL runs in a sandbox, and ends with it."""

from __future__ import annotations

import pytest

from tests.realparts.postgresql import postgresql
from tests.realparts.sandbox import sandbox

pytestmark = pytest.mark.real


def test_it_answers() -> None:
    """The administrator can ask."""
    with sandbox() as box, postgresql(box) as server:
        assert server.query("select 6 * 7") == ["42"]
        assert server.query("select current_setting('server_version_num')::int >= 150000") == ["t"]
