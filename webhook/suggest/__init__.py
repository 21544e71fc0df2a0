"""Suggest access files from manifests, and annotations from secrets."""
