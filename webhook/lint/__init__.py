"""Find in manifests what a cluster would refuse, ignore or do otherwise than meant, before they are applied.

`check` and `traps` are pure: an object and the settings become findings. The webhook's own code decides on its Pods.
"""
