"""The login by AWS IAM of a Pod of vault-k8s: with the IAM role that EKS gives the Pod, where it is allowed."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import jsonpatch
import pytest

from tests.support.webhook.builders import decided
from tests.support.webhook.vault_k8s import DOMAIN, Json, admitted, asking, named, our_container, plan_in, theirs
from vault.contract.plan import AwsLogin
from webhook.admission.decision import Denied, Patched
from webhook.config.settings import Settings

ALLOWED = theirs(VAULT_MAIN_VAULTK8S_AUTH_METHODS="aws")
IAM = {"auth_type": "aws", "auth_config_type": "iam"}
ROLE_ARN = "arn:aws:iam::123456789012:role/team/shop"
PLACE = "/var/run/secrets/eks.amazonaws.com/serviceaccount"
ENV = {
    "AWS_STS_REGIONAL_ENDPOINTS": "regional",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_REGION": "eu-central-1",
    "AWS_ROLE_ARN": ROLE_ARN,
    "AWS_WEB_IDENTITY_TOKEN_FILE": f"{PLACE}/token",
}
TOKEN = {"serviceAccountToken": {"audience": "sts.amazonaws.com", "expirationSeconds": 86400, "path": "token"}}


def _with_role(raw: Json, env: dict[str, str], source: Any = None, *, containers: int = 1) -> Json:
    """Give the Pod as EKS's webhook leaves it: the variables, the mount and the volume."""
    new = deepcopy(raw)
    for each in new["spec"]["containers"][:containers]:
        each["env"] = [{"name": name, "value": value} for name, value in env.items()]
        each["volumeMounts"] = [
            *each.get("volumeMounts", []),
            {"name": "aws-iam-token", "mountPath": PLACE, "readOnly": True},
        ]
    volume = {"name": "aws-iam-token", **(source or {"projected": {"defaultMode": 420, "sources": [TOKEN]}})}
    new["spec"]["volumes"] = [*new["spec"].get("volumes", []), volume]
    return new


def _pod(env: dict[str, str] = ENV, source: Any = None, annotations: dict[str, str] | None = None) -> Json:
    raw = asking(named(**{**IAM, **(annotations or {})}), containers=[{"name": "app"}])
    return _with_role(raw, env, source)


def _refused(raw: Json, using: Settings = ALLOWED) -> str:
    decision = decided(raw, using)
    assert isinstance(decision, Denied), decision
    (problem,) = decision.problems
    return str(problem).removeprefix(f"{DOMAIN}/")


def test_off_by_default() -> None:
    """Until the administrator allows it for the Vault, it is refused, and the setting is named."""
    for using in (theirs(), theirs(VAULT_MAIN_VAULTK8S_AUTH_METHODS="approle,cert")):
        assert "is 'aws', which the administrator's settings do not allow" in _refused(_pod(), using)


