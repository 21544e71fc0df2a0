"""`omamori policy suggest`: of annotated manifests, the least access file, whatever makes their Pods."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.vault.cases import FOLDER, read_cases
from tests.webhook.standard_input import from_standard_input
from tests.webhook.suggested import SECRET, Suggest, access, granted, written
from vault.policy.files.parse import parse_access

CASES = read_cases("manifests.json", 24)
EXAMPLES = Path(__file__).parents[2] / "deploy/examples"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["file"])
def test_kinds(case: dict[str, Any], suggest: Suggest) -> None:
    """Of each kind the Pods' paths and no other, for the right ServiceAccount; what reaches no Pod is told."""
    code, out, told = suggest("--namespace", "cases", FOLDER / "manifests" / case["file"])

    found = (
        [{"role": role, "workload": workload, "paths": paths} for role, workload, paths in granted(out)] if out else []
    )
    assert found == case["grants"]
    assert code == (0 if case["grants"] else 1)
    prefix = f"warning: {FOLDER / 'manifests' / case['file']}:"
    assert [line.removeprefix(prefix) for line in told if line.startswith(prefix)] == case["warnings"]


def test_examples(suggest: Suggest) -> None:
    """Of the project's own examples as much is suggested as the access file beside them grants."""
    code, out, told = suggest(EXAMPLES)

    assert (code, told) == (0, [])
    written_by_hand = parse_access([("access.yaml", (EXAMPLES / "access.yaml").read_text())])
    found = {(str(each.workload), path.path, path.operations) for each in access(out).grants for path in each.paths}
    assert found == {
        (str(each.workload), path.path, path.operations) for each in written_by_hand.grants for path in each.paths
    }


def test_one_grant_a_service_account(suggest: Suggest, tmp_path: Path) -> None:
    """Several Pods of several files have one grant with all their paths, in the same bytes each time."""
    first = written(tmp_path, {}, {"account": "mail"}, name="a.yaml")
    second = written(tmp_path, annotations={"env.omamori.dev/X": "secret/data/shop/mail#password"}, name="b.yaml")

    code, out, _ = suggest(first, second)

    assert code == 0
    assert granted(out) == [
        ("shop.checkout", "shop/checkout", {"secret/data/shop/db": "read", "secret/data/shop/mail": "read"}),
        ("shop.mail", "shop/mail", {"secret/data/shop/db": "read"}),
    ]
    assert f"# {first}:6: Pod shop/p0\n# {second}:6: Pod shop/p0\n- workload" in out
    assert suggest(first, second)[1] == out


@pytest.mark.parametrize("options", [(), ("--auth-kind", "jwt", "--auth-mount", "k8s/eu", "--audience", "shop")])
def test_what_is_left_to_choose(suggest: Suggest, tmp_path: Path, options: tuple[str, ...]) -> None:
    """A lock and the auth method's config are there as comments, which are right when they are taken."""
    _, out, _ = suggest(*options, written(tmp_path))
    assert not access(out).locks

    taken, lines = [], out.splitlines()
    for number, line in enumerate(lines):
        chosen = (
            line.replace("# ", "", 1)
            if line.lstrip().startswith(("# lock: ", "# kubernetes: ", "# k8s/eu: "))
            else line
        )
        replaced = "config: " in lines[number - 1] and line.startswith("  ")
        taken += [] if replaced else [chosen]
    found = access("\n".join(taken))
    assert set(found.locks.values()) == {"secret/data/omamori/lock"}
    assert [auth.config is not None for auth in found.auths.values()] == [True]


def test_operations(suggest: Suggest, tmp_path: Path) -> None:
    """A call with data is an update; a sidecar watches what it may look at; what is leased gets a service token."""
    annotations = {
        "file.omamori.dev/db": "database/creds/shop",
        "file.omamori.dev/cert": "pki/issue/shop format=pem-bundle data.common_name=shop.svc",
        "file.omamori.dev/kv": "secret/data/shop/db",
        "file.omamori.dev/old": "secret/data/shop/old@3",
        "file.omamori.dev/one": "plain/shop",
        "omamori.dev/mode": "sidecar",
    }
    code, out, _ = suggest(written(tmp_path, annotations=annotations))

    assert code == 0
    assert granted(out)[0][2] == {
        "database/creds/shop": "read",
        "pki/issue/shop": "update",
        "plain/shop": "read",
        "secret/data/shop/db": "read watch",
        "secret/data/shop/old": "read",
    }
    (grant,) = access(out).grants
    assert (grant.token.kind, grant.is_leased) == ("service", True)


LEFT_OUT = {
    "many paths": (
        {"file.omamori.dev/x": "secret/data/shop/*"},
        "secret/data/shop/* would match more than one path; write this grant by hand",
    ),
    "a segment for many": (
        {"file.omamori.dev/x": "secret/data/+/db"},
        "secret/data/+/db would match more than one path",
    ),
    "a template": ({"file.omamori.dev/x": "secret/data/{{inputs.parameters.x}}"}, "has '{{' or '${'"),
    "not a path of the mount": (
        {**SECRET, "file.omamori.dev/y": "secret/shop/db"},
        "did you mean secret/data/shop/db?",
    ),
    "a role that no file has": ({**SECRET, "omamori.dev/role": "Shop"}, "is not a role name"),
    "a wrong annotation": ({"file.omamori.dev/x": "secret/data/x mode=999"}, "option mode= is '999'"),
    "a Vault that is not there": (
        {**SECRET, "omamori.dev/vault": "other"},
        "there is no Vault 'other'; there are: main",
    ),
}


