"""The program in the Pod against HashiCorp Vault on DynamoDB, and what goes wrong there: real servers, no cluster.

The program runs as in a Pod, a process with a Plan in its environment (running.py). place.py gives the one Vault that
most tests share; a test that breaks it fixes it. What needs a kubelet is in tests/e2e.
"""
