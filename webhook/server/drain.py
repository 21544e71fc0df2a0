"""A replica that receives SIGTERM goes on serving for a while, and sends its callers elsewhere.

After SIGTERM Kubernetes goes on routing to a Pod for seconds, and the API server keeps connections to it open. So: not
ready, but accepting and answering, each answer with `Connection: close`; the end comes when that time is over.
"""

from __future__ import annotations


class Drain:
    """Whether this replica is shutting down."""

    __slots__ = ("is_on",)

    def __init__(self) -> None:
        """Not yet."""
        self.is_on = False
