"""Go templates in the program, against a real server: what they read, how often, and how they fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.vault.program import Finished, run_program
from tests.support.vault.proxy import Proxy
from tests.support.vault.server import VaultServer
from tests.support.vault.sidecar import write_role
from vault.contract.plan import Output, Plan, Read, Template

MOUNTS = "sys/internal/ui/mounts/"
POLICY = """
path "secret/data/shop/*" { capabilities = ["read"] }
path "secret/metadata/shop/*" { capabilities = ["read", "list"] }
path "kv1/*" { capabilities = ["read", "list"] }
path "t-pki/issue/*" { capabilities = ["update"] }
path "t-transit/encrypt/*" { capabilities = ["update"] }
"""


@pytest.fixture(scope="module", autouse=True)
def role(vault_server: VaultServer) -> str:
    """Give the role of the templates, and the engines that they may use."""
    client = vault_server.client
    client.write("sys/policies/acl/templates", {"policy": POLICY})
    client.write("sys/mounts/t-transit", {"type": "transit"})
    client.write("t-transit/keys/web", {})
    client.write("sys/mounts/t-pki", {"type": "pki"})
    client.write("t-pki/root/generate/internal", {"common_name": "root", "ttl": "24h"})
    client.write("t-pki/roles/web", {"allow_any_name": True})
    for path in ("secret/data/shop/listed/a", "secret/data/shop/listed/b/c"):
        client.write(path, {"data": {"a": "1"}})
    client.write("kv1/listed/a", {"a": "1"})
    client.write("kv1/listed/b", {"a": "2"})
    return write_role(vault_server, "shop.templates", "batch", "10m", "0", "templates")


def _plan(server: VaultServer, directory: Path, *texts: str, address: str = "", **fields: Any) -> Plan:
    """Give the Plan of some templates; the files are named by their numbers."""
    session = server.session(role="shop.templates", address=address or server.address)
    templates = tuple(
        Template(
            directory=str(directory),
            name=str(number),
            mode="0444",
            text=text,
            annotation=f"template.omamori.dev/{number}",
            **fields,
        )
        for number, text in enumerate(texts)
    )
    return Plan(sessions=(session,), reads=(), templates=templates, deadline_seconds=20)


def _made(plan: Plan) -> bytes:
    """Run, and give the first file."""
    finished = run_program(plan)
    assert finished.code == 0, finished.stderr
    return (Path(plan.templates[0].directory) / "0").read_bytes()


def _failed(plan: Plan, code: int, reason: str) -> dict[str, Any]:
    """Run, and give the last line of a run that failed so, and left nothing."""
    finished: Finished = run_program(plan)
    assert (finished.code, finished.last.get("reason")) == (code, reason), finished.stderr
    assert not list(Path(plan.templates[0].directory).iterdir())
    last: dict[str, Any] = finished.last
    return last


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[[ with (secret "secret/data/shop/db").Data.data ]][[ .username ]]:[[ .password ]][[ end ]]', b"shop:p w"),
        ('[[ with secret "secret/shop/db" ]][[ .Data.data.username ]][[ end ]]', b"shop"),
        ('[[ (secret "/secret/shop/db?version=1").Data.metadata.version ]]', b"1"),
        ('[[ with secret "kv1/shop/db" ]][[ .Data.password ]] [[ .Renewable ]] [[ .LeaseID ]][[ end ]]', b"p w false "),
        ('[[ range $k, $v := (secret "kv1/shop/db").Data ]][[ $k ]]=[[ len $v ]];[[ end ]]', b"password=3;username=4;"),
        ('[[ range secrets "secret/shop/listed" ]][[ . ]] [[ end ]]', b"a b/ "),
        ('[[ range secrets "kv1/shop/none" ]][[ . ]][[ else ]]none[[ end ]]', b"none"),
        ('[[ (secret "t-transit/encrypt/web" "plaintext=aGk=").Data.ciphertext | split ":" | len ]]', b"3"),
        ('[[ envOrDefault "NONE" "a" ]][[ env "NONE" ]][[ env "OMAMORI_PLAN" ]]', b"a"),
        ('[[ range secrets "kv1/listed" ]][[ (secret (printf "kv1/listed/%s" .)).Data.a ]][[ end ]]', b"12"),
        ("[[ secret ]]x", b"<no value>x"),
    ],
)  # fmt: skip
def test_what_templates_get(vault_server: VaultServer, directory: Path, text: str, expected: bytes) -> None:
    """Reads of both versions of KV, short paths, versions, lists, writes, variables; one path found by another."""
    assert _made(_plan(vault_server, directory, text)) == expected


def test_each_call_is_made_once(vault_server: VaultServer, proxy: Proxy, directory: Path) -> None:
    """However often a template runs, and however many templates ask: also where a file asks for the same."""
    text = (
        '[[ with secret "secret/data/shop/db" ]][[ with secret "kv1/shop/db" ]][[ .Data.password ]][[ end ]][[ end ]]'
    )
    plan = _plan(vault_server, directory, text, text, address=proxy.address)
    output = Output(directory=str(directory), name="file", mode="0444", key="username")
    finished = run_program(plan.replace(reads=(Read(path="secret/data/shop/db"),), outputs=(output,)))

    assert finished.code == 0, finished.stderr
    assert [(directory / name).read_bytes() for name in ("0", "1", "file")] == [b"p w", b"p w", b"shop"]
    called = [path for path in proxy.paths if not path.startswith(("auth/", MOUNTS))]
    assert called == ["secret/data/shop/db", "kv1/shop/db"]


def test_the_time_in_a_call_does_not_make_it_anew(vault_server: VaultServer, proxy: Proxy, directory: Path) -> None:
    """A template that puts the time into a call runs again with the same time."""
    text = (
        '[[ $at := timestamp "15:04:05.000000000" ]]'
        '[[ with secret "t-transit/encrypt/web" ($at | base64Encode | printf "plaintext=%s") ]][[ len .Data ]][[ end ]]'
    )
    assert _made(_plan(vault_server, directory, text, address=proxy.address)) == b"2"
    assert proxy.paths.count("t-transit/encrypt/web") == 1


def test_numbers_are_exact(vault_server: VaultServer, directory: Path) -> None:
    """A number has the text that it was stored with."""
    vault_server.client.write("kv1/numbers", {"a": 12345678901234567890, "b": 1.10, "c": [1, {"d": 0.5}]})
    text = '[[ with (secret "kv1/numbers").Data ]][[ .a ]] [[ .b ]] [[ .c | toJSON ]] [[ printf "%T" .a ]][[ end ]]'
    assert _made(_plan(vault_server, directory, text)) == b'12345678901234567890 1.1 [1,{"d":0.5}] json.Number'


def test_a_missing_key_is_an_error_or_no_value(vault_server: VaultServer, directory: Path) -> None:
    """Ours is an error, that says where; Go's default, which another dialect has, is `<no value>`."""
    text = 'a\n[[ with secret "secret/shop/db" ]][[ .Data.username ]][[ end ]]'
    said = _failed(_plan(vault_server, directory, text), 15, "template-failed")
    assert "0:2:" in said["message"]
    assert 'map has no entry for key "username"' in said["message"]
    assert ".Data.data" in said["hint"]
    assert said["annotation"] == "template.omamori.dev/0"

    finished = run_program(_plan(vault_server, directory, text, missing_key="default"))
    assert (finished.code, (directory / "0").read_bytes()) == (0, b"a\n<no value>")
    warned = [line for line in finished.lines if line["level"] == "warning"]
    assert [line["annotation"] for line in warned] == ["template.omamori.dev/0"]
    assert "<no value>" in warned[0]["message"]


