"""Our regular expressions beside Go's own: a generator of patterns and texts, and a program that asks both."""
