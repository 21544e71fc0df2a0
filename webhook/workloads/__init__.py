"""Where each tool keeps its Pod template: manifests to the Pods that their controllers would make of them.

Nothing here decides anything of a Pod, and no annotation is known here: the decision does not import this folder.
A new kind is a row or a rule in the file of its tool, and a case in tests/cases/manifests.
"""

PIPELINE_ACCOUNT = "pipeline-runner"  # of an installation of Kubeflow Pipelines for a single user
