"""How the agent logs in to Vault and connects to it: rows of the table."""

from __future__ import annotations

from webhook.admission.annotations.parsers import parse_role
from webhook.admission.annotations.vault_k8s import parsers
from webhook.admission.annotations.vault_k8s.annotation import Annotation, Fate
from webhook.admission.annotations.vault_k8s.go_values import parse_bool, parse_duration, parse_int, parse_seconds
from webhook.config.vault_parsers import parse_namespace

_HONOURED, _WARNED, _REFUSED = Fate

_OWN_TOKEN = "omamori's container has a token of its own, for Vault alone"  # noqa: S105 - words
_CA = "the CA is that of the administrator's settings"
_FILE = "a file of tls-secret or of agent-extra-secret, shown to the configured Vault"
_RETRIES = "omamori has its own rules of what is tried again, and for how long"

LOGIN = (
    # login
    Annotation("role", _HONOURED, parse_role, "the role in Vault; required, but with approle and cert"),
    Annotation(
        "auth-type",
        _HONOURED,
        parsers.parse_auth_type,
        (
            "kubernetes or jwt, whichever the administrator's settings say of that Vault, or approle, cert or aws "
            "where they allow it (`vaults.NAME.vaultK8sAuthMethods`); all else is refused"
        ),
    ),
    Annotation(
        "auth-path", _HONOURED, parsers.parse_auth_path, "the path of the auth method; without it that of the settings"
    ),
    Annotation(
        "auth-config-<p>",
        _HONOURED,
        parsers.parse_any,
        (
            "role is taken where there is no other; of token-path and path omamori has its own; with approle, "
            "role-id-file-path and secret-id-file-path, files of agent-extra-secret, and "
            "secret-id-response-wrapping-path; with cert, name, client-cert and client-key; with aws, type (iam), "
            "region and header-value; any other is refused, also keys of AWS"
        ),
    ),
    Annotation("auth-min-backoff", _WARNED, parse_duration, _RETRIES),
    Annotation("auth-max-backoff", _WARNED, parse_duration, _RETRIES),
    Annotation("agent-auto-auth-exit-on-err", _WARNED, parse_bool, _RETRIES, (False,)),
    Annotation("agent-service-account-token-volume-name", _WARNED, parsers.parse_any, _OWN_TOKEN, ("",)),
    Annotation("namespace", _HONOURED, parse_namespace, "the namespace in Vault; without it that of the settings"),
    # connection
    Annotation(
        "service",
        _HONOURED,
        parsers.parse_service,
        "chooses the Vault of the settings that has this address; any other is refused",
    ),
    Annotation(
        "proxy-address",
        _REFUSED,
        parsers.parse_any,
        "omamori talks to Vault itself: a proxy that a Pod names could read its secrets",
        ("",),
    ),
    Annotation("tls-skip-verify", _REFUSED, parse_bool, "anybody on the way could read the secrets", (False,)),
    Annotation(
        "tls-secret",
        _HONOURED,
        parsers.parse_secret_name,
        (
            "the Kubernetes Secret is at /vault/tls in omamori's container alone, where client-cert and client-key "
            "name files of it; the CA is that of the administrator's settings"
        ),
    ),
    Annotation(
        "tls-server-name", _HONOURED, parsers.parse_any, "has to be what the settings say; any other is refused"
    ),
    Annotation("ca-cert", _WARNED, parsers.parse_any, _CA, ("",)),
    Annotation("ca-key", _WARNED, parsers.parse_any, _CA, ("",)),
    Annotation("client-cert", _HONOURED, parsers.parse_any, f"the client certificate with its chain: {_FILE}"),
    Annotation("client-key", _HONOURED, parsers.parse_any, f"its key: {_FILE}, and never sent"),
    Annotation("client-max-retries", _WARNED, parse_int, _RETRIES),
    Annotation("client-timeout", _WARNED, parse_seconds, _RETRIES),
)
