"""`envfrom.omamori.dev`: each key of a secret as a variable, as far as the webhook knows the names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.webhook.builders import decided, patched, plan_of, pod, reasons
from tests.webhook.suggested import Suggest, granted
from vault.contract.plan import VariableSet
from webhook.admission.annotations.dialects import DIALECTS
from webhook.admission.decision import Denied
from webhook.admission.limits import MAX_DECLARED_BYTES, MAX_UNRESOLVED, MAX_VARIABLE_SETS
from webhook.admission.pod.ownership import LAUNCH

DB = "envfrom.omamori.dev/db"
EXEC = {"omamori.dev/env-delivery": "exec"}
ASKED = {DB: "secret/data/shop/db", **EXEC}
COMMAND = ["/bin/app"]


def app(name: str = "app", **fields: Any) -> dict[str, Any]:
    """A container that states its command."""
    return {"name": name, "image": "app:1", "command": COMMAND, **fields}


def test_it_is_a_prefix_that_asks() -> None:
    """The API server calls us for it, wherever the prefixes are listed."""
    assert "envfrom.omamori.dev" in DIALECTS[0].prefixes


@pytest.mark.parametrize("mode", ["init", "sidecar"])
@pytest.mark.parametrize("delivery", ["exec", "auto"])
def test_the_launcher_sets_them(delivery: str, mode: str) -> None:
    """The launcher stands in front; the Plan has the set with all of its options, and shares reads."""
    options = "#/a/b keys=x,y rename=x:z prefix=P_ upper=true optional=true allow-short-lease=true"
    annotations = {
        DB: f"secret/data/shop/db{options}",
        "env.omamori.dev/ONE": "secret/data/shop/db#one",
        "envfrom.omamori.dev/more": "aws/sts/a data.ttl=1h containers=app",
        "omamori.dev/env-delivery": delivery,
        "omamori.dev/mode": mode,
    }
    raw = pod(annotations, containers=[app(), app("worker")])
    spec = patched(raw)["spec"]

    assert [each["command"] for each in spec["containers"]] == [[*LAUNCH, *COMMAND]] * 2
    assert "fileKeyRef" not in str(spec)
    plan = plan_of(raw)
    assert [(each.path, each.allows_short_lease) for each in plan.reads] == [
        ("secret/data/shop/db", True),
        ("aws/sts/a", False),
    ]
    one = VariableSet(
        read=0,
        key="a",
        pointer=("b",),
        keys=("x", "y"),
        renames=(("x", "z"),),
        prefix="P_",
        upper=True,
        optional=True,
        annotation=DB,
    )
    more = VariableSet(read=1, annotation="envfrom.omamori.dev/more")
    assert [each.sets for each in plan.env_files] == [(one, more), (one,)]
    assert [[each.name for each in file.variables] for file in plan.env_files] == [["ONE"], ["ONE"]]
    assert {each.kind for each in plan.env_files} == {"launcher"}


def test_each_set_has_its_login() -> None:
    """Another Vault or role than the Pod's, as for files."""
    vaults = {"VAULTS": "main,eu", "VAULT_EU_ADDRESS": "https://eu.example.com", "VAULT_EU_AUDIENCE": "eu"}
    annotations = {"envfrom.omamori.dev/eu": "secret/data/shop/db vault=eu role=shop.audit", **ASKED}
    plan = plan_of(pod(annotations, containers=[app()]), **vaults)

    assert [(each.vault, each.role) for each in plan.sessions] == [("eu", "shop.audit"), ("main", "shop.checkout")]
    assert [(plan.reads[each.read].session, each.annotation) for each in plan.env_files[0].sets] == [
        (0, "envfrom.omamori.dev/eu"),
        (1, DB),
    ]


def test_the_volume_has_room_for_what_a_process_can_have() -> None:
    """How many variables there are is not known, but what all of them may take is: twice, and a margin."""
    spec = patched(pod({**ASKED, "env.omamori.dev/A": "kv/a#k"}, containers=[app()]))["spec"]
    sizes = {each["name"]: each["emptyDir"]["sizeLimit"] for each in spec["volumes"] if "emptyDir" in each}
    assert sizes["omamori-launch-0"] == "5Mi"


@pytest.mark.parametrize(
    ("delivery", "containers", "refused"),
    [
        ("kubelet", [app()], ["env-from"]),
        ("kubelet", [app(command=None)], ["env-from"]),
        ("exec", [app()], []),
        ("exec", [app(command=None)], ["command"]),
        ("auto", [app()], []),
        ("auto", [app(command=None)], ["env-from"]),
        ("auto", [app(), app("b", command=[])], ["env-from"]),
    ],
)
@pytest.mark.parametrize("env_files", ["verify", "require", "assume", "never"])
def test_where_the_kubelet_would_set_them(
    delivery: str, containers: list[dict[str, Any]], refused: list[str], env_files: str
) -> None:
    """It must know the names when the Pod is created: refused for that alone, with the ways out."""
    raw = pod({DB: "secret/data/shop/db", "omamori.dev/env-delivery": delivery}, containers=containers)
    if not refused:
        spec = patched(raw, ENV_FILES=env_files)["spec"]
        assert "env-check" not in str(spec)
        assert "nodeSelector" not in spec
        return
    assert reasons(raw, {"ENV_FILES": env_files}) == refused
    if refused == ["env-from"]:
        decision = decided(raw)
        assert isinstance(decision, Denied)
        [problem] = decision.problems
        assert problem.where == DB
        assert "only Vault knows them" in problem.what
        assert "omamori env-names secret/data/shop/db" in problem.what
        assert ("omamori.dev/env-delivery: exec" in problem.what) == (delivery == "kubelet")
        assert ("set its command in the Pod" in problem.what) == (delivery == "auto")


