"""The login by AppRole of a Pod of vault-k8s: where the administrator allows it, and from the extra Secret alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.webhook.builders import decided
from tests.support.webhook.vault_k8s import DOMAIN, Json, admitted, asking, named, our_container, plan_in, theirs
from tests.webhook.suggested import Suggest
from webhook.admission.decision import Denied

ALLOWED = theirs(VAULT_MAIN_VAULTK8S_AUTH_METHODS="approle")
FILES = {
    "auth_config_role_id_file_path": "/vault/custom/role-id",
    "auth_config_secret_id_file_path": "/vault/custom/secret-id",
}
USUAL = {"auth_type": "approle", "agent_extra_secret": "ids", **FILES}


def _pod(**annotations: str) -> Json:
    """A Pod that logs in by AppRole, without a role."""
    raw = asking(named(**{**USUAL, **annotations}))
    if "role" not in annotations:
        del raw["metadata"]["annotations"][f"{DOMAIN}/role"]
    return raw


def _refused(raw: Json) -> list[str]:
    decision = decided(raw, ALLOWED)
    assert isinstance(decision, Denied), decision
    return [str(each).removeprefix(f"{DOMAIN}/") for each in decision.problems]


def test_off_by_default() -> None:
    """Until the administrator allows it for the Vault, such a Pod is refused."""
    decision = decided(_pod(), theirs())
    assert isinstance(decision, Denied)
    (problem,) = decision.problems
    assert str(problem).startswith(f"{DOMAIN}/auth-type: is 'approle', which the administrator's settings do not allow")
    assert "(vaultK8sAuthMethods)" in str(problem)
    other = decided(_pod(), theirs(VAULT_MAIN_VAULTK8S_AUTH_METHODS="cert,aws"))
    assert isinstance(other, Denied)


def test_allowed() -> None:
    """The Plan names the files, which our container has; a role is for messages alone."""
    new, warnings = admitted(_pod(), ALLOWED)
    session = plan_in(new).sessions[0]
    assert (session.auth_kind, session.auth_mount, session.role) == ("approle", "approle", "approle")
    assert (session.role_id_file, session.secret_id_file) == tuple(FILES.values())
    assert "/vault/custom" in [each["mountPath"] for each in our_container(new)["volumeMounts"]]
    assert warnings == ()
    other = plan_in(admitted(_pod(auth_path="auth/team/ids", role="shop"), ALLOWED)[0]).sessions[0]
    assert (other.auth_mount, other.role) == ("team/ids", "shop")


def test_others_are_not_touched() -> None:
    """Where it is allowed, a Pod that does not ask for it logs in as ever, and may not name such files."""
    session = plan_in(admitted(asking(), ALLOWED)[0]).sessions[0]
    assert (session.auth_kind, session.role_id_file, session.secret_id_file) == ("kubernetes", "", "")
    assert len(_refused(asking(named(agent_extra_secret="ids", **FILES)))) == 2


def test_without_a_secret_id() -> None:
    """A role of Vault's that binds no secret id needs none."""
    raw = _pod()
    del raw["metadata"]["annotations"][f"{DOMAIN}/auth-config-secret-id-file-path"]
    assert plan_in(admitted(raw, ALLOWED)[0]).sessions[0].secret_id_file == ""


def test_nothing_is_removed() -> None:
    """That the secret id's file be removed is passed over, with a warning."""
    _, (warning,) = admitted(_pod(auth_config_remove_secret_id_file_after_reading="true"), ALLOWED)
    assert "omamori removes none" in warning


def test_wrapped() -> None:
    """The Plan has the path by which the secret id was wrapped; there has to be a file."""
    wrapping = {"auth_config_secret_id_response_wrapping_path": "/auth/approle/role/x/secret-id"}
    session = plan_in(admitted(_pod(**wrapping), ALLOWED)[0]).sessions[0]
    assert session.secret_id_wrapping_path == "auth/approle/role/x/secret-id"
    raw = _pod(**wrapping)
    del raw["metadata"]["annotations"][f"{DOMAIN}/auth-config-secret-id-file-path"]
    (problem,) = _refused(raw)
    assert problem.startswith("auth-config-secret-id-response-wrapping-path: wraps the secret id: name its file in ")


@pytest.mark.parametrize(
    "path",
    [
        *("/var/run/secrets/kubernetes.io/serviceaccount/token", "/vault/custom", "/vault/custom/", "custom/x", ""),
        *("/vault/custom/../secrets/x", "/vault/custom//x", "/vault/customs/x", "/vault/custom/a\nb"),
    ],
)
def test_files_of_the_extra_secret_alone(path: str) -> None:
    """Another file is refused: what it holds would be sent to Vault."""
    problems = _refused(_pod(auth_config_secret_id_file_path=path))
    assert [each.partition(": ")[0] for each in problems] == ["auth-config-secret-id-file-path"]


def test_what_is_missing() -> None:
    """Without the Secret, or the file of the role id, the author is told what to write."""
    (problem,) = _refused(_pod(agent_extra_secret=""))
    assert problem == "auth-type: is approle: name the Secret with its files in agent-extra-secret"
    raw = _pod()
    del raw["metadata"]["annotations"][f"{DOMAIN}/auth-config-role-id-file-path"]
    assert _refused(raw) == ["auth-type: is approle: name the file with the role id in auth-config-role-id-file-path"]


@pytest.mark.usefixtures("no_settings")
def test_suggest(suggest: Suggest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`policy suggest` passes over such a Pod: its rights are not those of a ServiceAccount."""
    for name, value in {
        "VAULTS": "main",
        "VAULT_MAIN_ADDRESS": "https://vault.example.com:8200",
        "VAULT_MAIN_VAULTK8S_AUTH_METHODS": "approle",
        "DIALECT_VAULTK8S": "true",
    }.items():
        monkeypatch.setenv(f"OMAMORI_{name}", value)
    lines = "".join(f'    {name}: "{text}"\n' for name, text in _pod()["metadata"]["annotations"].items())
    (tmp_path / "pod.yaml").write_text(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: app\n  namespace: shop\n  annotations:\n"
        f"{lines}spec:\n  containers:\n    - name: app\n"
    )
    _, out, err = suggest(tmp_path / "pod.yaml")
    assert "secret/data" not in out
    assert "it logs in by approle" in err[0]