@pytest.mark.parametrize(
    ("text", "code", "reason", "words"),
    [
        ("[[ if ]]", 15, "template-failed", "missing value for if"),
        ("[[ nope ]]", 15, "template-failed", 'function "nope" not defined'),
        ('[[ key "a" ]]', 15, "template-failed", "Consul"),
        ('[[ secret "secret/shop/none" ]]', 14, "path-not-found", "secret/data/shop/none"),
        ('[[ secret "secret/other/a" ]]', 13, "path-refused", "secret/data/other/a"),
        ('[[ secret "secret/shop/db?x=1" ]]', 15, "template-failed", "?version="),
        ('[[ secret "a//b" ]]', 15, "template-failed", "empty segment"),
        ('[[ secret "a/../b" ]]', 15, "template-failed", "'..'"),
        ('[[ secret "a%2e%2e" "b" ]]', 15, "template-failed", "not name=value"),
        ('[[ pkiCert "t-pki/issue/a" ]]', 15, "template-failed", "arguments after the path"),
        ('[[ file "/proc/self/environ" ]]', 15, "template-failed", "not read"),
        ('[[ file "/dev/zero" ]]', 15, "template-failed", "not read"),
        ('[[ file "/none" ]]', 15, "template-failed", "No such file"),
        ('[[ mustEnv "NONE" ]]', 15, "template-failed", "mustEnv"),
        ("[[ range loop 100000000 ]][[ end ]]", 15, "template-failed", "steps"),
    ],
)  # fmt: skip
def test_how_templates_fail(
    vault_server: VaultServer, directory: Path, text: str, code: int, reason: str, words: str
) -> None:
    """The message says what is wrong, and no file is there."""
    said = _failed(_plan(vault_server, directory, text), code, reason)
    assert words in " ".join(map(str, said.values()))
    assert said["hint"]


