"""The client certificate of a Pod of vault-k8s: files of its Secrets alone; the login by it, where it is allowed."""

from __future__ import annotations

import json

import pytest

from tests.support.webhook.builders import decided
from tests.support.webhook.vault_k8s import DOMAIN, Json, admitted, asking, named, our_container, plan_in, theirs
from webhook.admission.decision import Denied
from webhook.config.settings import Settings

ALLOWED = theirs(VAULT_MAIN_VAULTK8S_AUTH_METHODS="cert")
FILES = {"client_cert": "/vault/tls/tls.crt", "client_key": "/vault/tls/tls.key"}
CERT = {"auth_type": "cert", "tls_secret": "client", **FILES}


def _pod(**annotations: str) -> Json:
    """A Pod with these annotations and without a role; "-" leaves one out."""
    raw = asking(named(**{name: text for name, text in annotations.items() if text != "-"}))
    if annotations.get("auth_type") == "cert":
        del raw["metadata"]["annotations"][f"{DOMAIN}/role"]
    return raw


def _refused(**annotations: str) -> list[str]:
    return _refused_by(ALLOWED, annotations)


def _refused_by(using: Settings, annotations: dict[str, str]) -> list[str]:
    decision = decided(_pod(**annotations), using)
    assert isinstance(decision, Denied), decision
    return [str(each).removeprefix(f"{DOMAIN}/") for each in decision.problems]


def test_off_by_default() -> None:
    """Until the administrator allows it for the Vault, a login by certificate is refused, and names the setting."""
    for using in (theirs(), theirs(VAULT_MAIN_VAULTK8S_AUTH_METHODS="approle,aws")):
        (problem,) = _refused_by(using, CERT)
        assert problem.startswith("auth-type: is 'cert', which the administrator's settings do not allow at the Vault ")
        assert "(vaultK8sAuthMethods)" in problem


def test_login() -> None:
    """The Plan names both files, which our container alone has, and the role by its own parameter."""
    new, warnings = admitted(_pod(**CERT), ALLOWED)
    session = plan_in(new).sessions[0]
    assert (session.auth_kind, session.auth_mount, session.role, session.certificate_role) == (
        "cert",
        "cert",
        "cert",
        "",
    )
    assert (session.client_certificate_file, session.client_key_file) == tuple(FILES.values())
    mount = {"name": "omamori-tls-secret", "mountPath": "/vault/tls", "readOnly": True}
    volume = {"name": "omamori-tls-secret", "secret": {"secretName": "client", "defaultMode": 0o644}}
    assert mount in our_container(new)["volumeMounts"]
    assert volume in new["spec"]["volumes"]
    assert json.dumps(new).count('/vault/tls"') == 1
    assert warnings == ()

    other = plan_in(admitted(_pod(**CERT, auth_path="auth/team/certs", auth_config_name="shop"), ALLOWED)[0]).sessions[
        0
    ]
    assert (other.auth_mount, other.certificate_role) == ("team/certs", "shop")


def test_parameters_of_the_method() -> None:
    """Its own parameters name the files as well; the CA is the settings', and a file is always read again."""
    own = {
        "auth_config_client_cert": "/vault/custom/a.crt",
        "auth_config_client_key": "/vault/custom/a.key",
        "auth_config_ca_cert": "/vault/custom/ca.crt",
        "auth_config_reload": "true",
    }
    new, (warning,) = admitted(_pod(auth_type="cert", agent_extra_secret="ids", **own), ALLOWED)
    session = plan_in(new).sessions[0]
    assert (session.client_certificate_file, session.client_key_file) == ("/vault/custom/a.crt", "/vault/custom/a.key")
    assert warning.startswith(f"{DOMAIN}/auth-config-ca-cert: the CA is that of the administrator's settings")

    problems = _refused(**CERT, agent_extra_secret="ids", auth_config_client_cert="/vault/custom/a.crt")
    assert problems == ["client-cert: is another file than that of auth-config-client-cert; name one"]


def test_beside_another_login() -> None:
    """A Vault may ask for a certificate whatever the login: none needs to be allowed to show one."""
    session = plan_in(admitted(_pod(tls_secret="client", **FILES))[0]).sessions[0]
    assert (session.auth_kind, session.client_key_file) == ("kubernetes", "/vault/tls/tls.key")
    (problem,) = _refused(tls_secret="client", auth_config_client_cert="/vault/tls/tls.crt")
    assert "has no such parameter" in problem


def test_a_secret_that_nothing_names() -> None:
    """The Secret is not mounted where no file of it is named: most have the CA in it, which is the settings'."""
    new, (warning,) = admitted(_pod(tls_secret="client", ca_cert="-"))
    assert warning.startswith(f"{DOMAIN}/tls-secret: neither client-cert nor client-key names a file of it")
    assert "omamori-tls-secret" not in json.dumps(new)


@pytest.mark.parametrize(
    "path",
    [
        *("/var/run/secrets/kubernetes.io/serviceaccount/token", "/vault/tls", "/vault/tls/", "tls/x", "/vault/tlsx/a"),
        *("/vault/tls/../secrets/x", "/vault/tls//x", "/proc/self/environ", "/vault/tls/a\nb", "/vault/secrets/db"),
    ],
)
@pytest.mark.parametrize("annotation", ["client-cert", "client-key", "auth-config-client-cert"])
def test_files_of_the_secrets_alone(annotation: str, path: str) -> None:
    """Any other file is refused, and the author told which are taken."""
    others = {**CERT, "client_cert": "-" if annotation.startswith("auth") else CERT["client_cert"]}
    problems = _refused(**{**others, annotation.replace("-", "_"): path})
    assert problems[0].startswith(f"{annotation}: is ")
    assert problems[0].endswith(
        "; write a file of agent-extra-secret, below /vault/custom or of tls-secret, below /vault/tls"
    )


@pytest.mark.parametrize(
    ("annotations", "problem"),
    [
        ({"client_key": "-"}, "client-key: is missing"),
        ({"client_cert": "-"}, "client-cert: is missing"),
        ({"client_cert": "-", "client_key": "-"}, "auth-type: is cert: name the client certificate and its key"),
        ({"tls_secret": "-"}, "tls-secret: is missing: name the Secret whose files are at /vault/tls"),
        ({"client_key": "/vault/custom/k"}, "agent-extra-secret: is missing: name the Secret whose files are at"),
        ({"auth_config_name": "no role"}, "auth-config-name: "),
        ({"auth_config_cn": "x"}, "auth-config-cn: omamori logs in by cert, and has no such parameter for it"),
    ],
)
def test_what_is_wrong(annotations: dict[str, str], problem: str) -> None:
    """What is missing, or not known, is told with the annotation."""
    (found,) = _refused(**{**CERT, **annotations})
    assert found.startswith(problem)


def test_without_tls() -> None:
    """There is no certificate where there is no TLS."""
    insecure = theirs(
        VAULT_MAIN_VAULTK8S_AUTH_METHODS="cert", VAULT_MAIN_ADDRESS="http://vault", VAULT_MAIN_INSECURE_HTTP="true"
    )
    (problem,) = _refused_by(insecure, CERT)
    assert problem.startswith("auth-type: is cert, which needs TLS, and the Vault main is without")