def test_each_set_of_each_container_is_told() -> None:
    """All problems come at once."""
    annotations = {DB: "kv/a", "envfrom.omamori.dev/b": "kv/b"}
    assert reasons(pod(annotations, containers=[app(), app("b")])) == ["env-from"] * 4


@pytest.mark.parametrize(
    ("options", "env", "declared"),
    [
        ("", [], ()),
        ("", ["A", "b", "A"], ("A", "b")),
        ("prefix=DB_", ["A", "DB_A", "DB_", "db_b"], ("DB_A", "DB_")),
        ("prefix=db_ upper=true", ["DB_A", "DB_a", "db_b"], ("DB_A",)),
        ("keys=a,b rename=a:X", ["a", "X", "b", "c"], ("X", "b")),
        ("rename=a:X", ["a", "X", "b"], ("X", "b")),
        ("rename=a:X upper=true", ["A", "a"], ("A",)),
        ("rename=1:X upper=true prefix=N", ["N1", "N2"], ("N2",)),
    ],
)
def test_what_the_container_declares(options: str, env: list[str], declared: tuple[str, ...]) -> None:
    """It is no mistake: the Plan has the names that the set may give, and the agent leaves them out."""
    variables = [{"name": name, "value": "x"} for name in env]
    raw = pod({DB: f"kv/a {options}", **EXEC}, containers=[app(env=variables), app("b")])
    spec = patched(raw)["spec"]

    assert spec["containers"][0].get("env", []) == variables
    assert [each.declared for each in plan_of(raw).env_files] == [declared, ()]


def test_declared_names_are_for_sets_alone() -> None:
    """A Plan without a set has nothing of it."""
    raw = pod({"env.omamori.dev/A": "kv/a#k", **EXEC}, containers=[app(env=[{"name": "B", "value": "x"}])])
    assert plan_of(raw).env_files[0].declared == ()
    kept = pod({"env.omamori.dev/B": "kv/a#k", **ASKED}, containers=[app(env=[{"name": "B", "value": "x"}])])
    assert reasons(kept) == ["declared"]  # one that is asked for by its name


@pytest.mark.parametrize("more", [0, 1])
def test_declared_names_are_bounded(more: int) -> None:
    """They travel in the Plan."""
    names = [f"{number:0128}".replace("0", "A", 1) for number in range(MAX_DECLARED_BYTES // 128)]
    env = [{"name": name, "value": ""} for name in [*names, *(["B"] * more)]]
    raw = pod(ASKED, containers=[app(env=env)])
    if more:
        assert reasons(raw) == ["too-large"]
    else:
        assert plan_of(raw).env_files[0].declared == tuple(names)
    assert plan_of(pod({DB: "kv/a prefix=DB_", **EXEC}, containers=[app(env=env)])).env_files[0].declared == ()


def test_how_many_there_may_be() -> None:
    """Sets, and references to what nobody declares, are bounded; so is the work."""
    many = {f"envfrom.omamori.dev/s{number}": f"kv/{number}" for number in range(MAX_VARIABLE_SETS)}
    patched(pod({**many, **EXEC}, containers=[app()]))
    assert reasons(pod({**many, **ASKED}, containers=[app()])) == ["too-large"]

    args = [f"$(N{number})" for number in range(MAX_UNRESOLVED + 1)]
    assert reasons(pod(ASKED, containers=[app(args=args)])) == ["too-large"]
    patched(pod({DB: "kv/a prefix=DB_", **EXEC}, containers=[app(args=args)]))


def test_the_name_of_the_annotation() -> None:
    """NAME is for messages alone, and a key as Kubernetes has it."""
    patched(pod({"envfrom.omamori.dev/a.b-C": "kv/a", **EXEC}, containers=[app()]))
    assert reasons(pod({"envfrom.omamori.dev/_a": "kv/a", **EXEC}, containers=[app()])) == ["annotation"]
    assert reasons(pod({"EnvFrom.omamori.dev/a": "kv/a", **EXEC}, containers=[app()])) == ["annotation"]


def test_what_holds_for_each_secret() -> None:
    """A lease in mode init is warned of, the login's own token is refused, fields of the Pod are filled in."""
    decision = decided(pod({DB: "database/creds/shop", **EXEC}, containers=[app()]))
    assert "credentials that expire" in str(decision.warnings)  # type: ignore[union-attr]
    assert reasons(pod({DB: "auth/token/lookup-self", **EXEC}, containers=[app()])) == ["token"]
    raw = pod({DB: "pki/issue/a data.common_name={pod.name}.svc", **EXEC}, containers=[app()])
    assert "OMAMORI_POD_NAME" in str(patched(raw)["spec"]["initContainers"])


def test_suggest_grants_the_path(suggest: Suggest, tmp_path: Path) -> None:
    """`omamori policy suggest` sees the path as the webhook does, and refuses what that refuses."""
    text = (
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  namespace: shop\n  annotations:\n"
        "    envfrom.omamori.dev/db: secret/data/shop/db#/a prefix=A_\n    omamori.dev/env-delivery: auto\n"
        "    omamori.dev/mode: sidecar\nspec:\n  serviceAccountName: checkout\n  containers:\n"
        "  - {name: app, image: app, command: [/app], env: [{name: A_B, value: x}]}\n"
    )
    file = tmp_path / "pods.yaml"
    file.write_text(text)
    code, out, told = suggest(file)
    assert (code, told) == (0, [])
    assert granted(out)[0][2] == {"secret/data/shop/db": "read watch"}

    file.write_text(text.replace("auto", "kubelet"))
    code, _, told = suggest(file)
    assert code != 0
    assert "only Vault knows them" in str(told)
