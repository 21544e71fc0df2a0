"""What is wrong with an installation: read from the cluster as facts, and judged without asking anything."""
