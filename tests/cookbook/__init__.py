"""The recipes of docs/cookbook.md, each run to the application's own reader."""
