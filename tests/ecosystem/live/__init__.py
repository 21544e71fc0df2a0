"""The tools themselves, on a cluster with omamori installed by its chart: `make ecosystem`."""
