"""Findings as text for people, and in the formats that pipelines read."""
