"""Tests of deploy/chart and of what is made of it."""
