"""`omamori demo`: demonstrate injection on this machine step by step, with the real components.

(1) an embedded Vault for each one that the Pod names, or your own; (2) the secrets, a policy and a role in it; (3) the
webhook, with a throw-away CA; (4) the manifest's Pod is sent to it; (5) the program that it injects runs, unmodified,
as a local process; (6) the files that the application would see.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from vault.cli.exit_codes import FAILED, OK
from vault.cli.notices import name_unused_variables, say_waiting
from vault.cli.options import is_coloured
from vault.client import VaultClient
from vault.contract.errors import Failure
from vault.contract.plan import AUTH_KINDS
from vault.embedded import embedded_vault
from webhook.admission.annotations.dialects import DIALECTS, parse_any
from webhook.admission.annotations.parse import ENV_PREFIX
from webhook.admission.problems import Rejected
from webhook.demo import asked, files, manifest, program, vault_side, webhook_side
from webhook.demo.screen import Screen
from webhook.demo.stop import DemoStopped
from webhook.demo.vaults import find_vaults
from webhook.workloads.annotated import key_problems

_IN_CHECKOUT = Path(__file__).resolve().parents[2] / "deploy/examples/checkout.yaml"
_IN_WHEEL = Path(__file__).with_name("checkout.yaml")
EXAMPLE = _IN_CHECKOUT if _IN_CHECKOUT.exists() else _IN_WHEEL


def run(
    *,
    pod: Path | None,
    vault_address: str | None,
    vault_ca_file: Path | None,
    timeout: float,
    no_color: bool,
    reveal: bool,
) -> int:
    """Run the demo. Exit code FAILED: a step failed and printed the reason."""
    screen = Screen(sys.stdout, coloured=is_coloured(no_color=no_color))
    try:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="omamori-demo-")))
            vault = _Wanted(vault_address, vault_ca_file, timeout)
            _run(pod or EXAMPLE, vault, screen, stack, folder, reveal=reveal)
    except (DemoStopped, Failure) as error:
        screen.failure(str(error), error.hint)
        return FAILED
    except Rejected as rejected:
        screen.failure("the annotations cannot be read", "; ".join(map(str, rejected.problems)))
        return FAILED
    return OK


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which Vault to use. `address` None: an embedded one."""

    address: str | None
    ca_file: Path | None
    seconds: float


def _run(file: Path, vault: _Wanted, screen: Screen, stack: ExitStack, folder: Path, *, reveal: bool) -> None:
    pod = manifest.read_pod(file)
    problems = key_problems(pod.raw)
    if problems:
        raise DemoStopped(f"{file} has annotations that no API server accepts", hint="; ".join(problems))
    spec = parse_any(pod.raw, namespace=pod.namespace, dialects=DIALECTS)
    if spec is None or not spec.asks:
        hint = "; ".join(pod.strays) or "add a file.omamori.dev/… annotation"
        raise DemoStopped(f"{file} asks for no secret", hint=hint)
    screen.lines(f"warning: {each}" for each in pod.strays)
    if spec.variable_sets:
        raise DemoStopped(
            f"{file} asks for all keys of a secret as variables, which the launcher sets in a Pod alone",
            hint=f"write {ENV_PREFIX}/NAME annotations for the demo, which `omamori env-names PATH` lists",
        )
    if spec.env_delivery != "kubelet":
        asks = "asks for" if spec.env_delivery == "exec" else "may need"
        raise DemoStopped(
            f"{file} {asks} the launcher, which needs a Pod", hint="remove omamori.dev/env-delivery for the demo"
        )
    if spec.login.namespace or spec.login.auth_kind not in (None, *AUTH_KINDS):
        raise DemoStopped(
            f"{file} asks for a namespace of Vault, or for a login without the ServiceAccount's token",
            hint="the demo's Vault has neither: remove those annotations for the demo",
        )
    asked.template_paths(spec)  # what cannot be shown is told before anything starts
    certificates = webhook_side.write_certificates(folder)

    vaults = find_vaults(spec, pod)
    servers: dict[str, vault_side.Server] = {}
    with screen.step("a Vault" if len(vaults) == 1 else f"{len(vaults)} Vaults"):  # (1)
        for each in vaults:
            own = folder / each.name
            own.mkdir()
            servers[each.name] = stack.enter_context(_vault(vault, own, certificates))
            screen.say(f"{servers[each.name].kind} at {servers[each.name].address}")

    ready: dict[str, vault_side.Prepared] = {}
    with screen.step("secrets, a policy and a role in it"):  # (2)
        for each in vaults:
            server = servers[each.name]
            client = VaultClient(
                server.address, server.token, server.ca_file, timeout_seconds=vault.seconds, notice=say_waiting
            )
            ready[each.name] = stack.enter_context(vault_side.prepared(client, each, pod, is_own=server.is_own))
            screen.lines(ready[each.name].notes)

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
        screen.say(f"omamori serve at {webhook.url}")

    with screen.step(f"the Pod of {file.name} is created"):  # (4)
        answer = webhook.ask(pod)
        screen.say("its log: " + webhook.last_log_line())
        screen.lines(f"warning: {each}" for each in answer.warnings)
    screen.diff(manifest.render(pod.raw), manifest.render(answer.pod))

    with screen.step("the injected program runs, as in the Pod"):  # (5)
        local = program.prepare(answer.pod, folder, {name: each.token for name, each in ready.items()})
        screen.say("only mount paths are replaced, to run outside a Pod:")
        screen.lines(f"  {inside} -> {outside}" for inside, outside in local.replaced)
        screen.lines(program.run(local))

    screen.heading("what the application sees")  # (6)
    screen.table(files.seen(answer.pod, local.replaced, reveal=reveal))
    if not reveal:
        screen.say("values are hidden; --reveal shows them")
    screen.timings()


@contextmanager
def _vault(vault: _Wanted, folder: Path, certificates: webhook_side.Certificates) -> Iterator[vault_side.Server]:
    if not vault.address:
        with embedded_vault(folder, certificates.certificate, certificates.key) as embedded:
            yield vault_side.Server("OpenBao, in memory,", embedded.address, embedded.root_token, certificates.ca, True)
        return
    token = os.environ.get("VAULT_TOKEN", "")
    if not token:
        raise DemoStopped("--vault-address needs a token", hint="set VAULT_TOKEN")
    name_unused_variables(os.environ, can_have_proxy=False)
    yield vault_side.Server("your Vault", vault.address, token, vault.ca_file)
