"""The release: what make release leaves, and its programs for arm64 in an emulator."""
