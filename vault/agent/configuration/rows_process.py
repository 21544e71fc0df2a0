"""What is about the process of vault agent itself, and about what it does beside files: rows of the table."""

from __future__ import annotations

from vault.agent.configuration import values
from vault.agent.configuration.options import HONOURED, REFUSED, WARNED, Option

_LISTENER = (
    "omamori's container does not listen: what the application asks Vault itself, it has to send to Vault, with a "
    "token from a sink"
)
_LOG = "omamori's container logs lines of JSON, a line for each thing it does, on its standard error"
_CONNECTIONS = "omamori's container makes one connection to each Vault, and keeps it only as long as it is needed"
_SUPERVISOR = "omamori's container does not start the application: write env.omamori.dev annotations for its variables"
_SERVER = "it is about a server of Vault"


def _warned(name: str, words: str) -> Option:
    return Option(name=name, fate=WARNED, parse=values.parse_anything, words=words, harmless=(None, False))


def _refused(name: str, words: str) -> Option:
    return Option(name=name, fate=REFUSED, parse=values.parse_anything, words=words)


PROCESS = (
    Option(
        name="exit_after_auth",
        fate=HONOURED,
        parse=values.parse_boolean,
        words=(
            "agent-pre-populate-only says it: an init container ends, a sidecar stays, and ends with a Job; true in "
            "config.hcl of a sidecar is passed over, with a warning"
        ),
    ),
    _warned("pid_file", "omamori's container writes no such file"),
    _warned("log_level", _LOG),
    _warned("log_format", _LOG),
    _warned("log_file", _LOG),
    _warned("log_rotate_bytes", _LOG),
    _warned("log_rotate_duration", _LOG),
    _warned("log_rotate_max_files", _LOG),
    _warned("telemetry", "omamori's container has no telemetry of its own"),
    _warned("cache", _LISTENER),
    _warned("api_proxy", _LISTENER),
    _warned("listener", _LISTENER),
    _warned("disable_idle_connections", _CONNECTIONS),
    _warned("disable_keep_alives", _CONNECTIONS),
    _warned("disable_mlock", _SERVER),
    _warned("cluster_name", _SERVER),
    _warned("default_max_request_duration", _SERVER),
    _warned("administrative_namespace_path", _SERVER),
    _refused("exec", _SUPERVISOR),
    _refused("env_template", _SUPERVISOR),
)
