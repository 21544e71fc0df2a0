"""The administrator's settings from the environment, and the value types they consist of."""
