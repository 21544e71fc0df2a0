"""Convert manifests to the Pods that their controllers would create.

This folder makes no decision on Pods and knows no annotations; the decision does not import it.
A new kind is a row or a rule in the file of its tool, and a case in tests/cases/manifests.
"""

PIPELINE_ACCOUNT = "pipeline-runner"  # of an installation of Kubeflow Pipelines for a single user
