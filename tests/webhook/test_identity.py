"""As whom our container runs, and who can read its files."""

from __future__ import annotations

import pytest

from tests.support.webhook.builders import asking, decided, ours, plan_of, pod, reasons, secured
from webhook.admission.decision import Denied, Patched


@pytest.mark.parametrize(
    ("why", "containers", "of_pod", "annotation", "user", "group", "mode"),
    [
        ("the image decides", [None], {}, None, 65532, 65532, "0444"),
        ("one explicit user", [1000], {}, None, 1000, None, "0400"),
        ("the Pod's user", [None], {"runAsUser": 1000}, None, 1000, None, "0400"),
        ("the container's before the Pod's", [2000], {"runAsUser": 1000}, None, 2000, None, "0400"),
        ("equal users", [1000, 1000], {}, None, 1000, None, "0400"),
        ("different users", [1000, 2000], {}, None, 65532, 65532, "0444"),
        ("one known, one not", [1000, None], {}, None, 65532, 65532, "0444"),
        ("an fsGroup", [None], {"fsGroup": 3000}, None, 65532, 65532, "0440"),
        ("an fsGroup and different users", [1000, 2000], {"fsGroup": 3000}, None, 65532, 65532, "0440"),
        ("one user before an fsGroup", [1000], {"fsGroup": 3000}, None, 1000, None, "0400"),
        ("root", [0], {}, None, 65532, 0, "0440"),
        ("root and another", [0, 1000], {}, None, 65532, 65532, "0444"),
        ("root with an fsGroup", [0], {"fsGroup": 3000}, None, 65532, 65532, "0440"),
        ("stated by the author", [None], {}, "1234", 1234, None, "0400"),
    ],
)
def test_identity(
    why: str,
    containers: list[int | None],
    of_pod: dict[str, int],
    annotation: str | None,
    user: int,
    group: int | None,
    mode: str,
) -> None:
    """The table of webhook/admission/plan/security_context.py, row by row."""
    raw = asking(
        containers=[{"name": f"c{n}", "securityContext": secured(each)} for n, each in enumerate(containers)],
        securityContext=of_pod,
    )
    if annotation:
        raw["metadata"]["annotations"]["omamori.dev/run-as-user"] = annotation

    security = ours(raw)["securityContext"]

    assert (security["runAsUser"], security.get("runAsGroup")) == (user, group), why
    assert plan_of(raw).outputs[0].mode == mode, why


def test_user_left_to_the_platform() -> None:
    """On OpenShift the platform gives every container of a namespace one user, and the Pod a group."""
    security = ours(asking(), AGENT_UNSET_USER="true")["securityContext"]

    assert "runAsUser" not in security
    assert security["runAsNonRoot"]
    assert plan_of(asking(), AGENT_UNSET_USER="true").outputs[0].mode == "0440"


@pytest.mark.parametrize(
    ("user", "mode", "outcome"),
    [
        (1000, "0400", "accepted"),
        (1000, "0044", "accepted"),
        (1000, "0040", "refused"),
        (None, "0400", "warned"),
        (None, "0444", "accepted"),
        (0, "0400", "warned"),
    ],
)
def test_mode_that_cannot_be_read(user: int | None, mode: str, outcome: str) -> None:
    """A mode is refused where the user is known and cannot read it, and warned of where nobody knows."""
    raw = pod(
        {"file.omamori.dev/a": f"kv/a#k mode={mode}"}, containers=[{"name": "app", "securityContext": secured(user)}]
    )
    decision = decided(raw)

    if outcome == "refused":
        assert isinstance(decision, Denied)
        assert decision.reason == "mode"
    else:
        assert isinstance(decision, Patched)
        assert any("may be unreadable" in each for each in decision.warnings) == (outcome == "warned")
        assert plan_of(raw).outputs[0].mode == mode
        assert plan_of(raw).warnings == decision.warnings


@pytest.mark.parametrize(("mode", "warned"), [("0400", False), ("0440", False), ("0040", True)])
def test_mode_where_the_author_says_the_user(mode: str, *, warned: bool) -> None:
    """`omamori.dev/run-as-user` says who reads the files of an image: a mode for the owner is then no question."""
    raw = pod({"file.omamori.dev/a": f"kv/a#k mode={mode}", "omamori.dev/run-as-user": "1000"})
    decision = decided(raw)

    assert isinstance(decision, Patched)
    assert any("may be unreadable" in each for each in decision.warnings) is warned


def test_stated_user_contradicts() -> None:
    """A stated user that is not the container's own is a mistake."""
    raw = asking(containers=[{"name": "app", "securityContext": secured(1000)}])
    raw["metadata"]["annotations"]["omamori.dev/run-as-user"] = "2000"
    assert reasons(raw) == ["run-as-user"]
