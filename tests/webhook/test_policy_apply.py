"""`omamori policy apply`: what was reviewed is what is applied, many deletions are asked about, tokens stay hidden."""

from __future__ import annotations

from pathlib import Path

import jwt
import pytest

from tests.support.canary import Canary, occurrences
from tests.support.vault.access import Ground
from tests.webhook.policy_calls import Call, written


def test_a_kept_plan(ground: Ground, call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is applied as it was shown; once Vault has changed it is refused, and so it is at another Vault."""
    kept = tmp_path / "plan.json"
    call("apply", "-f", written(tmp_path, ground))
    call("plan", "-f", written(tmp_path, ground, ttl="20m"), "--out", kept)
    call("apply", "-f", written(tmp_path, ground, ttl="30m"))
    capsys.readouterr()

    file = written(tmp_path, ground, ttl="20m")
    assert call("apply", "-f", file, "--plan", kept) == 1
    assert "have changed since the plan was made" in capsys.readouterr().err
    call("plan", "-f", file, "--out", kept)
    other = written(tmp_path, ground, ttl="25m", name="other.yaml")
    assert call("apply", "-f", other, "--plan", kept) == 1
    assert (
        f"or the plan's file have changed since the plan was made: auth/{ground.auth}/role/" in capsys.readouterr().err
    )
    assert call("apply", "-f", file, "--plan", kept) == 0
    assert call("plan", "-f", file) == 0
    capsys.readouterr()
    kept.write_text(kept.read_text().replace("https://", "https://another-"))
    assert call("apply", "-f", file, "--plan", kept) == 1
    assert "the plan is for https://another-" in capsys.readouterr().err
    kept.write_text("{}")
    assert call("apply", "-f", file, "--plan", kept) == 1
    assert "is not one that `omamori policy plan --out` wrote" in capsys.readouterr().err
    assert call("apply", "--plan", kept) == 1
    assert "--file is missing" in capsys.readouterr().err


def test_a_kept_plan_says_what_is_deleted_and_adopted(
    ground: Ground, call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was reviewed is what is applied: --prune and --adopt are the plan's, and are given with it alone."""
    kept = tmp_path / "plan.json"
    more = f"- workload: {{namespace: shop, serviceAccount: mail}}\n  paths: {{{ground.mount}/data/shop/mail: read}}\n"
    call("apply", "-f", written(tmp_path, ground, more))
    file = written(tmp_path, ground, ttl="20m")
    assert call("plan", "-f", file, "--out", kept) == 2
    assert call("apply", "-f", file, "--plan", kept) == 0
    assert sorted(ground.server.client.list(f"auth/{ground.auth}/role")) == ["shop.checkout", "shop.mail"]
    ground.server.client.write(f"auth/{ground.auth}/role/shop.checkout", {"token_policies": ["default"]})

    for flags, other in ((["--prune", "--adopt"], ""), (["--adopt"], "--prune")):
        call("plan", "-f", file, *flags, "--out", kept)
        if other:
            assert call("apply", "-f", file, "--plan", kept, other) == 1
            assert f"the plan was made without {other}" in capsys.readouterr().err
    call("plan", "-f", file, "--prune", "--adopt", "--out", kept)
    assert call("apply", "-f", file, "--plan", kept, "--prune-at-most", "0") == 1
    assert "that is more than --prune-at-most 0" in capsys.readouterr().err
    assert call("apply", "-f", file, "--plan", kept) == 0
    assert capsys.readouterr().out.endswith("done: 3 written\n")
    assert ground.server.client.list(f"auth/{ground.auth}/role") == ["shop.checkout"]


def test_many_deletions_are_allowed_by_number(
    ground: Ground, call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """More than ten, or all that is ours: without a terminal nothing is written unless the number is said."""

    def grants(count: int) -> Path:
        more = "".join(
            f"- workload: {{namespace: shop, serviceAccount: app-{number}}}\n"
            f"  paths: {{{ground.mount}/data/shop/{number}: read}}\n"
            for number in range(count)
        )
        return written(tmp_path, ground, more)

    def roles() -> int:
        return len(ground.server.client.list(f"auth/{ground.auth}/role"))

    nothing = tmp_path / "nothing.yaml"
    nothing.write_text(f"accessVersion: 1\nowner: {ground.owner}\nauth: {{{ground.auth}: {{type: kubernetes}}}}\n")
    call("apply", "-f", grants(8))
    assert call("apply", "-f", grants(2), "--prune") == 1
    assert "12 policies and roles would be deleted: to allow this, pass --prune-at-most 12" in capsys.readouterr().err
    assert call("apply", "-f", grants(2), "--prune", "--prune-at-most", "11") == 1
    assert "that is more than --prune-at-most 11; nothing was written" in capsys.readouterr().err
    assert roles() == 9
    assert call("apply", "-f", grants(2), "--prune", "--prune-at-most", "12") == 0
    assert roles() == 3
    assert call("apply", "-f", grants(0), "--prune") == 0  # four of six: neither many nor all
    assert call("apply", "-f", nothing, "--prune") == 1
    assert (
        f"2 policies and roles would be deleted, which is everything that {ground.owner} manages here"
        in capsys.readouterr().err
    )
    kept = tmp_path / "plan.json"
    call("plan", "-f", nothing, "--prune", "--out", kept)
    assert call("apply", "-f", nothing, "--plan", kept) == 1
    assert roles() == 1
    assert call("apply", "-f", nothing, "--plan", kept, "--prune-at-most", "2") == 0
    assert roles() == 0
    empty = tmp_path / "empty.yaml"
    empty.write_text("# nothing\n")
    assert call("apply", "-f", empty, "--prune") == 1
    assert "is empty" in capsys.readouterr().err


def test_all_that_one_of_two_owners_has(
    ground: Ground, call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is asked for before it is deleted, although the other owner keeps something; the plan says whose it is."""
    ours = written(tmp_path, ground)
    theirs = tmp_path / "theirs.yaml"
    head = (
        f"accessVersion: 1\nowner: {ground.owner}-b\nmounts: {{{ground.mount}: {{type: kv}}}}\n"
        f"auth: {{{ground.auth}: {{type: kubernetes}}}}\n"
    )
    theirs.write_text(f"{head}grants:\n- {{workload: {{namespace: b, serviceAccount: b}}, rawPolicy: '# nothing'}}\n")
    assert call("apply", "-f", ours, "-f", theirs) == 0
    theirs.write_text(head)
    capsys.readouterr()

    assert call("apply", "-f", ours, "-f", theirs, "--prune") == 1

    out, err = capsys.readouterr()
    assert f"- delete auth/{ground.auth}/role/b.b  (owner {ground.owner}-b)" in out
    assert f"2 policies and roles would be deleted, which is everything that {ground.owner}-b manages here" in err
    assert call("plan", "-f", ours) == 0
    kept = tmp_path / "plan.json"
    assert call("plan", "-f", ours, "-f", theirs, "--prune", "--out", kept) == 2
    assert call("apply", "-f", ours, "--plan", kept) == 1
    assert f"/role/b.b, sys/policies/acl/omamori.{ground.auth}.b.b; nothing was written" in capsys.readouterr().err
    assert call("apply", "-f", theirs, "-f", ours, "--plan", kept, "--prune-at-most", "2") == 0
    assert ground.server.client.list(f"auth/{ground.auth}/role") == ["shop.checkout"]


def test_a_reviewer_token_is_never_shown(
    ground: Ground, call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes from a file of the operator's, and is in no output; where it is missing, nothing is done."""
    canary = Canary.plain()
    token = tmp_path / "reviewer"
    token.write_text(jwt.encode({"sub": "system:serviceaccount:a:b", "jti": canary.value}, "x" * 32, "HS256"))
    file = written(tmp_path, ground)
    pem = ground.server.ca_pem.replace("\n", "\n        ")
    config = (
        f"\n    type: kubernetes\n    config:\n      host: https://kubernetes.default.svc\n      caCertificate: |\n"
        f"        {pem}\n      reviewer: {{tokenFrom: api}}\n"
    )
    file.write_text(
        file.read_text().replace(f"auth: {{{ground.auth}: {{type: kubernetes}}}}", f"auth:\n  {ground.auth}:{config}")
    )

    assert call("apply", "-f", file) == 1
    assert "the token api is missing; give --reviewer-token api=FILE" in capsys.readouterr().err
    assert ground.server.client.read("sys/auth") is not None
    assert f"{ground.auth}/" not in (ground.server.client.read("sys/auth") or {})
    assert call("plan", "-f", file, "--out", tmp_path / "plan.json") == 2
    assert call("apply", "-f", file, "--reviewer-token", f"other={token}") == 1
    assert "--reviewer-token other: no file has a reviewer of this name" in capsys.readouterr().err
    monkeypatch.setenv("VAULT_TOKEN", "x")
    assert call("apply", "-f", file, "--reviewer-token", "api=/dev/null") == 1
    assert call("plan", "-f", file, "--reviewer-token", f"api={token}") == 2
    assert call("apply", "-f", file, "--reviewer-token", f"api={token}") == 0
    assert call("plan", "-f", file) == 0
    captured = capsys.readouterr()
    shown = "token_reviewer_jwt: the token api, which will be sent to https://kubernetes.default.svc"
    assert f"{shown} (cannot be compared)" in captured.out
    assert (
        "token_reviewer_jwt cannot be compared (the token api, sent to https://kubernetes.default.svc)" in captured.out
    )
    shown = captured.out + captured.err + (tmp_path / "plan.json").read_text()
    assert occurrences(canary, shown.encode()) == ()
    ground.server.client.write(
        f"auth/{ground.auth}/config", {"kubernetes_host": "https://else", "kubernetes_ca_cert": ground.server.ca_pem}
    )
    assert call("drift", "-f", file) == 2
