"""Show what would become of the Pods of manifests: containers, files, variables, logins, and the policy for them."""
