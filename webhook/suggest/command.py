"""`omamori policy suggest`: print the minimal access file for annotated manifests, or for the workloads of a namespace.

The webhook's own code decides what a Pod asks for. What cannot be granted or would be refused is reported on stderr,
and the exit code is 1; the file has the rest.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from vault.cli.command import UsageError
from vault.cli.connection import connect
from vault.cli.exit_codes import FAILED, OK
from vault.cli.options import ClusterOptions, VaultOptions
from vault.cli.terminal import complain, write_document
from vault.contract.errors import PathRefused
from vault.policy.authoring.declarations import mount_of
from vault.policy.authoring.suggest_access import Login, suggest_access
from vault.policy.files.model import Mount
from vault.policy.sync.state import read_mounts
from webhook.config.settings import Settings
from webhook.sources.manifests import read_cluster, read_files
from webhook.sources.settings import decision_settings
from webhook.suggest.needs import Needs


def run(
    *,
    manifests: tuple[Path, ...],
    live: str | None,
    cluster: ClusterOptions,
    namespace: str | None,
    pipeline_service_account: str,
    owner: str,
    settings_file: Path | None,
    vault_name: str | None,
    auth_kind: str | None,
    auth_mount: str | None,
    audience: str | None,
    vault: VaultOptions,
) -> int:
    """Print the file. Exit code FAILED: something could not be granted, or nothing asks for a secret."""
    if bool(manifests) == bool(live):
        raise UsageError("give manifests, or --live NAMESPACE")
    flags = {"AUTH_KIND": auth_kind, "AUTH_MOUNT": auth_mount, "AUDIENCE": audience}
    said = {name: text for name, text in flags.items() if text is not None}
    settings, name = decision_settings(settings_file, said, vault_name, os.environ)
    needs = Needs(settings, name, namespace, pipeline_service_account)
    for found in read_cluster(cluster, live, vault.timeout) if live else read_files(manifests):
        needs.add(found)
    suggestion = suggest_access(needs.found, _login_of(settings, name), _mounts(vault), owner)
    problems = [*needs.problems, *suggestion.left_out]
    if not needs.found and not problems:
        nothing = "no path is known of what is asked" if needs.has_unknown else "nothing here asks for a secret"
        problems = [f"{nothing} of the Vault {name}; {needs.looked_at} objects were looked at"]
    complain(*(f"warning: {warning}" for warning in (*needs.warnings, *suggestion.notes)), *problems)
    write_document(suggestion.text)
    return FAILED if problems else OK


def _login_of(settings: Settings, vault: str) -> Login:
    """Return how Pods log in to a Vault, according to the settings."""
    found = settings.vaults[vault]
    return Login(found.auth_mount, found.auth_kind, found.audience)


def _mounts(vault: VaultOptions) -> Mapping[str, Mount]:
    """Read the mounts of the given Vault; empty without a Vault. Raises Failure."""
    if not vault.vault_address:
        return {}
    try:
        found = read_mounts(connect(vault), "sys/mounts")
    except PathRefused as failure:
        raise UsageError(
            f"{failure.message}; without --vault-address and VAULT_ADDR mounts are guessed from paths"
        ) from None
    return {path: mount_of(path, fields) for path, fields in found.items()}
