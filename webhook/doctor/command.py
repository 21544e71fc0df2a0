"""`omamori doctor`: find problems of a live installation, and how to fix them, from the operator's machine."""

from __future__ import annotations

import os
from pathlib import Path

from vault.agent.secret import Secret
from vault.cli.command import UsageError
from vault.cli.exit_codes import CHANGES, OK
from vault.cli.files import read_text
from vault.cli.notices import name_unused_variables, telling_of_waits
from vault.cli.options import ClusterOptions
from vault.cli.terminal import tell, write_document
from vault.report import is_well, render_json, render_text
from webhook.config.settings import Settings
from webhook.doctor.checks.all import check_cluster, check_vaults
from webhook.doctor.checks.pod_secrets import check_pod_secret
from webhook.doctor.collect import ClusterReader, read_cluster, read_deployment
from webhook.doctor.installed_settings import with_trust
from webhook.doctor.pod_secrets import read_pod_secrets
from webhook.doctor.snapshot import Place
from webhook.doctor.vault_probe import Account, VaultAccess, read_login, read_vault
from webhook.kube.client import Cluster


def run(
    *,
    namespace: str,
    name: str,
    service_accounts: tuple[tuple[str, str], ...],
    paths: tuple[str, ...],
    pod_namespace: str | None,
    vault_name: str | None,
    role: str | None,
    vault_addresses: tuple[tuple[str, str], ...],
    vault_ca_file: Path | None,
    timeout: float,
    output: str,
    cluster: ClusterOptions,
) -> int:
    """Collect facts, judge and report. Exit code CHANGES: there are problems. Raises CallWrong and ClusterFailed."""
    accounts = [Account(*each, role) for each in service_accounts]
    if paths and not accounts:
        raise UsageError("--path needs a --service-account, which should be able to read it")
    if role and not accounts:
        raise UsageError("--role needs a --service-account, which should be able to log in as it")
    access = _way(vault_addresses, vault_ca_file, timeout)
    reader = ClusterReader(Cluster(cluster.kubeconfig, cluster.context, timeout), Place(namespace, name))
    deployment, configured = read_deployment(reader)
    settings = configured.settings if configured else None
    served = pod_namespace or _served(accounts, settings)
    vault = _vault(vault_name, access, settings, served)
    seen = read_cluster(reader, deployment, configured, served, vault)
    trusting = with_trust(configured, seen.trust) if configured else None
    findings = list(check_cluster(seen, configured, trusting))
    if trusting is not None:
        with telling_of_waits():
            vaults = [read_vault(reader, each, access, served) for each in trusting.vaults.values()]
            logins = [read_login(reader, trusting.vaults[vault], access, each, list(paths)) for each in accounts]
        findings += check_vaults(vaults, logins)
        findings += map(check_pod_secret, read_pod_secrets(reader, trusting, served))
    asked = {"--service-account": accounts, "--path": paths}
    not_asked_for = [option for option, value in asked.items() if not value]
    if output == "json":
        write_document(render_json({"namespace": namespace, "name": name}, findings, not_asked_for) + "\n")
    else:
        tell(*render_text(str(reader.place), findings, not_asked_for).split("\n"))
    return OK if is_well(findings) else CHANGES


def _way(addresses: tuple[tuple[str, str], ...], ca_file: Path | None, seconds: float) -> VaultAccess:
    pem = read_text(ca_file, "--vault-ca-file") if ca_file else ""
    token = os.environ.get("VAULT_TOKEN", "")
    name_unused_variables(os.environ, can_have_proxy=False)
    return VaultAccess(dict(addresses), pem, Secret(token) if token else None, seconds)


def _served(accounts: list[Account], settings: Settings | None) -> str:
    """Return a namespace whose Pods may use omamori, according to the settings."""
    if accounts:
        return accounts[0].namespace
    return settings.allowed_namespaces[0] if settings and settings.allowed_namespaces else "default"


def _vault(wanted: str | None, access: VaultAccess, settings: Settings | None, namespace: str) -> str:
    """Return the given Vault, or the one that the namespace's Pods use; "": no settings. Raises CallWrong."""
    if settings is None:
        return wanted or ""
    unknown = {*filter(None, [wanted]), *access.addresses} - settings.vaults.keys()
    if unknown:
        raise UsageError(f"there is no Vault {', '.join(sorted(unknown))}; there are: {', '.join(settings.vaults)}")
    if wanted:
        return wanted
    open_to = [each.name for each in settings.vaults.values() if namespace in (each.pod_namespaces or (namespace,))]
    return open_to[0] if open_to else settings.default_vault
