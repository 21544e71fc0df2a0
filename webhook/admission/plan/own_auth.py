"""The auth methods by what the author of a Pod brings: whether the administrator allows them, and what they need."""

from __future__ import annotations

from collections.abc import Iterator

from vault.contract.names import AWS_DIRECTORY
from vault.contract.plan import APP_ROLE, AWS, OWN_AUTH_KINDS, AwsLogin
from vault.contract.shown import quoted
from webhook.admission.annotations.pod_annotations import InjectionSpec
from webhook.admission.annotations.values import AwsRole
from webhook.admission.pod.facts import PodFacts
from webhook.admission.pod.volumes import SERVICE_ACCOUNT_TOKENS
from webhook.admission.problems import Problem
from webhook.admission.reasons import Reason
from webhook.config.settings import VaultSettings

_GLOBAL_HOST = "sts.amazonaws.com"
_GLOBAL_REGION = "us-east-1"


def check_own_auth(spec: InjectionSpec, pod: PodFacts, vault: VaultSettings) -> Iterator[Problem]:
    """Say whether the method is not allowed, and what it lacks in the Pod or the settings."""
    kind = spec.login.auth_kind
    if kind not in OWN_AUTH_KINDS:
        return
    annotation = spec.annotation_of("auth-kind")
    if kind not in vault.vault_k8s_auth_methods:
        what = (
            f"is {quoted(kind)}, which the administrator's settings do not allow at the Vault {vault.name} "
            "(vaultK8sAuthMethods): log in with the Pod's ServiceAccount"
        )
        yield Problem(Reason.VAULT, annotation, what)
    if vault.address.startswith("http://"):
        what = f"is {kind}, which needs TLS, and the Vault {vault.name} is without"
        yield Problem(Reason.VAULT, annotation, what)
    aws = spec.login.aws
    if kind == AWS and aws is not None and aws.volume:
        found = dict(pod.volumes).get(aws.volume, "not in the Pod")
        if found != SERVICE_ACCOUNT_TOKENS:
            what = (
                f"is aws, and AWS_WEB_IDENTITY_TOKEN_FILE is in the volume {quoted(aws.volume)}, which is {found}; "
                "a token for AWS is taken from a projected volume with a serviceAccountToken and nothing else"
            )
            yield Problem(Reason.VOLUME, annotation, what)


def allows_app_role(vault: VaultSettings) -> bool:
    """Whether an agent configuration may log in by AppRole at a Vault: as an annotation may."""
    return APP_ROLE in vault.vault_k8s_auth_methods and not vault.address.startswith("http://")


def plan_aws(role: AwsRole, vault: VaultSettings) -> AwsLogin:
    """Plan the login by an IAM role. For the proof vault agent takes AWS's global address in the first region."""
    return AwsLogin(
        role_arn=role.role_arn,
        token_file=f"{AWS_DIRECTORY}/{role.path}" if role.volume else "",
        sts_address=vault.aws_sts_address or f"https://{_host(role.sts_region)}",
        sts_ca_directory=vault.aws_sts_ca_directory,
        identity_host=_GLOBAL_HOST if role.region == _GLOBAL_REGION else _host(role.region),
        region=role.region,
        server_id=role.server_id,
    )


def _host(region: str) -> str:
    """Return the host of STS in a region, "" being the global one; China's has a domain of its own."""
    if not region:
        return _GLOBAL_HOST
    return f"sts.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}"
