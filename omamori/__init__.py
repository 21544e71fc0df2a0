"""For programs that make Pods: annotations of omamori on what other Python libraries build."""
