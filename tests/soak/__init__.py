"""Long proofs. `make e2e` runs them small, `make soak` at full scale, with results under docs/measurements."""
