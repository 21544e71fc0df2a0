"""Helpers for the tests of what is on the webhook side."""
