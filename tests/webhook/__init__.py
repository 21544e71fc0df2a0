"""Tests of the Kubernetes side."""
