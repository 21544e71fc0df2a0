"""What every command of the command line has: its declaration, options, terminal, exit codes."""
