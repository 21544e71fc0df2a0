"""What the program loads, module by module: each one is paid for at every start of every Pod.

deploy/images/agent/modules.txt is the list. A line with a comment is for some Python versions, for the mode sidecar,
or for a command alone, and is not loaded else.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from runpy import run_path

import pytest

from tests.support.vault.program import FLAGS, ROOT
from tests.support.vault.server import VaultServer
from vault.contract.plan import (
    FORMATS,
    KEY_STORES,
    Configuration,
    EnvFile,
    Output,
    Plan,
    Read,
    Template,
    Variable,
    VariableSet,
)
from vault.contract.wire import to_environment

LIST = Path(__file__).parents[2] / "deploy/images/agent/modules.txt"

# the start script itself, with its exit made to tell what is loaded
WRAPPER = """
import os, sys
leave = os._exit
def tell(code):
    sys.stdout.write(chr(10).join([str(code), *sorted(sys.modules)]))
    sys.stdout.flush()
    leave(code)
os._exit = tell
start, *sys.argv[1:] = sys.argv[1:]
with open(start) as file:
    text = file.read()
exec(compile(text, start, "exec"), {"__name__": "__main__", "__file__": start})
"""


def _loaded(root: Path, plan: Plan, code: int, *arguments: str) -> set[str]:
    """Run the program of a tree to its end, and give what was loaded then."""
    start = str(root / "vault" / "agent" / "start.py")
    command = [sys.executable, *FLAGS, "-c", WRAPPER, start, *arguments]
    done = subprocess.run(
        command, env={**to_environment(plan), "OMAMORI_POD_NAME": "app-0"}, capture_output=True, text=True, check=False
    )
    ended, *modules = done.stdout.splitlines()
    assert int(ended) == code, done.stderr
    return set(modules)


def _listed() -> tuple[set[str], set[str]]:
    """Give all that may be loaded, and what must be."""
    lines = [line.partition("#") for line in LIST.read_text().splitlines() if line.strip()]
    assert len(lines) > 50
    assert [name.strip() for name, _, _ in lines] == sorted({name.strip() for name, _, _ in lines})
    return {name.strip() for name, _, _ in lines}, {name.strip() for name, comment, _ in lines if not comment}


@pytest.fixture
def plan(vault_server: VaultServer, directory: Path) -> Plan:
    """A Plan that uses all that there is: every format, decoding, a write, an optional key, a service token."""
    login = {"server": "r", "username": "u", "password": "p"}
    data = {
        "a": "aGk=",
        "b": "é",
        "c": {"d": 1.5},
        "certificate": vault_server.ca_pem,
        "ca": vault_server.ca_pem,
        **login,
    }
    vault_server.client.write("secret/data/shop/modules", {"data": data})
    outputs = [
        # INI has no values of several lines
        Output(directory=str(directory), name=f"f.{each}", mode="0400", format=each, keys=("a",) * (each == "ini"))
        for each in FORMATS
        if each not in KEY_STORES
    ]
    stores = [
        outputs[0].replace(name=each, key="ca", format=each, password_read=0, password_key="password")
        for each in KEY_STORES
    ]
    env_file = EnvFile(directory=str(directory), name="app", mode="0400", variables=(Variable(name="A", key="a"),))
    one_key = Output(directory=str(directory), name="key", mode="0400", key="a", decode="base64")
    some_keys = outputs[0].replace(name="keys", key="c", format="json", keys=("d",))
    capabilities = Read(path="sys/capabilities-self", data=(("paths", "{pod.name}"),), pod_fields=("pod.name",))
    return Plan(
        sessions=(vault_server.session(role="shop.service"),),
        reads=(Read(path="secret/data/shop/modules"), capabilities),
        outputs=(*outputs, *stores, one_key, some_keys, one_key.replace(name="none", key="none", optional=True)),
        env_files=(env_file,),
        warnings=("a warning",),
    )


def _listed_for(comment: str) -> set[str]:
    """Give what is listed with a comment."""
    lines = [line.partition("  # ") for line in LIST.read_text().splitlines()]
    found = {name for name, _, found in lines if found == comment}
    assert found
    return found


def test_a_sidecar_loads_what_is_listed_for_it(plan: Plan, tmp_path: Path) -> None:
    """A sidecar loads its own modules beside those of every Pod; the command `status` its one."""
    may, must = _listed()
    sidecar = plan.replace(mode="sidecar", state_directory=str(tmp_path))
    reads = (*plan.reads, plan.reads[0].replace(path="secret/data/shop/none"))
    last = plan.outputs[0].replace(read=2)

    loaded = _loaded(ROOT, sidecar.replace(reads=reads, outputs=(*plan.outputs, last)), 14)
    assert sorted(loaded - may) == []
    assert _listed_for("mode sidecar") <= loaded
    assert _loaded(ROOT, sidecar, 2, "status") - must == _listed_for("the command status")


def test_mode_init_that_starts_fast_loads_what_is_listed_for_it(plan: Plan, tmp_path: Path) -> None:
    """Here, beside the sources, there is no program that it could become."""
    loaded = _loaded(ROOT, plan.replace(stays=True, state_directory=str(tmp_path)), 2)

    assert sorted(loaded - _listed()[0]) == []
    assert _listed_for("mode init that starts fast") <= loaded


def test_a_set_of_variables_loads_what_is_listed_for_it(plan: Plan) -> None:
    """Its one module; here, beside the sources, there is no launcher."""
    one = VariableSet(keys=("a", "b"), renames=(("b", "PATH"),))
    launched = plan.env_files[0].replace(kind="launcher", sets=(one,), variables=())
    loaded = _loaded(ROOT, plan.replace(env_files=(launched,)), 16)

    assert sorted(loaded - _listed()[0]) == []
    assert _listed_for("a set of variables") <= loaded


def test_a_template_loads_what_is_listed_for_it(plan: Plan, directory: Path) -> None:
    """What runs templates is loaded for them alone, and the functions by their names."""
    text = '[[ with secret "secret/shop/modules" ]][[ .Data.data.a | sha256Hex | regexMatch "a+" ]][[ end ]]'
    template = Template(directory=str(directory), name="template", mode="0400", text=text)
    loaded = _loaded(ROOT, plan.replace(templates=(template,)), 0)

    assert sorted(loaded - _listed()[0]) == []
    assert {"vault.agent.template_sources", "vault.gotemplate.functions.digests"} <= loaded & _listed_for("a template")
    assert "vault.gotemplate.functions.yamlwriter" not in loaded


OWN_LOGINS = {
    "a login by AppRole": {"auth_kind": "approle", "role_id_file": "/none"},
    "a wrapped secret id": {
        "auth_kind": "approle",
        "role_id_file": "/none",
        "secret_id_file": "/none",
        "secret_id_wrapping_path": "auth/approle/role/shop/secret-id",
    },
    "a client certificate": {"client_certificate_file": "/none", "client_key_file": "/none"},
    "a proxy": {"proxy": "socks5://proxy.example.com"},
    "a login by AWS IAM": {"auth_kind": "aws"},
}


@pytest.mark.parametrize("comment", OWN_LOGINS)
def test_a_login_loads_what_is_listed_for_it(plan: Plan, comment: str) -> None:
    """What another way to log in needs is loaded for that alone."""
    loaded = _loaded(ROOT, plan.replace(sessions=(plan.sessions[0].replace(**OWN_LOGINS[comment]),)), 2)
    assert sorted(loaded - _listed()[0]) == []
    assert _listed_for(comment) <= loaded
    others = [each for each in OWN_LOGINS if each != comment and "AppRole" not in each]
    assert not loaded & {name for each in others for name in _listed_for(each)}


def test_an_agent_configuration_loads_what_is_listed_for_it(
    vault_server: VaultServer, directory: Path, tmp_path: Path
) -> None:
    """What reads vault agent's own configuration is loaded for it alone, and all of it, but for the reader of JSON."""
    file = tmp_path / "config.hcl"
    file.write_text(
        'auto_auth { method "jwt" { config { role = "shop.service" } } }\n'
        'template { contents = "a" destination = "/secrets/a" command = "pkill nginx" }\n'
    )
    rules = Configuration(files=(str(file),), volumes=(("/secrets", str(directory)),), sources=())
    plan = Plan(sessions=(vault_server.session(role=""),), reads=(), configurations=(rules,))
    loaded = _loaded(ROOT, plan, 0)

    assert sorted(loaded - _listed()[0]) == []
    assert _listed_for("an agent configuration") <= loaded
    (directory / "a").unlink()


