"""The sidecar's state machine: what it knows, what it does next, what an outcome changes. Pure: no I/O, no clock."""
