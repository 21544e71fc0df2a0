"""Move what Pods take from Kubernetes Secrets, or from Kamus, to annotations; pure."""