def test_our_own_files_are_not_read(vault_server: VaultServer, directory: Path, tmp_path: Path) -> None:
    """The ServiceAccount's token is not read by `file`, also not through a link; others are."""
    session = vault_server.session()
    (tmp_path / "link").symlink_to(session.token_file)
    (tmp_path / "note").write_text("hello")

    assert _made(_plan(vault_server, directory, f'[[ file "{tmp_path}/note" ]]')) == b"hello"
    # as the kubelet shows a Secret or a ConfigMap
    (tmp_path / "custom/..1").mkdir(parents=True)
    (tmp_path / "custom/..1/key").write_text("from a Secret")
    (tmp_path / "custom/..data").symlink_to("..1")
    (tmp_path / "custom/key").symlink_to("..data/key")
    assert _made(_plan(vault_server, directory, f'[[ file "{tmp_path}/custom/key" ]]')) == b"from a Secret"
    (directory / "0").unlink()
    for place in (session.token_file, str(tmp_path / "link")):
        finished = run_program(_plan(vault_server, directory, f'[[ file "{place}" ]]').replace(sessions=(session,)))
        assert (finished.code, "omamori's own" in finished.last["message"]) == (15, True)


def test_a_template_may_be_optional(vault_server: VaultServer, directory: Path) -> None:
    """What reads a path that is absent is left out; another that is not optional keeps its error."""
    text = '[[ with secret "secret/shop/none" ]][[ .Data.data.a ]][[ end ]]'
    plan = _plan(vault_server, directory, text, '[[ with secret "secret/shop/db" ]]there[[ end ]]', optional=True)
    finished = run_program(plan)
    assert finished.code == 0
    assert sorted(each.name for each in directory.iterdir() if not each.name.startswith("..")) == ["1"]
    assert [line["path"] for line in finished.lines if "left out" in line["message"] and "path" in line]

    both = (plan.templates[0], plan.templates[0].replace(name="2", optional=False))
    assert run_program(plan.replace(templates=both)).code == 14


