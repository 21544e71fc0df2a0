"""The container of the agent, and what the agent does besides: rows of the table."""

from __future__ import annotations

from webhook.admission.annotations.vault_k8s import parsers
from webhook.admission.annotations.vault_k8s.annotation import Annotation, Fate
from webhook.admission.annotations.vault_k8s.container_patch import parse_patch
from webhook.admission.annotations.vault_k8s.go_values import parse_bool, parse_float, parse_int, parse_uint

_HONOURED, _WARNED, _REFUSED = Fate

_LISTENER = "omamori's container does not listen: what the application asks Vault itself, it has to send to Vault"
_TELEMETRY = "omamori's container has no telemetry of its own"
_CONNECTIONS = "omamori's container makes one connection to each Vault, and keeps it only as long as it is needed"
_RESOURCES = "for omamori's container; an empty value or 0 is the administrator's default"

AGENT = (
    # the container
    Annotation("agent-limits-cpu", _HONOURED, parsers.parse_amount, _RESOURCES),
    Annotation(
        "agent-limits-mem",
        _HONOURED,
        parsers.parse_amount,
        f"{_RESOURCES}; raised, with a warning, to what the files need",
    ),
    Annotation("agent-limits-ephemeral", _HONOURED, parsers.parse_amount, _RESOURCES),
    Annotation("agent-requests-cpu", _HONOURED, parsers.parse_amount, _RESOURCES),
    Annotation("agent-requests-mem", _HONOURED, parsers.parse_amount, _RESOURCES),
    Annotation("agent-requests-ephemeral", _HONOURED, parsers.parse_amount, _RESOURCES),
    Annotation(
        "agent-run-as-user",
        _HONOURED,
        parsers.parse_user,
        "the user of omamori's container, who owns the files; 0 is taken for unset, with a warning: it is never root",
    ),
    Annotation("agent-run-as-group", _HONOURED, parsers.parse_user, "its group, where the user is given"),
    Annotation(
        "agent-run-as-same-user",
        _HONOURED,
        parse_bool,
        "the user of the first container, its own or the Pod's; refused where neither says one, or root",
    ),
    Annotation(
        "agent-set-security-context",
        _WARNED,
        parse_bool,
        "omamori's container always has its security context",
        (True,),
    ),
    Annotation(
        "agent-share-process-namespace",
        _HONOURED,
        parse_bool,
        "true shares the Pod's process namespace; refused where the Pod says false",
    ),
    Annotation(
        "agent-json-patch",
        _HONOURED,
        parse_patch,
        (
            "of a sidecar: add and replace of resources, of variables that omamori does not start or connect by "
            "(`/env/-`), and of startupProbe's times; all else is refused"
        ),
    ),
    Annotation(
        "agent-init-json-patch",
        _HONOURED,
        parse_patch,
        "the same with agent-pre-populate-only; a sidecar has one container, and passes this over with a warning",
    ),
    Annotation("go-max-procs", _WARNED, parsers.parse_any, "omamori's container has one thread"),
    # what the agent does
    Annotation("log-level", _WARNED, parsers.parse_any, "omamori's container logs each thing it does, a line each"),
    Annotation("log-format", _WARNED, parsers.parse_any, "omamori's container logs lines of JSON", ("json",)),
    Annotation("agent-cache-enable", _WARNED, parse_bool, _LISTENER, (False,)),
    Annotation("agent-cache-use-auto-auth-token", _WARNED, parsers.parse_use_auto_auth_token, _LISTENER, ("true",)),
    Annotation("agent-cache-listener-port", _WARNED, parsers.parse_any, _LISTENER, ("8200",)),
    Annotation("agent-cache-exit-on-err", _WARNED, parse_bool, _LISTENER, (False,)),
    Annotation(
        "agent-enable-quit",
        _WARNED,
        parse_bool,
        "a native sidecar ends by itself, and with it a Job: calls of its quit endpoint fail, and need not be made",
        (False,),
    ),
    Annotation(
        "template-config-exit-on-retry-failure",
        _WARNED,
        parse_bool,
        "an init container that fails is started again; a sidecar goes on with the files that it has",
    ),
    Annotation(
        "template-static-secret-render-interval",
        _HONOURED,
        parsers.parse_interval,
        "how often a sidecar looks for changes; without it every 5 minutes",
    ),
    Annotation("template-max-connections-per-host", _WARNED, parse_int, _CONNECTIONS, (0,)),
    Annotation(
        "template-lease-renewal-threshold",
        _WARNED,
        parse_float,
        "leases are renewed after two thirds of their time",
        (0.0,),
    ),
    Annotation("agent-disable-idle-connections", _WARNED, parsers.parse_layers, _CONNECTIONS, ((),)),
    Annotation("agent-disable-keep-alives", _WARNED, parsers.parse_layers, _CONNECTIONS, ((),)),
    Annotation("agent-telemetry-<p>", _WARNED, parsers.parse_any, _TELEMETRY),
    Annotation(
        "agent-revoke-on-shutdown", _WARNED, parse_bool, "omamori always revokes its tokens at the end", (True,)
    ),
    Annotation(
        "agent-revoke-grace", _WARNED, parse_uint, "omamori revokes its tokens when it is told to end, without waiting"
    ),
)
