"""What is wrong with a table in use: one module a subject."""
