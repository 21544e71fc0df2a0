"""Shared parts of the command line: declaration of commands, options, terminal output, exit codes."""
