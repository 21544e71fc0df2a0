"""Tests of omamori as `helm install` leaves it on a cluster."""
