"""End to end: real Pods on a real kubelet, admitted through the webhook, with secrets of a real Vault on DynamoDB.

One installation serves all tests (installation.py, as an operator would do it), two lists of Pods are applied once:
workloads.py, which get their secrets, and faults.py, which do not. Tests look at what became of them.
With OMAMORI_RECORD set to a folder, what people should read (`kubectl describe`, times) is left there.
"""
