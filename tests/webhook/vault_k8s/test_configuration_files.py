"""agent-configmap: from Pod and ConfigMap to files, with a real server."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.support.vault.server import VaultServer
from tests.support.webhook.golden import settings_for
from tests.support.webhook.vault_k8s import Json, admitted, asking, mounted, named, plan_in, run_plan

ONLY_INIT = named(agent_configmap="shop.conf", agent_pre_populate_only="true")
LOGIN = """auto_auth {
  method "jwt" { config = { role = "shop" } }
  sink "file" { config = { path = "/home/vault/.t" } }
}
"""
OURS = "/var/run/secrets/kubernetes.io/serviceaccount/token"
READ = '{{ with secret "secret/data/shop/db" }}{{ .Data.data.password }} {{ .Data.data.none }}{{ end }}'


def _written(place: str, text: str, more: str = "") -> str:
    return f'template {{\n  destination = "{place}"\n  contents = <<-EOF\n    {text}\n    EOF\n  {more}\n}}\n'


def test_from_pod_to_files(golden_vault: VaultServer, tmp_path: Path) -> None:
    """What both of vault-k8s' containers would have written, the application finds: the sidecar's first, as text."""
    only = ONLY_INIT | named(secret_volume_path_x="/etc/x", agent_inject_secret_x="unused")
    new, _ = admitted(asking(only), settings_for(golden_vault))
    config_map = {
        "config-init.hcl": LOGIN
        + f'vault {{ address = "{golden_vault.address}" ca_cert = "/vault/tls/ca.crt" }}\nexit_after_auth = true\n'
        + _written("/vault/secrets/db", READ, 'perms = "0640"')
        + 'template {\n  source = "/vault/configs/x.tmpl"\n  destination = "/etc/x/d/x"\n}\n',
        "x.tmpl": '{{ with secret "secret/shop/db" }}{{ .Data.data.username }}{{ end }}',
    }
    ran = run_plan(plan_in(new), golden_vault, tmp_path, config_map)
    assert ran.finished.code == 0, ran.finished.stderr
    found = ran.files(mounted(new, "app"))
    data = golden_vault.client.read("secret/data/shop/db")
    assert data is not None
    password, username = (data["data"][each] for each in ("password", "username"))
    assert found == {
        "/vault/secrets/db": (f"{password} <no value>\n", "0640"),
        "/etc/x/d/x": (username, "0644"),
    }
    assert password.encode() not in ran.finished.stderr


def test_what_the_file_may_not_say(golden_vault: VaultServer, tmp_path: Path) -> None:
    """An address of its own, a place that is ours, another kind of login: each is named, and nothing is written."""
    new, _ = admitted(asking(ONLY_INIT), settings_for(golden_vault))
    text = (
        LOGIN.replace('"jwt"', '"gcp"')
        + 'vault {\n  address = "https://evil.example.com"\n}\n'
        + _written("/omamori/omamori-files-0/x", "a")
        + f'template {{\n  source = "{OURS}"\n  destination = "/vault/secrets/t"\n}}\n'
    )
    ran = run_plan(plan_in(new), golden_vault, tmp_path, {"config-init.hcl": text})
    assert (ran.finished.code, ran.finished.last["reason"]) == (2, "configuration-invalid")
    lines = [json.loads(line)["message"] for line in ran.finished.stderr.splitlines()]
    for option in ("vault.address", "auto_auth.method.type", "template.destination", "template.source"):
        assert any(f": {option}: is " in line for line in lines), option
    assert ran.files(mounted(new, "app")) == {}


def _example() -> tuple[dict[str, str], Json, list[str]]:
    """The ConfigMap and the Pod of the page for people, and the lines of a log that it shows."""
    page = (Path(__file__).parents[3] / "docs/moving-from-vault-k8s.md").read_text()
    (text,) = [each for each in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL) if "kind: ConfigMap" in each]
    config_map, raw = YAML(typ="safe").load_all(text)
    raw["metadata"]["namespace"] = "shop"
    return config_map["data"], raw, [line for line in page.splitlines() if line.startswith('{"level"')]


@pytest.mark.parametrize("wrong", [False, True])
def test_the_example_of_the_page(golden_vault: VaultServer, tmp_path: Path, wrong: bool) -> None:
    """What the page shows is what it does, and, with another destination, does not."""
    data, raw, lines = _example()
    new, warnings = admitted(raw, settings_for(golden_vault))
    assert warnings == ()
    # here the Vault has another address, and its login is of another kind
    here = {"https://vault.example.com:8200": golden_vault.address, '"kubernetes"': '"jwt"'}
    here |= {'"/vault/secrets/db.env"': '"/etc/db.env"'} if wrong else {}
    for old, other in here.items():
        data = {name: text.replace(old, other) for name, text in data.items()}
    plan = plan_in(new).replace(mode="init", state_directory="", first_seconds=0)
    ran = run_plan(plan, golden_vault, tmp_path, data)
    said = ran.finished.stderr.decode().splitlines()
    found = ran.files(mounted(new, "app"))
    if wrong:
        assert (ran.finished.code, said[-1], found) == (2, lines[-1], {})
    else:
        assert (ran.finished.code, said[:-1]) == (0, lines[:-1])
        assert found["/vault/secrets/db.env"] == ("\nUSER=shop\n", "0640")
        assert list(found) == ["/vault/secrets/db.env", "/vault/secrets/password"]
