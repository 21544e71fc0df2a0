"""Find problems of an installation: collect facts from the cluster first, then judge them without I/O."""
