"""Which files there are: names, templates, directories; and what the program makes of them with a real server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.vault.server import VaultServer
from tests.support.webhook.builders import pod
from tests.support.webhook.vault_k8s import (
    DOMAIN,
    admitted,
    asking,
    mounted,
    named,
    our_container,
    plan_in,
    refusals,
    run_plan,
    theirs,
)

MAP = '{{ with secret "kv/a" }}{{ range $k, $v := .Data }}{{ $k }}: {{ $v }}\n{{ end }}{{ end }}'
JSON = '{{ with secret "kv/a" }}{{ .Data | toJSON }}\n{{ end }}'


def _only(annotations: dict[str, str], **spec: Any) -> dict[str, Any]:
    """A Pod that asks for these files alone, its names as they are written."""
    return pod(
        {**named(agent_inject="true", role="shop.checkout", agent_pre_populate_only="true"), **annotations}, **spec
    )


def _suffixed(**annotations: str) -> dict[str, str]:
    """Annotations as `agent_inject_secret__DB_x`: what stands behind two '_' is as it is."""
    found = {}
    for name, text in annotations.items():
        row, _, suffix = name.partition("__")
        found[f"{DOMAIN}/{row.replace('_', '-')}" + (f"-{suffix}" if suffix else "")] = text
    return found


def _names(**annotations: str) -> list[str]:
    new, _ = admitted(_only(_suffixed(**annotations)))
    return sorted(each.name for each in plan_in(new).templates)


def test_names() -> None:
    """A name is lower-cased, unless its case, or that of all, is to be kept; other annotations have it as written."""
    both = {"agent_inject_secret__Db_A": "kv/a", "agent_inject_secret__Mail": "kv/b"}
    assert _names(**both) == ["db_a", "mail"]
    assert _names(**both, preserve_secret_case="true") == ["Db_A", "Mail"]
    assert _names(**both, preserve_secret_case__Mail="true") == ["Mail", "db_a"]
    assert _names(**both, preserve_secret_case="true", preserve_secret_case__Mail="false") == ["Db_A", "mail"]
    assert _names(**both, agent_inject_file__Mail="M/m.txt", preserve_secret_case="true") == ["Db_A", "M/m.txt"]
    assert _names(**both, agent_inject_file__mail="M/m.txt") == ["db_a", "mail"]
    assert _names(agent_inject_secret__a="kv/a", agent_inject_file__a="/etc//x") == ["etc/x"]


def test_one_place_for_two() -> None:
    """Two files at one path are refused, where vault agent would write one over the other."""
    problems = refusals(_only(_suffixed(agent_inject_secret__A="kv/a", agent_inject_secret__a="kv/b")))
    assert "is also the file of" in problems[0]


@pytest.mark.parametrize("file", ["../x", "a/../../x", "..", ".", "a/..data"])
def test_files_stay_inside(file: str) -> None:
    """No file leads out of its directory."""
    problems = refusals(_only(_suffixed(agent_inject_secret__a="kv/a", agent_inject_file__a=file)))
    assert problems[0].startswith(f"{DOMAIN}/agent-inject-file-a: ")


@pytest.mark.parametrize(
    ("annotations", "text"),
    [
        ({"agent_inject_secret__a": "kv/a"}, MAP),
        ({"agent_inject_secret__a": "kv/a", "agent_inject_default_template": "Json"}, JSON),
        ({"agent_inject_secret__a": "kv/a", "agent_inject_template__a": "x{{ 1 }}"}, "x{{ 1 }}"),
        ({"agent_inject_secret__a": "kv/a", "agent_inject_template__a": ""}, MAP),
        ({"agent_inject_template__a": "x"}, "x"),
        ({"agent_inject_template__a": "x", "agent_inject_template_file__a": "/no/where"}, "x"),
        ({"agent_inject_secret__a": "kv/a", "agent_inject_template_file__a": ""}, MAP),
    ],
)
def test_which_template(annotations: dict[str, str], text: str) -> None:
    """The text of the author, else the file, else the default template with the path in it."""
    new, _ = admitted(_only(_suffixed(**annotations)))
    (template,) = plan_in(new).templates
    assert (template.text, template.file, template.missing_key) == (text, "", "default")


@pytest.mark.parametrize(
    "annotations",
    [{"agent_inject_secret__a": ""}, {"agent_inject_template__a": ""}, {"agent_inject_template_file__a": ""}],
)
def test_no_path(annotations: dict[str, str]) -> None:
    """A secret without a path and without a template is refused."""
    assert "is empty; write the path of a secret in Vault" in refusals(_only(_suffixed(**annotations)))[0]


def test_directories() -> None:
    """One directory for all, and one for a secret; one inside another is no volume of its own."""
    annotations = _suffixed(
        agent_inject_secret__a="kv/a",
        agent_inject_secret__b="kv/b",
        agent_inject_secret__c="kv/c",
        secret_volume_path="/srv",
        secret_volume_path__b="/etc/b",
        secret_volume_path__c="/srv/c",
    )
    new, _ = admitted(_only(annotations))
    assert sorted(mounted(new, "app")) == ["/etc/b", "/srv"]
    assert sorted(each.name for each in plan_in(new).templates) == ["a", "b", "c/c"]


FILE = _suffixed(agent_inject_template_file__t="/conf/d/t.tpl")
COPY = named(agent_copy_volume_mounts="tools")
TOOLS = {
    "name": "tools",
    "volumeMounts": [{"name": "conf", "mountPath": "/conf/"}, {"name": "deep", "mountPath": "/conf/e"}],
}
CONF = {"volumes": [{"name": "conf", "configMap": {"name": "c"}}, {"name": "deep", "secret": {"secretName": "s"}}]}


def test_template_file() -> None:
    """A template's file is in a ConfigMap volume of the container that is copied from; it is mounted in ours, too."""
    new, _ = admitted(_only({**FILE, **COPY}, containers=[{"name": "app"}, TOOLS], **CONF))
    assert [each.file for each in plan_in(new).templates] == ["/omamori/templates/conf/d/t.tpl"]
    mounts = [each["name"] for each in our_container(new)["volumeMounts"]]
    assert ("conf" in mounts, "deep" in mounts) == (True, False)


