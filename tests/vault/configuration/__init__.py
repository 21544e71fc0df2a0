"""Tests of agent configurations: what becomes of each option, and which Plan a Pod's files make."""
