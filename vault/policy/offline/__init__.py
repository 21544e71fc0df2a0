"""Answers from access files alone: evaluated, asserted, exported, without a Vault."""