def test_mounts_that_are_not_copied() -> None:
    """Of other mounts omamori's container gets none, and says so."""
    annotations = {**COPY, **_suffixed(agent_inject_secret__a="kv/a")}
    new, warnings = admitted(_only(annotations, containers=[{"name": "app"}, TOOLS], **CONF))
    assert [each.partition(": ")[0] for each in warnings] == [f"{DOMAIN}/agent-copy-volume-mounts"]
    assert not {"conf", "deep"} & {each["name"] for each in our_container(new)["volumeMounts"]}


def test_template_file_of_a_part_of_a_volume() -> None:
    """A mount of a part of a volume is followed to it."""
    mounts = [
        {"name": "conf", "mountPath": "/conf/d/t.tpl", "subPath": "x.tpl"},
        {"name": "conf", "mountPath": "/conf", "subPath": "in"},
    ]
    new, _ = admitted(_only({**FILE, **COPY}, containers=[{"name": "tools", "volumeMounts": mounts}], **CONF))
    assert [each.file for each in plan_in(new).templates] == ["/omamori/templates/conf/x.tpl"]


@pytest.mark.parametrize(
    ("annotations", "mounts", "says"),
    [
        (FILE, [{"name": "conf", "mountPath": "/conf"}], "which omamori's container cannot have"),
        ({**FILE, **COPY}, [{"name": "conf", "mountPath": "/other"}], "which omamori's container cannot have"),
        ({**FILE, **COPY}, [{"name": "conf", "mountPath": "/conf", "subPathExpr": "$(A)"}], "cannot have"),
        ({**FILE, **COPY}, [{"name": "deep", "mountPath": "/conf"}], "is of the kind secret"),
        ({**FILE, **COPY}, [{"name": "none", "mountPath": "/conf"}], "there is no volume 'none'"),
        (
            {**COPY, **_suffixed(agent_inject_template_file__t="t.tpl")},
            [{"name": "conf", "mountPath": "/"}],
            "cannot have",
        ),
        (
            {**COPY, **_suffixed(agent_inject_template_file__t="/" * 200_000)},
            [{"name": "conf", "mountPath": "/"}],
            "cannot have",
        ),
    ],
)
def test_template_file_that_cannot_be(annotations: dict[str, str], mounts: list[Any], says: str) -> None:
    """Any other path is refused with the reason."""
    (problem,) = refusals(_only(annotations, containers=[{"name": "tools", "volumeMounts": mounts}], **CONF))
    assert problem.startswith(f"{DOMAIN}/agent-inject-template-file-t: ")
    assert says in problem


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "x" * (129 * 1024)])
def test_no_text(text: str) -> None:
    """A template has no NUL, is Unicode, and has at most 128 KiB."""
    raw = _only(_suffixed(agent_inject_template__a="{{ 1 }}"))
    raw["metadata"]["annotations"][f"{DOMAIN}/agent-inject-template-a"] = text
    if text != "\ud800":  # no JSON in UTF-8 has that
        assert refusals(raw)[0].startswith(f"{DOMAIN}/agent-inject-template-a: has ")


