"""Our own grammar: `file.omamori.dev/NAME` and the Pod-wide `omamori.dev/…` annotations."""

from webhook.dialects.own.annotations import parse

__all__ = ["parse"]
