"""Real servers for the tests: how each is built, started and stopped."""