def test_plan() -> None:
    """The Plan has the role, where its token is in our container, and where AWS is asked; no key and no token."""
    new, warnings = admitted(_pod(), ALLOWED)
    session = plan_in(new).sessions[0]
    assert (session.auth_kind, session.auth_mount, session.role) == ("aws", "aws", "shop")
    assert session.aws == AwsLogin(
        role_arn=ROLE_ARN,
        token_file="/omamori/aws/token",
        sts_address="https://sts.eu-central-1.amazonaws.com",
        identity_host="sts.amazonaws.com",
        region="us-east-1",
    )
    mount = {"name": "aws-iam-token", "mountPath": "/omamori/aws", "readOnly": True}
    assert mount in our_container(new)["volumeMounts"]
    assert not [each for each in our_container(new)["env"] if each["name"].startswith("AWS_")]
    assert warnings == ()


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("us-east-1", "sts.amazonaws.com"),
        ("eu-central-1", "sts.eu-central-1.amazonaws.com"),
        ("us-gov-west-1", "sts.us-gov-west-1.amazonaws.com"),
        ("cn-north-1", "sts.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_regions(region: str, host: str) -> None:
    """The proof is for the region that the annotation names; the role is assumed in the Pod's own."""
    more = {"auth_config_region": region, "auth_config_header_value": "vault.example.com", "auth_path": "auth/aws-2"}
    session = plan_in(admitted(_pod({**ENV, "AWS_REGION": region}, None, more), ALLOWED)[0]).sessions[0]
    assert session.aws is not None
    assert (session.aws.region, session.aws.identity_host) == (region, host)
    assert (session.aws.server_id, session.auth_mount) == ("vault.example.com", "aws-2")
    regional = host.replace("sts.amazonaws", "sts.us-east-1.amazonaws")
    assert session.aws.sts_address == f"https://{regional}"


def test_settings() -> None:
    """The administrator may name another address of STS, and its CA; without a region it is AWS's global one."""
    env = {name: value for name, value in ENV.items() if "REGION" not in name}
    using = theirs(
        VAULT_MAIN_VAULTK8S_AUTH_METHODS="aws",
        VAULT_MAIN_AWS_STS_ADDRESS="https://sts.internal:8443/",
        VAULT_MAIN_AWS_STS_CA_DIRECTORY="/etc/ssl/aws",
    )
    aws = plan_in(admitted(_pod(), using)[0]).sessions[0].aws
    assert aws is not None
    assert (aws.sts_address, aws.sts_ca_directory) == ("https://sts.internal:8443", "/etc/ssl/aws")
    found = plan_in(admitted(_pod(env), ALLOWED)[0]).sessions[0].aws
    assert found is not None
    assert found.sts_address == "https://sts.amazonaws.com"


def test_before_the_webhook_of_eks() -> None:
    """Asked before EKS's webhook has come, omamori warns; asked again after it, it has the role in the Plan."""
    raw = asking(named(**IAM), containers=[{"name": "app"}])
    first, (warning,) = admitted(raw, ALLOWED)
    assert warning.startswith(f"{DOMAIN}/auth-type: is aws, and no container has AWS_ROLE_ARN and ")
    session = plan_in(first).sessions[0]
    assert session.aws is not None
    assert (session.aws.role_arn, session.aws.token_file) == ("", "")

    between = _with_role(first, ENV)
    ours = our_container(between)
    ours["env"] += [{"name": name, "value": value} for name, value in ENV.items()]
    ours["volumeMounts"].append({"name": "aws-iam-token", "mountPath": PLACE, "readOnly": True})
    again = decided(between, ALLOWED)
    assert isinstance(again, Patched)
    assert again.warnings == ()
    last = jsonpatch.apply_patch(between, list(again.operations))
    assert plan_in(last) == plan_in(admitted(_pod(), ALLOWED)[0])
    assert [each["mountPath"] for each in our_container(last)["volumeMounts"] if each["name"] == "aws-iam-token"] == [
        "/omamori/aws"
    ]


def test_pod_identity() -> None:
    """EKS Pod Identity is refused with the reason; beside a role of IRSA it says nothing."""
    identity = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials"}
    assert "EKS Pod Identity: its credentials come by plain HTTP" in _refused(_pod(identity))
    assert admitted(_pod({**identity, **ENV}), ALLOWED)


@pytest.mark.parametrize("parameter", ["access_key", "secret-key", "session_token"])
def test_keys(parameter: str) -> None:
    """Keys in annotations are refused, and not shown."""
    problem = _refused(_pod(annotations={f"auth_config_{parameter}": "AKIDCANARY"}))
    assert problem.startswith(f"auth-config-{parameter.replace('_', '-')}: a secret in an annotation is open")
    assert "CANARY" not in problem


@pytest.mark.parametrize(
    ("annotations", "problem"),
    [
        ({"auth_config_type": "ec2"}, "auth-config-type: is 'ec2'; write iam: of ec2 the whole node logs in"),
        ({"auth_config_type": ""}, "auth-config-type: is missing; write iam"),
        ({"auth_config_region": "evil.example.com/"}, "auth-config-region: is 'evil.example.com/'; write a region"),
        ({"auth_config_region": ""}, "auth-config-region: is ''"),
        ({"auth_config_header_value": "a\nb"}, "auth-config-header-value: is "),
        ({"auth_config_nonce": "x"}, "auth-config-nonce: omamori logs in by aws, and has no such parameter"),
    ],
)
def test_wrong_parameters(annotations: dict[str, str], problem: str) -> None:
    """What cannot be is told with its annotation."""
    assert _refused(_pod(annotations=annotations)).startswith(problem)


@pytest.mark.parametrize(
    ("env", "problem"),
    [
        ({"AWS_ROLE_ARN": "arn:aws:iam::1:user/x"}, "which is no ARN of a role"),
        ({"AWS_REGION": "x.evil.example.com#"}, "which is no region of AWS"),
        ({"AWS_WEB_IDENTITY_TOKEN_FILE": "/etc/hostname"}, "no mount with the file of its AWS_WEB_IDENTITY_TOKEN_FILE"),
    ],
)
def test_wrong_variables(env: dict[str, str], problem: str) -> None:
    """Variables that somebody wrote by hand do not choose another host, nor another file."""
    found = _refused(_pod({**ENV, **env}))
    assert found.startswith("auth-type: is aws, and the container 'app' has")
    assert problem in found


@pytest.mark.parametrize(
    "source",
    [
        {"secret": {"secretName": "x"}},
        {"hostPath": {"path": "/"}},
        {"projected": {"sources": [TOKEN, {"secret": {"name": "x"}}]}},
    ],
)
def test_another_volume(source: dict[str, Any]) -> None:
    """What is sent to AWS is a token of the ServiceAccount, and no other file."""
    assert "a token for AWS is taken from a projected volume with a serviceAccountToken" in _refused(_pod(ENV, source))


def test_role_is_required() -> None:
    """As with vault agent, the role in Vault has to be named."""
    raw = _pod()
    del raw["metadata"]["annotations"][f"{DOMAIN}/role"]
    assert _refused(raw) == "role: name the role in Vault; there is none by default"
