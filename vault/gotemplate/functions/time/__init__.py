"""Go's package time, as far as functions of templates need it: moments, layouts and durations.

A moment is in UTC, or has the fixed offset that its text says: data of time zones is not in the agent's image, and what
is local is UTC there.
"""
