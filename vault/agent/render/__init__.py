"""What an application reads: formats, each proved with its real reader; pure functions from values to bytes."""
