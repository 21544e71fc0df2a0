"""Move what Pods take from Kubernetes Secrets to annotations: pure, but for `writing`, which fills Vault."""
