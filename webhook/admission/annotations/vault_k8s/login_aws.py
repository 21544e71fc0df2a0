"""The login by AWS IAM: by the Pod's own IAM role (IRSA), of which its containers' variables speak.

Facts (amazon-eks-pod-identity-webhook)
- EKS's webhook gives each container AWS_ROLE_ARN, AWS_WEB_IDENTITY_TOKEN_FILE, the regions, and the mount of a
  projected volume with a token. It may come after omamori's, whose name is in front: the API server then asks omamori
  again.
- With EKS Pod Identity there is AWS_CONTAINER_CREDENTIALS_FULL_URI instead, the address of an agent on the node.
"""

from __future__ import annotations

import re

from vault.contract.origins import is_header_value
from vault.contract.shown import quoted
from webhook.admission.annotations.values import AwsRole
from webhook.admission.annotations.vault_k8s.given import Given
from webhook.admission.annotations.vault_k8s.parameters import parameters_of
from webhook.admission.annotations.vault_k8s.surroundings import AwsVariables
from webhook.admission.annotations.vault_k8s.table import DOMAIN

_AUTH_TYPE = f"{DOMAIN}/auth-type"
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]{2,12}){1,3}-[0-9]{1,2}")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]{1,600}", re.ASCII)
_DEFAULT_REGION = "us-east-1"
_MOST_CHARACTERS = 256


def parse_aws(given: Given, around: AwsVariables | None) -> AwsRole:
    """Return what is said of the IAM role; what is wrong is added to the problems."""
    parameters = parameters_of(given)
    kind, annotation = parameters.get("type", ("", f"{DOMAIN}/auth-config-type"))
    if kind != "iam":
        what = f"is {quoted(kind)}" if kind else "is missing"
        given.refuse(annotation, f"{what}; write iam: of ec2 the whole node logs in, and every Pod on it alike")
    region, annotation = parameters.get("region", (_DEFAULT_REGION, ""))
    if not _REGION.fullmatch(region):
        given.refuse(annotation, f"is {quoted(region)}; write a region of AWS, for example {_DEFAULT_REGION}")
    server_id, annotation = parameters.get("header_value", ("", ""))
    if not is_header_value(server_id) or len(server_id) > _MOST_CHARACTERS:
        what = f"is {quoted(server_id)}; write at most {_MOST_CHARACTERS} printable ASCII characters"
        given.refuse(annotation, what)
    found = around or AwsVariables()
    if found.has_pod_identity and not found.role_arn:
        what = (
            "is aws, and the Pod has EKS Pod Identity: its credentials come by plain HTTP from the node, which omamori "
            "does not ask; give the ServiceAccount its role by the annotation eks.amazonaws.com/role-arn (IRSA)"
        )
        given.refuse(_AUTH_TYPE, what)
    elif not found.role_arn:
        what = (
            "is aws, and no container has AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE yet: EKS's webhook has to come, "
            "and the ServiceAccount to have the annotation eks.amazonaws.com/role-arn; else omamori's container fails"
        )
        given.warn(_AUTH_TYPE, what)
    else:
        _check(given, found)
    return AwsRole(
        role_arn=found.role_arn,
        volume=found.volume,
        path=found.path,
        sts_region=found.region,
        region=region,
        server_id=server_id,
    )


def _check(given: Given, found: AwsVariables) -> None:
    container = f"is aws, and the container {quoted(found.container)} has"
    if not _ROLE.fullmatch(found.role_arn):
        given.refuse(_AUTH_TYPE, f"{container} AWS_ROLE_ARN={quoted(found.role_arn)}, which is no ARN of a role")
    if found.region and not _REGION.fullmatch(found.region):
        given.refuse(_AUTH_TYPE, f"{container} the region {quoted(found.region)}, which is no region of AWS")
    if not found.volume:
        given.refuse(_AUTH_TYPE, f"{container} no mount with the file of its AWS_WEB_IDENTITY_TOKEN_FILE")
