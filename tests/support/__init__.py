"""Helpers that tests share. They import no test, and fast ones no real server: from here imports only go down."""
