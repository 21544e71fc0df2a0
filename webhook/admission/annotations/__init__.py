"""Parse the annotations of a Pod."""
