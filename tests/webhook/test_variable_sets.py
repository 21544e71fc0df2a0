"""`envfrom.omamori.dev`: each key of a secret as a variable, as far as the webhook knows the names."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.support.webhook.builders import decided, patched, plan_of, pod, reasons
from vault.agent.render.selection import select_names
from vault.agent.render.variable_sets import find_variables
from vault.contract.errors import Failure
from vault.contract.plan import VariableSet
from webhook.admission.annotations.dialects import DIALECTS
from webhook.admission.annotations.parsers import is_variable_name
from webhook.admission.annotations.secret_specs import EnvFromSpec
from webhook.admission.annotations.secrets import parse_variable_set
from webhook.admission.annotations.selection import possible_names
from webhook.admission.decision import Denied, Patched
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


IN_PROBE = {"exec": {"command": ["check", "$(A)"]}}
OTHER = {"name": "OTHER", "value": "x"}


def item(name: str, value: str) -> dict[str, Any]:
    """An item of `env`."""
    return {"name": name, "value": value}


@pytest.mark.parametrize(
    ("options", "container", "places"),
    [
        # where it stands
        ("", {"command": ["/app", "$(A)"]}, ["command"]),
        ("", {"args": ["--x=$(A)", "$(A)"]}, ["args"]),
        ("", {"env": [item("URL", "x://$(A)@db")]}, ["variable URL"]),
        ("", {"volumeMounts": [{"name": "v", "mountPath": "/v", "subPathExpr": "$(A)"}]}, ["subPathExpr"]),
        ("", {"args": ["$(A) $(B)"], "env": [item("URL", "$(A)")]}, ["variable URL", "args", "args"]),
        # no reference, or one that the kubelet does not replace
        ("", {"args": ["$$(A)"]}, []),
        ("", {"args": ["$$$(A)"]}, ["args"]),
        ("", {"args": ["$$$$(A)"]}, []),
        ("", {"args": ["$(A", "$A ${A}"]}, []),
        ("", {"args": ["$()", "$(a b)", "$(1A)", "$(é)", "$(date +%s)"]}, []),
        ("", {"livenessProbe": IN_PROBE, "lifecycle": {"preStop": IN_PROBE}}, []),
        # what the container declares, before
        ("", {"env": [item("A", "1"), item("URL", "$(A)")], "args": ["$(A)"]}, []),
        ("", {"env": [item("URL", "$(A)"), item("A", "1")], "args": ["$(A)"]}, ["variable URL"]),
        ("", {"env": [item("A", "$(A)")]}, ["variable A"]),
        ("", {"env": [item("A", "1"), item("A", "$(A)")]}, []),
        ("", {"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "x"}}}, item("B", "$(A)")]}, []),
        # what its own envFrom may give
        ("", {"args": ["$(A)"], "envFrom": [{"configMapRef": {"name": "x"}}]}, []),
        ("", {"args": ["$(A)"], "envFrom": []}, ["args"]),
        # what services give
        *[
            ("", {"args": [f"$({name})"]}, [])
            for name in (
                *("KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT", "KUBERNETES_SERVICE_PORT_HTTPS"),
                *("MY_DB_PORT", "DB_PORT_80_TCP", "DB_PORT_80_TCP_ADDR", "DB_PORT_53_UDP_PROTO", "X_PORT_1_SCTP_PORT"),
            )
        ],
        *[
            ("", {"args": [f"$({name})"]}, ["args"])
            for name in (
                *("SERVICE_HOST", "PORT", "DB_HOST", "db_SERVICE_HOST", "DB_SERVICE_HOSTS", "DB_PORT_80"),
                *("DB_PORT_80_TCP_HOST", "DB_PORT_x_TCP", "_PORT", "DB_PORT_80_HTTP"),
            )
        ],
        # which names there may be
        ("prefix=DB_", {"args": ["$(A) $(DB_A)"]}, ["args"]),
        ("prefix=DB_", {"args": ["$(A) $(db_A)"]}, []),
        ("upper=true", {"args": ["$(a) $(hostname)"]}, []),
        ("upper=true", {"args": ["$(A)"]}, ["args"]),
        ("keys=a,b", {"args": ["$(c) $(A)"]}, []),
        ("keys=a,b", {"args": ["$(b)"]}, ["args"]),
        ("keys=a,b rename=b:C", {"args": ["$(b)"]}, []),
        ("keys=a,b rename=b:C", {"args": ["$(C)"]}, ["args"]),
        ("rename=b:C prefix=X_", {"args": ["$(b) $(X_b)"]}, []),
        ("rename=b:C prefix=X_", {"args": ["$(C)", "$(X_c)"]}, ["args", "args"]),
        ("containers=b", {"args": ["$(A)"]}, []),
    ],
)
def test_references_to_what_a_set_may_give(options: str, container: dict[str, Any], places: list[str]) -> None:
    """`$(NAME)` is refused where the kubelet would replace it and nothing but the set could give the name."""
    raw = pod({DB: f"kv/a {options}", **EXEC}, containers=[app(**container), app("b")])
    decision = decided(raw)
    if not places:
        assert isinstance(decision, Patched), decision
        return
    assert isinstance(decision, Denied)
    assert [(each.reason, each.where) for each in decision.problems] == [("reference", DB)] * len(places)
    for place, problem in zip(places, decision.problems, strict=True):
        assert problem.what.startswith(f"{place} of container app has $(")
        assert "$$(" in problem.what


def test_a_reference_names_the_annotation_that_may_give_it() -> None:
    """Of several, the first that may; and one that is asked for by its name is told once."""
    annotations = {
        DB: "kv/a prefix=DB_",
        "envfrom.omamori.dev/mail": "kv/b prefix=MAIL_",
        "env.omamori.dev/MAIL_X": "kv/c#x",
        **EXEC,
    }
    decision = decided(pod(annotations, containers=[app(args=["$(MAIL_A) $(DB_A) $(OTHER) $(MAIL_X)"])]))
    assert isinstance(decision, Denied)
    assert [each.where for each in decision.problems] == ["env.omamori.dev/MAIL_X", "envfrom.omamori.dev/mail", DB]


def test_a_copied_pod_is_judged_as_its_author_wrote_it() -> None:
    """The mount by which a kubelet is checked has a reference of ours; ours are nobody's declarations."""
    annotations = {"env.omamori.dev/A": "kv/a#k"}
    copied = patched(pod(annotations, containers=[app(args=["$(A)"])]))
    assert "subPathExpr" in str(copied["spec"])

    raw = {**copied, "metadata": {"annotations": ASKED}}
    assert reasons(raw) == ["reference"]
    raw["spec"]["containers"][0]["args"] = ["$$(A)"]
    assert "subPathExpr" not in str(patched(raw)["spec"])


