"""What a Pod is, as far as a decision looks at it, and which of its parts are ours."""
