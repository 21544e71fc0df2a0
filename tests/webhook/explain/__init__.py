"""Tests of `omamori explain`."""
