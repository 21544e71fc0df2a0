"""Tests of access files and what is made of them."""
