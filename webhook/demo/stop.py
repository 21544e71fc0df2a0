"""A step of the demo that cannot go on says why, and what to do."""


class DemoStopped(Exception):
    """The demo ends here; not a mistake of omamori."""

    def __init__(self, message: str, hint: str) -> None:
        """Say what happened and what to do."""
        super().__init__(message)
        self.hint = hint