def test_how_many_there_may_be() -> None:
    """Sets, and references to what nobody declares, are bounded; so is the work."""
    many = {f"envfrom.omamori.dev/s{number}": f"kv/{number}" for number in range(MAX_VARIABLE_SETS)}
    patched(pod({**many, **EXEC}, containers=[app()]))
    assert reasons(pod({**many, **ASKED}, containers=[app()])) == ["too-large"]

    args = [f"$(N{number})" for number in range(MAX_UNRESOLVED + 1)]
    assert reasons(pod(ASKED, containers=[app(args=args)])) == ["too-large"]
    patched(pod({DB: "kv/a prefix=DB_", **EXEC}, containers=[app(args=args)]))


def test_the_lead_is_the_annotation() -> None:
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


KEYS = st.text("abAB_1.-", min_size=1, max_size=3) | st.sampled_from(["ß", "a b", "é"])
NAMES = st.text("abAB_1.", max_size=5)
PREFIXES = st.sampled_from(["", "A", "a_", "AB", "b.", "-"])


@st.composite
def specs(draw: st.DrawFn) -> EnvFromSpec:
    """What an author may write of the keys of a secret, as far as it is taken."""
    fields: dict[str, Any] = {
        "prefix": draw(PREFIXES),
        "upper": draw(st.booleans()),
        "renames": tuple(draw(st.dictionaries(KEYS, NAMES.filter(bool), max_size=2)).items()),
        "keys": tuple(draw(st.lists(KEYS, max_size=3, unique=True))) if draw(st.booleans()) else (),
    }
    options = {
        "prefix": fields["prefix"],
        "upper": "true" if fields["upper"] else "",
        "rename": ",".join(f"{_quoted(old)}:{_quoted(new)}" for old, new in fields["renames"]),
        "keys": ",".join(map(_quoted, fields["keys"])),
    }
    text = " ".join(["kv/a", *(f"{name}={value}" for name, value in options.items() if value)])
    try:
        return parse_variable_set(DB, text)
    except ValueError:
        assume(False)
        raise


def _quoted(text: str) -> str:
    return "".join(f"%{each:02X}" for each in text.encode())


def _in_plan(spec: EnvFromSpec) -> VariableSet:
    return VariableSet(
        keys=spec.keys, renames=spec.renames, prefix=spec.prefix, upper=spec.upper, annotation=spec.annotation
    )


@given(specs(), st.lists(KEYS, max_size=4, unique=True))
def test_every_name_that_the_agent_gives_was_thought_possible(spec: EnvFromSpec, keys: list[str]) -> None:
    """Whatever the secret has: else a declaration, or a reference, would be missed."""
    try:
        entries, _ = find_variables(_in_plan(spec), dict.fromkeys([*keys, *spec.keys, *dict(spec.renames)], "x"), ())
    except Failure:
        return
    possible = possible_names([spec])
    assert all(name in possible for name in entries)
    other = EnvFromSpec(annotation="b", source=spec.source, prefix="OTHER_")
    assert all(name in possible_names([other, spec]) for name in entries)


@given(specs(), NAMES)
def test_every_name_that_was_thought_possible_some_secret_gives(spec: EnvFromSpec, name: str) -> None:
    """So nothing is refused in vain; of keys in mixed case, one that differs in one letter is enough."""
    if name not in possible_names([spec]):
        return
    prefix = spec.prefix.upper() if spec.upper else spec.prefix
    rest = name.removeprefix(prefix) if name.startswith(prefix) else ""
    tried = {rest, rest.lower(), rest.capitalize(), *(rest[:at] + rest[at:].lower() for at in range(len(rest)))}
    needed = [*spec.keys, *dict(spec.renames)]
    given = set()
    for key in tried:
        try:
            given |= set(select_names(_in_plan(spec), dict.fromkeys([*needed, key], "x")))
        except Failure:
            continue
    olds = {old for old, _ in spec.renames}
    assert name in given or (spec.upper and tried <= olds) or _collides(spec)


def _collides(spec: EnvFromSpec) -> bool:
    """Whether the names that the options give are not apart, so that the agent refuses every secret."""
    try:
        select_names(_in_plan(spec), dict.fromkeys([*spec.keys, *dict(spec.renames)], "x"))
    except Failure:
        return True
    return False


@given(st.text(max_size=4) | st.text("aA_.-1 =", max_size=4) | st.sampled_from(["a" * 255, "a" * 256]))
def test_webhook_and_agent_agree_on_names(name: str) -> None:
    """What may be a variable's name is the same on both sides."""
    wanted = VariableSet(annotation=DB, keys=("k",), renames=(("k", name),))
    try:
        find_variables(wanted, {"k": "x"}, ())
    except Failure:
        assert not is_variable_name(name)
    else:
        assert is_variable_name(name)
