"""What several tests of vault/ stand on: the server, a proxy that fails on purpose, fakes, and generated values."""
