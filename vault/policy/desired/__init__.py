"""The desired state: the policies, roles and mounts that access files declare."""
