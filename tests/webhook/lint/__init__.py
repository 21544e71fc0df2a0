"""Tests of `omamori lint`."""
