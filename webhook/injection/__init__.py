"""What is added to a Pod, and how: parts are rendered once, and `inject(pod, parts)` gives a new Pod."""

from webhook.injection.inject import inject
from webhook.injection.parts import Parts, render_parts

__all__ = ["Parts", "inject", "render_parts"]
