"""The kinds of each tool."""