def _modules_in(*folders: str) -> set[str]:
    files = [file.relative_to(ROOT).with_suffix("") for folder in folders for file in (ROOT / folder).rglob("*.py")]
    return {".".join(file.parts).removesuffix(".__init__") for file in files}


def test_every_module_of_templates_is_in_the_list() -> None:
    """Which of them a template loads is its author's to say."""
    assert _modules_in("vault/gotemplate", "vault/agent/render/templates") <= _listed_for("a template")


def test_exactly_the_listed_modules_are_loaded(plan: Plan) -> None:
    """Nothing is loaded that is not in the list, and nothing is in the list that is not loaded."""
    may, must = _listed()
    loaded = _loaded(ROOT, plan, 0)

    assert sorted(loaded - may) == []
    assert sorted(must - loaded) == []


@pytest.mark.parametrize("code", [2, 10, 12, 14, 15, 16])
def test_a_failure_loads_nothing_more(plan: Plan, code: int) -> None:
    """An error is said with what is there."""
    session, output = plan.sessions[0], plan.outputs[0]
    wrong = {
        2: plan.replace(sessions=(session.replace(token_file="/none"),)),
        10: plan.replace(sessions=(session.replace(address="https://127.0.0.1:1"),), deadline_seconds=0),
        12: plan.replace(sessions=(session.replace(role="none"),)),
        14: plan.replace(reads=(plan.reads[0].replace(path="secret/data/shop/none"), plan.reads[1])),
        15: plan.replace(outputs=(output.replace(key="none"),)),
        16: plan.replace(outputs=(output.replace(directory="/none"),)),
    }

    assert sorted(_loaded(ROOT, wrong[code], code) - _listed()[0]) == []


