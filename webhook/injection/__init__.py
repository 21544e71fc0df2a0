"""What is added to a Pod, and how: `inject(pod, injection)` gives a new Pod and changes nothing of the old one."""

from webhook.injection.inject import inject

__all__ = ["inject"]
