"""File formats for applications: pure functions from values to bytes, tested with real readers."""
