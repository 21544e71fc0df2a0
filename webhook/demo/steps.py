"""The demo's steps for a Pod, with the real components.

(1) an embedded Vault for each one that the Pod names, or your own; (2) the secrets, a policy and a role in it; (3) the
webhook, with a throw-away CA; (4) the Pod is sent to it; (5) the program that it injects runs, unmodified, as a local
process; (6) the files that the application would see.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from vault.cli.notices import name_unused_variables, say_waiting
from vault.client import VaultClient
from vault.embedded import embedded_vault
from webhook.demo import files, manifest, program, vault_side, webhook_side
from webhook.demo.screen import Screen
from webhook.demo.showable import read_spec
from webhook.demo.stop import DemoStopped
from webhook.demo.vaults import find_vaults


@dataclass(frozen=True, slots=True)
class VaultChoice:
    """Which Vault to use. `address` None: an embedded one."""

    address: str | None
    ca_file: Path | None
    seconds: float


def show(pod: manifest.ManifestPod, file: Path, vault: VaultChoice, screen: Screen, *, reveal: bool) -> None:
    """Show what becomes of a Pod of a file. Raises DemoStopped, Failure and Rejected."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="omamori-demo-")))
        spec = read_spec(pod)
        certificates = webhook_side.write_certificates(folder)

        vaults = find_vaults(spec, pod)
        servers: dict[str, vault_side.Server] = {}
        with screen.step("a Vault" if len(vaults) == 1 else f"{len(vaults)} Vaults"):  # (1)
            for each in vaults:
                own = folder / "vaults" / each.name
                own.mkdir(parents=True)
                servers[each.name] = stack.enter_context(_vault(vault, own, certificates))
                screen.detail(f"{servers[each.name].kind} at {servers[each.name].address}")

        ready: dict[str, vault_side.Prepared] = {}
        with screen.step("secrets, a policy and a role in it"):  # (2)
            for each in vaults:
                server = servers[each.name]
                client = VaultClient(
                    server.address, server.token, server.ca_file, timeout_seconds=vault.seconds, notice=say_waiting
                )
                ready[each.name] = stack.enter_context(vault_side.prepared(client, each, pod, is_own=server.is_own))
                screen.details(ready[each.name].notes)

        with screen.step("the webhook, with a throw-away CA"):  # (3)
            settings = {
                each.name: {
                    "ADDRESS": servers[each.name].address,
                    "CA_FILE": str(servers[each.name].ca_file or ""),
                    "INSECURE_HTTP": "true" if servers[each.name].address.startswith("http://") else "",
                    # both kinds send the same login, so whichever a Pod names is taken
                    "AUTH_KIND": spec.login.auth_kind or "jwt",
                    "AUTH_MOUNT": ready[each.name].auth_mount,
                    "AUDIENCE": each.audience,
                }
                for each in vaults
            }
            webhook = stack.enter_context(webhook_side.running(folder, certificates, settings))
            screen.detail(f"omamori serve at {webhook.url}")

        with screen.step(f"the Pod of {file.name} is created"):  # (4)
            answer = webhook.ask(pod)
            screen.detail("its log: " + webhook.last_log_line())
            screen.lines(f"warning: {each}" for each in answer.warnings)
        screen.diff(manifest.render(pod.raw), manifest.render(answer.pod))

        with screen.step("the injected program runs, as in the Pod"):  # (5)
            local = program.prepare(answer.pod, folder, {name: each.token for name, each in ready.items()})
            screen.detail("only mount paths are replaced, to run outside a Pod:")
            screen.details(f"  {inside} -> {outside}" for inside, outside in local.replaced)
            screen.details(program.run(local))

        screen.heading("what the application sees")  # (6)
        screen.table(files.seen(answer.pod, local.replaced, reveal=reveal))
        if not reveal:
            screen.detail("values are hidden; --reveal shows them")
        screen.timings()


@contextmanager
def _vault(vault: VaultChoice, folder: Path, certificates: webhook_side.Certificates) -> Iterator[vault_side.Server]:
    if not vault.address:
        with embedded_vault(folder, certificates.certificate, certificates.key) as embedded:
            yield vault_side.Server("OpenBao, in memory,", embedded.address, embedded.root_token, certificates.ca, True)
        return
    token = os.environ.get("VAULT_TOKEN", "")
    if not token:
        raise DemoStopped("--vault-address needs a token", hint="set VAULT_TOKEN")
    name_unused_variables(os.environ, can_have_proxy=False)
    yield vault_side.Server("your Vault", vault.address, token, vault.ca_file)
