"""Coverage-guided search for inputs that a parser takes badly: `python -m tests.fuzz TARGET FOLDER [OPTION…]`.

Each target is one function from bytes; it returns, or breaks its own promise with an AssertionError or an error that is
not ours. `make soak` searches for an hour and more; `make e2e` does the same for seconds.
"""