@pytest.mark.parametrize("case", LEFT_OUT)
def test_left_out(case: str, suggest: Suggest, tmp_path: Path) -> None:
    """What cannot be granted is told and ends with 1; the rest is suggested all the same."""
    annotations, words = LEFT_OUT[case]
    code, out, told = suggest(written(tmp_path, {"annotations": annotations}, {"account": "mail"}))

    assert code == 1
    assert any(words in line for line in told), told
    assert [workload for _, workload, _ in granted(out)] == ["shop/mail"]


SHAPES = {
    "a template": ("kind: Deployment\napiVersion: apps/v1\nspec: 5\n", "spec is not an object"),
    "containers": (
        "kind: Pod\napiVersion: v1\nmetadata: {annotations: {file.omamori.dev/x: secret/x}}\nspec: {containers: 5}\n",
        "containers is not a list of objects",
    ),
    "an annotation that is wrong twice": (
        "kind: Deployment\napiVersion: apps/v1\nmetadata: {annotations: {omamori.dev/typo: x}}\n",
        "metadata.annotations reaches no Pod",
    ),
}


@pytest.mark.parametrize("case", SHAPES)
def test_shapes(case: str, suggest: Suggest, tmp_path: Path) -> None:
    """What is not of its kind's shape is told with its line, and the other files count."""
    text, words = SHAPES[case]
    (tmp_path / "wrong.yaml").write_text(text)
    written(tmp_path)

    code, out, told = suggest(tmp_path)

    assert (code, len(granted(out))) == (0 if "twice" in case else 1, 1)
    assert any(f"{tmp_path}/wrong.yaml:" in line and words in line for line in told), told


def test_two_roles_of_one(suggest: Suggest, tmp_path: Path) -> None:
    """A ServiceAccount whose Pods ask for different roles has a grant for each."""
    other = {"file.omamori.dev/x": "secret/data/shop/mail", "omamori.dev/role": "shop-mail"}
    code, out, _ = suggest(written(tmp_path, {}, {"annotations": other}))

    assert code == 0
    assert granted(out) == [
        ("shop-mail", "shop/checkout", {"secret/data/shop/mail": "read"}),
        ("shop.checkout", "shop/checkout", {"secret/data/shop/db": "read"}),
    ]


def test_a_role_of_two(suggest: Suggest, tmp_path: Path) -> None:
    """A role that two ServiceAccounts ask for is the first one's, since it would join their rights."""
    both = {**SECRET, "omamori.dev/role": "both"}
    code, out, told = suggest(written(tmp_path, {"annotations": both}, {"annotations": both, "account": "mail"}))

    assert (code, len(granted(out))) == (1, 1)
    assert told == ["shop/mail: the role both is already used by shop/checkout; a role belongs to one ServiceAccount"]
    assert "# skipped: shop/mail: the role both" in out


def test_sources(suggest: Suggest, tmp_path: Path) -> None:
    """Folders, what is piped in; what is not there, not YAML, or asks for nothing ends with 1."""
    file = written(tmp_path)
    from_file = granted(suggest(file)[1])
    assert granted(suggest(tmp_path)[1]) == from_file
    with from_standard_input(file):
        assert granted(suggest("-")[1]) == from_file

    empty = tmp_path / "empty"
    empty.mkdir()
    assert suggest(empty)[::2] == (1, [f"{empty}: has no file that ends with .yaml, .yml, .json"])
    assert suggest(tmp_path / "none.yaml")[2] == [f"{tmp_path}/none.yaml: cannot be read: No such file or directory"]
    (empty / "values.yaml").write_text("a: 1\n")
    code, out, told = suggest(empty)
    assert (code, out) == (1, "")
    assert told == ["nothing here asks for a secret of the Vault main; 1 objects were looked at"]
    (empty / "chart.yaml").write_text("a: {{ .Values.a }}\n")
    code, out, told = suggest(empty, file)
    assert (code, granted(out)) == (1, from_file)
    assert "a template has to be rendered first" in told[0]
    assert suggest()[::2] == (1, ["give manifests, or --live NAMESPACE"])
    assert suggest(file, "--live", "shop")[0] == 1


def test_warnings_of_the_webhook(suggest: Suggest, tmp_path: Path) -> None:
    """What the webhook would warn of is told once, and changes nothing."""
    code, out, told = suggest(written(tmp_path, {"account": "default"}, {"account": "default"}))

    assert (code, len(granted(out))) == (0, 1)
    assert sum("the Pod uses the ServiceAccount 'default'" in line for line in told) == 2


def test_names_stay_in_their_comments(suggest: Suggest, tmp_path: Path) -> None:
    """A manifest cannot write a grant by what it calls itself."""
    file = written(tmp_path)
    name = '"p\\n- workload: {namespace: a, serviceAccount: b}\\n  paths: {secret/data/a: read}\\u0007"'
    file.write_text(file.read_text().replace("name: p0", f"name: {name}"))

    code, out, _ = suggest(file)

    assert (code, [workload for _, workload, _ in granted(out)]) == (0, ["shop/checkout"])
