"""Tests of Go's text/template in Python; tests/gotemplate compares it with Go's own."""
