"""One configuration, run by vault agent itself and by the program in the Pod: the same files, bytes and modes.

It has what the two could read in different ways: heredocs, escapes, quotes, modes as numbers and as text.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
import trustme

from tests.realparts.parts import part
from tests.support.webhook.golden import golden_server, settings_for
from tests.support.webhook.vault_k8s import admitted, asking, mounted, named, plan_in, run_plan

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real

SOURCE = '<< with secret "secret/shop/db" >><< .Data.data.username | toUpper >><< end >>'
CONFIGURATION = r"""
auto_auth {
  method "jwt" {
    mount_path = "auth/jwt"
    config     = { role = "shop" path = "@CONF@/jwt" remove_jwt_after_reading = false }
  }
  sink "file" { config = { path = "@OUT@/token" mode = 0604 } }
}
vault { address = "@ADDRESS@" ca_cert = "@CONF@/ca.crt" }
exit_after_auth = true # an init container's

template {
  destination = "@OUT@/heredoc"
  perms       = "0640"
  contents    = <<-EOF
    {{- with secret "secret/data/shop/db" }}
    USER={{ .Data.data.username }}
      ALL={{ .Data.data | toJSON }}
    {{- end }}
    EOF
}
template {
  destination = "@OUT@/flush"
  contents    = <<EOF
{{ with secret "secret/data/shop/db" }}{{ range $k, $v := .Data.data }}{{ $k }}: {{ $v }}
{{ end }}{{ end }}EOF is here "\n"
  EOF
}
"template" = {
  "destination" = "@OUT@/d/quoted"
  "contents"    = "a\t\x41\u00e9 {{ with secret \"secret/data/shop/db\" }}{{ .Data.data.none }}{{ end }}\n${ \"not\" }"
  "perms"       = 0600
}
template {
  source         = "@CONF@/x.tmpl"
  destination    = "@OUT@/sourced"
  left_delimiter = "<<", right_delimiter = ">>"
}
"""


def _filled(**places: object) -> str:
    text = CONFIGURATION
    for name, place in places.items():
        text = text.replace(f"@{name.upper()}@", str(place))
    return text


def test_the_same_files_as_vault_agent(tmp_path: Path) -> None:
    """Each file has the bytes and the mode that vault agent gives it; tokens are two, of one mode."""
    conf, out, pod, served = (tmp_path / each for each in ("conf", "out", "pod", "server"))
    for folder in (conf, out, pod, served):
        folder.mkdir()
    with golden_server(served, trustme.CA()) as server:
        for name, text in {"jwt": server.jwt(), "ca.crt": server.ca_pem, "x.tmpl": SOURCE}.items():
            (conf / name).write_text(text)
        (conf / "config.hcl").write_text(_filled(conf=conf, out=out, address=server.address))
        command = [str(part("vault") / "bin/vault"), "agent", f"-config={conf}/config.hcl"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        theirs = {
            f"/vault/secrets/{each.relative_to(out)}": (each.read_text(), f"{each.stat().st_mode & 0o777:04o}")
            for each in out.rglob("*")
            if each.is_file()
        }

        asked = named(agent_configmap="conf", agent_pre_populate_only="true")
        new, _ = admitted(asking(asked), settings_for(server))
        text = _filled(conf="/vault/configs", out="/vault/secrets", address=server.address)
        ran = run_plan(plan_in(new), server, pod, {"config-init.hcl": text, "x.tmpl": SOURCE})
        assert ran.finished.code == 0, ran.finished.stderr
        ours = ran.files(mounted(new, "app"))

    tokens = [files.pop("/vault/secrets/token") for files in (ours, theirs)]
    assert tokens[0][0] != tokens[1][0]
    assert [mode for _, mode in tokens] == ["0604"] * 2
    assert len(theirs) == 4
    assert ours == theirs
