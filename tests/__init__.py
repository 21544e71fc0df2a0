"""Tests of omamori, from pure functions to a one-node cluster."""