def test_a_template_may_be_in_a_file(vault_server: VaultServer, directory: Path, tmp_path: Path) -> None:
    """That of a ConfigMap, with other delimiters; one that is not there is an error with its path."""
    place = tmp_path / "app.tpl"
    place.write_text('{{ with secret "secret/shop/db" }}{{ .Data.data.username }}{{ end }}\n')
    template = Template(directory=str(directory), name="0", mode="0440", file=str(place), left="{{", right="}}")
    plan = _plan(vault_server, directory).replace(templates=(template,))
    assert _made(plan) == b"shop\n"
    assert (directory / "0").stat().st_mode & 0o777 == 0o440

    missing = run_program(plan.replace(templates=(template.replace(file=str(tmp_path / "none")),)))
    assert (missing.code, "none cannot be read" in missing.last["message"]) == (15, True)


def test_a_certificate_of_pki(vault_server: VaultServer, proxy: Proxy, directory: Path) -> None:
    """PkiCert gives key, certificate and CA of one call."""
    text = (
        '[[ with pkiCert "t-pki/issue/web" "common_name=web" "ttl=1h" ]]'
        "[[ .Key ]][[ .Cert ]][[ .Data.CA ]][[ len .CAChain ]][[ end ]]"
    )
    made = _made(_plan(vault_server, directory, text, address=proxy.address)).decode()

    assert [line for line in made.splitlines() if line.startswith("-----BEGIN")] == [
        "-----BEGIN RSA PRIVATE KEY-----",
        "-----BEGIN CERTIFICATE-----",
        "-----BEGIN CERTIFICATE-----",
    ]
    assert made.endswith("-----END CERTIFICATE-----\n1")
    assert proxy.paths.count("t-pki/issue/web") == 1


def test_a_template_writes_more_files(vault_server: VaultServer, directory: Path) -> None:
    """They are beside its own, with their modes, and their paths are those that the application knows."""
    text = (
        '[[ with secret "secret/shop/db" ]][[ .Data.data.username | writeToFile "/srv/tls/user" "app" "app" "0400" ]]'
        '[[ .Data.data.password | writeToFile "/srv/tls/all" "" "" "0444" "newline" ]]'
        '[[ "end" | writeToFile "/srv/tls/all" "" "" "0440" "append,newline" ]][[ end ]]own'
    )
    assert _made(_plan(vault_server, directory, text, seen_at="/srv/tls")) == b"own"
    found = {
        name: ((directory / name).read_bytes(), (directory / name).stat().st_mode & 0o777) for name in ("user", "all")
    }
    assert found == {"user": (b"shop", 0o400), "all": (b"p w\nend\n", 0o440)}


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ('writeToFile "/etc/passwd" "" "" "0400" "a"', "not below /srv/tls"),
        ('writeToFile "/srv/tls/../a" "" "" "0400" "a"', "'..'"),
        ('writeToFile "/srv/tls/..data" "" "" "0400" "a"', "'..'"),
        ('writeToFile "/srv/tls/0" "" "" "0400" "a"', "own file"),
        ('writeToFile "/srv/tls/a" "" "" "4755" "a"', "octal"),
        ('writeToFile "/srv/tls/a" "" "" "rw" "a"', "octal"),
        ('writeToFile "/srv/tls/a" "" "" "0400" "exec" "a"', "append and newline"),
        ('writeToFile "/srv/tls/a" "" "" "0400"', "it takes a path"),
        ('writeToFile "/srv/tls/other" "" "" "0400" "a"', "two files would be"),
        ('writeToFile "/srv/tls/other/a" "" "" "0400" "a"', "a folder of the other"),
    ],
)
def test_where_a_template_cannot_write(vault_server: VaultServer, directory: Path, call: str, words: str) -> None:
    """Within its own volume alone, no file twice, and nothing is left of a run that fails."""
    plan = _plan(vault_server, directory, f"[[ {call} ]]", seen_at="/srv/tls")
    other = plan.templates[0].replace(name="other", text="[[ 1 ]]")
    said = _failed(plan.replace(templates=(other, *plan.templates)), 15, "template-failed")
    assert words in said["message"]
