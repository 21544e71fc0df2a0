"""Our templates beside Go's own: a generator of templates, and a program that asks both."""
