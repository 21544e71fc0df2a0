"""The error that stops the demo."""


class DemoStopped(Exception):
    """The demo cannot go on; the cause is not a bug of omamori."""

    def __init__(self, message: str, hint: str) -> None:
        """Take what happened and what to do."""
        super().__init__(message)
        self.hint = hint