READ = '{{ with secret "secret/data/shop/db" }}{{ .Data.data.username }}{{ end }}'


TEXT, PERMS, DIRECTORY = "agent_inject_template__a", "agent_inject_perms__a", "secret_volume_path__a"
SECRET, LEFT, RIGHT = "agent_inject_secret__a", "agent_template_left_delim__a", "agent_template_right_delim__a"


@pytest.mark.parametrize(
    ("annotations", "path", "content", "mode"),
    [
        ({TEXT: READ, PERMS: "600"}, "/vault/secrets/a", "shop", "0600"),
        ({TEXT: READ, PERMS: ""}, "/vault/secrets/a", "shop", "0644"),
        ({TEXT: READ, PERMS: "0"}, "/vault/secrets/a", "shop", "0644"),
        ({TEXT: READ, "agent_inject_file__a": ".env"}, "/vault/secrets/.env", "shop", "0644"),
        ({SECRET: "/kv1/shop/db"}, "/vault/secrets/a", "password: p w\nusername: shop\n", "0644"),
        ({SECRET: "kv/none", TEXT: READ}, "/vault/secrets/a", "shop", "0644"),
        # vault agent's default templates keep their own delimiters, so that another pair leaves the text as it is
        ({SECRET: "kv/a", LEFT: "<<"}, "/vault/secrets/a", MAP, "0644"),
        ({TEXT: "<<1>>{{", LEFT: "<<", RIGHT: ">>"}, "/vault/secrets/a", "1{{", "0644"),
        ({TEXT: READ, DIRECTORY: "/srv/x"}, "/srv/x/a", "shop", "0644"),
        ({TEXT: '{{ (secret "kv1/shop/db").Data.none }}'}, "/vault/secrets/a", "<no value>", "0644"),
    ],
)
def test_made(
    vault_server: VaultServer, tmp_path: Path, annotations: dict[str, str], path: str, content: str, mode: str
) -> None:
    """From the Pod to the file."""
    using = theirs(VAULT_MAIN_ADDRESS=vault_server.address, VAULT_MAIN_AUTH_KIND="jwt")
    new, _ = admitted(_only(_suffixed(**annotations)), using)
    ran = run_plan(plan_in(new), vault_server, tmp_path)
    assert ran.finished.code == 0, ran.finished.stderr
    assert ran.files(mounted(new, "app")) == {path: (content, mode)}


def test_asking_is_the_usual_pod() -> None:
    """The Pod of other tests asks for one file, in a sidecar."""
    assert [each.name for each in plan_in(admitted(asking())[0]).templates] == ["db"]