@pytest.mark.parametrize("module", ["logging", "dataclasses", "pathlib", "http.client", "typing"])
def test_one_more_import_is_noticed(plan: Plan, tmp_path: Path, module: str) -> None:
    """A copy of the program with an import more does not pass."""
    shutil.copytree(ROOT / "vault", tmp_path / "vault", ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / "vault" / "agent" / "log.py").open("a") as file:
        file.write(f"\nimport {module}\n")

    assert module in _loaded(tmp_path, plan, 0) - _listed()[0]


def test_no_third_party_module_is_in_the_list() -> None:
    """The process that holds everybody's secrets runs on the standard library alone."""
    outside = {
        name for name in _listed()[0] if name.split(".")[0] not in {*sys.stdlib_module_names, "vault", "__main__"}
    }

    assert outside == set()


def test_the_image_has_each_module_of_the_list() -> None:
    """What the program may load of ours is what the image's context is made of: one that lacks a file starts no Pod."""
    listed = {line.split()[0] for line in LIST.read_text().splitlines() if line.startswith("vault.")}
    staged = run_path(str(LIST.parents[1] / "stage.py"))["AGENT_FILES"]
    modules = {f"vault/{file}".removesuffix(".py").removesuffix("/__init__").replace("/", ".") for file in staged}
    folders = tuple(f"vault.{folder}." for folder in run_path(str(LIST.parents[1] / "stage.py"))["AGENT_FOLDERS"])
    assert modules - {"vault"} == {name for name in listed if not f"{name}.".startswith(folders)}
