"""The webhook before a real API server without a node: every shape of answer, by dry run, in seconds."""
