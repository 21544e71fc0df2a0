"""Which files a configuration makes: its templates and tokens, of one file or of two."""

from __future__ import annotations

import pytest

from tests.support.vault.configurations import LOGIN, PLAN, TEMPLATE, configured, problems
from vault.contract.plan import Plan
from vault.contract.wire import from_json, to_json

INIT = PLAN.replace(mode="init", state_directory="")
SINK = 'auto_auth { method "kubernetes" { config { role = "shop" } } sink "file" { config { path = "%s" } } }\n'


def _template(place: str, text: str = "{{ 1 }}", more: str = "") -> str:
    return f'template {{\n contents = "{text}"\n destination = "{place}"\n {more}\n}}\n'


def _made(plan: Plan) -> list[tuple[str, str, str]]:
    return [(each.name, each.text, plan.sessions[each.session].role) for each in plan.templates]


def test_what_is_made_is_a_plan() -> None:
    """The Plan that comes of it is one that travels: its indices point to something."""
    plan, _ = configured(SINK % "/vault/secrets/token" + _template("/srv/x/a") + _template("/vault/secrets/b"))
    assert from_json(to_json(plan)) == plan
    assert [(each.directory, each.name, each.mode) for each in plan.templates] == [
        ("/omamori/omamori-files-0", "b", "0644"),
        ("/omamori/omamori-files-1", "a", "0644"),
    ]
    (token,) = plan.outputs
    (read,) = plan.reads
    assert (token.read, token.key, token.mode, read.login, read.path) == (
        0,
        "token",
        "0640",
        True,
        "auth/kubernetes/login",
    )
    assert {each.missing_key for each in plan.templates} == {"default"}
    assert all(each.allows_short_lease for each in plan.templates)


def test_errors_name_the_block() -> None:
    """What fails later, in Vault or in the template, says where the template stands."""
    plan, _ = configured(LOGIN + TEMPLATE)
    assert plan.templates[0].annotation == "vault.hashicorp.com/agent-configmap (config.hcl line 2)"


def test_a_file_of_two() -> None:
    """What both files write is the first one's; what only the second one writes is written as well, by its login."""
    other = (
        LOGIN.replace('"shop"', '"other"')
        + _template("/vault/secrets/a", "init")
        + _template("/vault/secrets/b", "init")
    )
    plan, _ = configured(LOGIN + _template("/vault/secrets/a", "stay"), config_init=other)
    assert _made(plan) == [("a", "stay", "shop"), ("b", "init", "other")]
    assert [each.role for each in plan.sessions] == ["shop", "other"]
    same, _ = configured(LOGIN + _template("/vault/secrets/a", "stay"), config_init=other.replace('"other"', '"shop"'))
    assert [each.role for each in same.sessions] == ["shop"]


def test_tokens_of_two_logins() -> None:
    """A token is of the login of its file, and two sinks of one login have one token."""
    other = (SINK % "/srv/x/c").replace('"shop"', '"other"')
    first = (SINK % "/vault/secrets/a").replace(
        "} }\n", '} sink { type = "file" config { path = "/vault/secrets/b" } } }\n', 1
    )
    plan, _ = configured(first, config_init=other)
    assert [(each.name, plan.sessions[plan.reads[each.read].session].role) for each in plan.outputs] == [
        ("a", "shop"),
        ("b", "shop"),
        ("c", "other"),
    ]
    assert len(plan.reads) == 2


def test_a_sink_elsewhere() -> None:
    """A token that no container would see is not written, and the log says it."""
    plan, warnings = configured(SINK % "/home/vault/.token" + TEMPLATE)
    assert plan.outputs == plan.reads == ()
    (warning,) = warnings
    assert warning == (
        "config.hcl line 1: auto_auth.sink.config.path: '/home/vault/.token' is seen by no container, so nothing is "
        "written; a token goes below /vault/secrets or /srv/x"
    )


