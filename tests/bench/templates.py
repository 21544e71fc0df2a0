"""Ten Go templates: the program in the Pod against `vault agent`, on one Vault, over TLS, in pairs; the same bytes.

The program runs as in its image. Needs root and the real parts.
"""

from __future__ import annotations

import json
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.bench.figures import keep
from tests.bench.program import measured, ours, prepare, program_tree
from tests.realparts.dynamodb import dynamodb
from tests.realparts.parts import part
from tests.realparts.sandbox import sandbox
from tests.realparts.vault import Storage, VaultServer, vault
from vault.contract.plan import Template
from vault.contract.wire import from_environment, to_environment

DB = '{{ with secret "secret/data/shop/db" }}'
MAIL = '{{ with secret "secret/data/shop/mail" }}'
END = "{{ end }}"
TEMPLATES = {
    "password": f"{DB}{{{{ .Data.data.password }}}}{END}",
    "short-path": f'{{{{ with secret "secret/shop/pay" }}}}{{{{ .Data.data.password }}}}{END}',
    "joined": f"{DB}{{{{ $u := .Data.data.username }}}}{MAIL}{{{{ $u }}}}:{{{{ .Data.data.password }}}}{END}{END}",
    "range": f"{DB}{{{{ range $k, $v := .Data.data }}}}{{{{ $k }}}}={{{{ $v }}}}\n{END}{END}",
    "json": f"{DB}{{{{ .Data.data | toJSONPretty }}}}{END}",
    "encoded": f'{DB}{{{{ .Data.data.password | base64Encode | printf "%q" }}}}{END}',
    "chosen": f'{DB}{{{{ if eq .Data.data.username "u" }}}}a{{{{ else }}}}b{{{{ end }}}}{END}',
    "defined": f'{{{{ define "row" }}}}[{{{{ . }}}}]{{{{ end }}}}{DB}{{{{ template "row" .Data.data.username }}}}{END}',
    "dotenv": f"{DB}export U={{{{ .Data.data.username }}}}\nexport P={{{{ .Data.data.password }}}}\n{END}",
    "yaml": f'{DB}{{{{ .Data.data | toYAML | indent 2 | replaceAll "username" "user" }}}}{END}',
}


def with_templates(environ: dict[str, str]) -> dict[str, str]:
    """Give the environment of the same program with templates in the place of files."""
    templates = tuple(
        Template(directory="/out", name=name, mode="0400", text=text, left="{{", right="}}")
        for name, text in TEMPLATES.items()
    )
    plan = from_environment(environ)
    return to_environment(plan.replace(reads=(), outputs=(), templates=templates))


def theirs(folder: Path, server: VaultServer, token: str) -> tuple[list[str], dict[str, str]]:
    """Give the agent's command and environment."""
    (folder / "token").write_text(token)
    method = {
        "type": "jwt",
        "mount_path": "auth/jwt",
        "config": {"path": f"{folder}/token", "role": "shop.checkout", "remove_jwt_after_reading": False},
    }
    configuration = folder / "agent.json"
    configuration.write_text(
        json.dumps(
            {
                "exit_after_auth": True,
                "vault": {"address": server.address, "ca_cert": str(server.ca_pem)},
                "auto_auth": {"method": [method]},
                "template": [{"contents": text, "destination": str(folder / name)} for name, text in TEMPLATES.items()],
            }
        )
    )
    return [str(part("vault") / "bin/vault"), "agent", "-config", str(configuration)], {"HOME": str(folder)}


def main() -> None:
    """Measure in pairs, compare the files, print, keep."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        tree = program_tree(folder)
        box = stack.enter_context(sandbox())
        store = stack.enter_context(dynamodb(box))
        server = stack.enter_context(vault(box, Storage(store.endpoint)))
        token = prepare(server)
        command, environ = ours(tree, server, token)
        commands = {"vault agent": theirs(folder, server, token), "omamori": (command, with_templates(environ))}
        tables = measured("ten templates", commands)
        for name in TEMPLATES:
            assert (tree / "out" / name).resolve().read_bytes() == (folder / name).read_bytes(), name
    for table in tables:
        table.show()
    keep(tables, {})
