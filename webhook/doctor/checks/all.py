"""All checks in reporting order. Each runs whatever the others have found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vault.report import Finding
from webhook.config.settings import Settings
from webhook.doctor.checks import api_server, backstop, certificates, install, replicas, webhook_config
from webhook.doctor.checks.agent_configurations import check_agent_configurations
from webhook.doctor.checks.check import Check
from webhook.doctor.checks.vaults import check_login, check_vault
from webhook.doctor.installed_settings import Configured
from webhook.doctor.snapshot import ClusterSnapshot, LoginProbe, VaultProbe


def check_cluster(seen: ClusterSnapshot, configured: Configured | None, settings: Settings | None) -> Iterator[Finding]:
    """Judge the cluster. `settings` None: they cannot be read, which is a separate finding."""
    yield api_server.check_api_server(seen.version)
    yield install.check_settings(seen.deployment, configured)
    yield replicas.check_replicas(seen)
    yield replicas.check_budget(seen)
    yield install.check_release(seen.deployment, configured)
    yield webhook_config.check_configuration(seen)
    yield webhook_config.check_service(seen)
    yield certificates.check_bundle(seen)
    yield certificates.check_certificate(seen)
    controller = certificates.check_controller(seen)
    if controller is not None:
        yield controller
    yield webhook_config.check_trial(seen)
    yield backstop.check_policy(seen)
    yield backstop.check_binding(seen)
    yield webhook_config.check_unserved(seen)
    configurations = check_agent_configurations(seen)
    if configurations is not None:
        yield configurations
    if settings is None:
        yield Check("env-files").unknown("OMAMORI_ENV_FILES is not known", "see the finding of settings")
        yield Check("vault").unknown("no Vault is known", "see the finding of settings")
    else:
        yield api_server.check_env_files(seen.nodes, settings.env_files)


def check_vaults(vaults: Iterable[VaultProbe], logins: Iterable[LoginProbe]) -> Iterator[Finding]:
    """Judge the answers of Vaults."""
    for vault in vaults:
        yield from check_vault(vault)
    for login in logins:
        yield from check_login(login)