@pytest.mark.parametrize("text", [LOGIN, SINK % "/home/vault/.token", LOGIN + 'cache { }\nlistener "tcp" { }\n'])
def test_nothing_to_write(text: str) -> None:
    """A configuration that writes nothing is refused: its Pod would wait for a proxy, or for files."""
    (problem,) = problems(text)
    assert "there is neither a template nor a sink below /vault/secrets or /srv/x" in problem


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ("/vault/secrets/a", "/vault/secrets/a", "makes the same file as config.hcl line 2"),
        ("/vault/secrets/a", "/vault/secrets/a/b", "makes a file where config.hcl line 7 needs a folder"),
    ],
)
def test_two_at_one_path(first: str, second: str, words: str) -> None:
    """Two files at one path, or a file where another one needs a folder, are refused."""
    (problem,) = problems(LOGIN + _template(first) + _template(second))
    assert words in problem


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ('template { contents = "a" }', "template: has no destination"),
        ('template { destination = "/vault/secrets/a" }', "template: has to have contents, or source, and not both"),
        (
            'template { contents = "a" source = "/vault/configs/a" destination = "/vault/secrets/a" }',
            "template: has to have contents, or source, and not both",
        ),
        ("auto_auth { sink { } }", "auto_auth.sink.type: is missing; write file"),
    ],
)
def test_what_is_missing(block: str, words: str) -> None:
    """A template has a destination, and contents or a source; a sink has a type."""
    text = block if block.startswith("auto_auth") else LOGIN + block
    assert any(words in each for each in problems(text))


def test_a_source_of_a_copied_volume() -> None:
    """A path as the copied container has it is found where ours has the volume; a file may be the mount itself."""
    sources = (*PLAN.configurations[0].sources, ("/etc/one.tmpl", "/omamori/templates/t/one.tmpl"))
    plan = PLAN.replace(configurations=(PLAN.configurations[0].replace(sources=sources),))
    for path, file in {
        "/vault/configs/a": "/vault/configs/a",
        "/etc/t/d/a": "/omamori/templates/t/d/a",
        "/etc/one.tmpl": "/omamori/templates/t/one.tmpl",
    }.items():
        text = f'template {{ source = "{path}" destination = "/vault/secrets/a" }}'
        assert configured(LOGIN + text, plan)[0].templates[0].file == file


COMMAND = 'command = "pkill -HUP nginx"'


def test_one_signal() -> None:
    """All commands are one signal; a sidecar sends it, an init container does not, and says so."""
    text = LOGIN + _template("/vault/secrets/a", more=COMMAND) + _template("/vault/secrets/b", more=COMMAND)
    assert configured(text)[0].on_change == "signal"
    plan, warnings = configured(text, INIT)
    assert plan.on_change == ""
    assert "template.command: nothing runs yet when an init container has written the files" in warnings[0]
    (problem,) = problems(text + _template("/vault/secrets/c", more='exec { command = ["pkill", "-USR1", "nginx"] }'))
    assert "template.exec.command: is another command than an earlier one" in problem


def test_the_first_file_says_how_it_runs() -> None:
    """The interval is the first file's. That a sidecar's file says to end is passed over, with a warning."""
    interval = "template_config { static_secret_render_interval = %s }\n"
    second = LOGIN + interval % '"1h"' + "exit_after_auth = true\n" + _template("/vault/secrets/b")
    plan, warnings = configured(LOGIN + interval % "45" + TEMPLATE, config_init=second)
    assert (plan.refresh_seconds, warnings) == (45, ())
    assert configured(LOGIN + TEMPLATE)[0].refresh_seconds == 300
    _, (warning,) = configured("exit_after_auth = true\n" + LOGIN + TEMPLATE)
    assert warning.startswith("config.hcl line 1: exit_after_auth: the sidecar stays")
    assert configured("exit_after_auth = true\n" + LOGIN + TEMPLATE, INIT)[1] == ()


def test_a_bounded_number_of_files() -> None:
    """More than 200 templates are refused."""
    many = "".join(_template(f"/vault/secrets/{number}") for number in range(201))
    (problem,) = problems(LOGIN + many)
    assert "there are more than 200 templates and sinks" in problem


def test_as_json() -> None:
    """JSON as the Vault Agent Injector writes it is read as well."""
    text = (
        '{"auto_auth": {"method": [{"kubernetes": {"config": {"role": "shop"}}}], "sink": [{"file": {"config": '
        '{"path": "/vault/secrets/t"}}}]}, "template": [{"contents": "a", "destination": "/vault/secrets/a"}, '
        '{"contents": "b", "destination": "/vault/secrets/b"}], "listener": {"tcp": {}}}'
    )
    plan, _ = configured(text)
    assert [each[:2] for each in _made(plan)] == [("a", "a"), ("b", "b")]
    assert [each.name for each in plan.outputs] == ["t"]
