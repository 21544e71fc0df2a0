"""How vault agent logs in to Vault and connects to it: rows of the table."""

from __future__ import annotations

from vault.agent.configuration import values
from vault.agent.configuration.options import HONOURED, REFUSED, WARNED, Block, Option

_OWN_TOKEN = "omamori's container has a token of its own, for Vault alone"  # noqa: S105 - words
_CA = "the CA is that of the administrator's settings"
_CLIENT = "omamori shows Vault no client certificate; a Vault that wants one refuses the connection"
_RETRIES = "omamori has its own rules of what is tried again, and for how long"
_WRAPPED = "omamori writes no wrapped token"
_ENCRYPTED = "omamori encrypts no token: the file is in memory, and in the Pod alone"
_OWNER = "the file belongs to omamori's user; its mode says who may read it"

BLOCKS = (
    Block(name="auto_auth"),
    Block(name="auto_auth.method", has_type=True),
    Block(name="auto_auth.method.config"),
    Block(name="auto_auth.sink", has_type=True, repeats=True),
    Block(name="auto_auth.sink.config"),
    Block(name="vault"),
    Block(name="vault.retry"),
)

LOGIN = (
    Option(
        name="auto_auth.method.type",
        fate=HONOURED,
        parse=values.parse_text,
        words=(
            "kubernetes or jwt, whichever the administrator's settings say of that Vault, or approle where they allow "
            "it (`vaults.NAME.vaultK8sAuthMethods`); all else is refused"
        ),
    ),
    Option(
        name="auto_auth.method.mount_path",
        fate=HONOURED,
        parse=values.parse_mount_path,
        words="the path of the auth method; without it auth/ and the type, as vault agent has it",
    ),
    Option(
        name="auto_auth.method.namespace",
        fate=HONOURED,
        parse=values.parse_namespace,
        words="the namespace in Vault; without it that of the settings",
    ),
    Option(name="auto_auth.method.wrap_ttl", fate=REFUSED, parse=values.parse_anything, words=_WRAPPED),
    Option(name="auto_auth.method.min_backoff", fate=WARNED, parse=values.parse_anything, words=_RETRIES),
    Option(name="auto_auth.method.max_backoff", fate=WARNED, parse=values.parse_anything, words=_RETRIES),
    Option(
        name="auto_auth.method.exit_on_err",
        fate=WARNED,
        parse=values.parse_boolean,
        words=_RETRIES,
        harmless=(False,),
    ),
    Option(
        name="auto_auth.method.config.role",
        fate=HONOURED,
        parse=values.parse_role,
        words="the role in Vault; required, but with approle",
    ),
    Option(name="auto_auth.method.config.token_path", fate=WARNED, parse=values.parse_anything, words=_OWN_TOKEN),
    Option(name="auto_auth.method.config.path", fate=WARNED, parse=values.parse_anything, words=_OWN_TOKEN),
    Option(
        name="auto_auth.method.config.remove_jwt_after_reading",
        fate=WARNED,
        parse=values.parse_boolean,
        words="omamori removes no token: it is the kubelet's",
        harmless=(False,),
    ),
    Option(
        name="auto_auth.method.config.remove_jwt_follows_symlinks",
        fate=WARNED,
        parse=values.parse_boolean,
        words="omamori removes no token: it is the kubelet's",
        harmless=(False,),
    ),
    Option(name="auto_auth.method.config.jwt_read_period", fate=WARNED, parse=values.parse_anything, words=_OWN_TOKEN),
    Option(
        name="auto_auth.method.config.role_id_file_path",
        fate=HONOURED,
        parse=values.parse_path,
        words="with approle, a file of the Secret that agent-extra-secret names",
    ),
    Option(
        name="auto_auth.method.config.secret_id_file_path",
        fate=HONOURED,
        parse=values.parse_path,
        words="with approle, a file of the Secret that agent-extra-secret names",
    ),
    Option(
        name="auto_auth.method.config.remove_secret_id_file_after_reading",
        fate=WARNED,
        parse=values.parse_boolean,
        words="the files of a Secret cannot be removed, and omamori removes none",
        harmless=(False,),
    ),
    Option(
        name="auto_auth.method.config.secret_id_response_wrapping_path",
        fate=REFUSED,
        parse=values.parse_anything,
        words="a wrapped secret id is taken by annotations alone (auth-config-secret-id-response-wrapping-path)",
    ),
    Option(
        name="auto_auth.enable_reauth_on_new_credentials",
        fate=WARNED,
        parse=values.parse_boolean,
        words="each login reads the token as it is then",
        harmless=(False,),
    ),
    # a token for the application
    Option(name="auto_auth.sink.type", fate=HONOURED, parse=values.parse_text, words="file; vault agent has no other"),
    Option(
        name="auto_auth.sink.config.path",
        fate=HONOURED,
        parse=values.parse_path,
        words=(
            "in one of the Pod's secret volumes: a file with a token from a login of its own, never the agent's own; "
            "anywhere else nobody could read it, and nothing is written, with a warning"
        ),
    ),
    Option(
        name="auto_auth.sink.config.mode",
        fate=HONOURED,
        parse=values.parse_mode,
        words="the mode of that file; without it 0640",
    ),
    Option(name="auto_auth.sink.config.owner", fate=WARNED, parse=values.parse_anything, words=_OWNER),
    Option(name="auto_auth.sink.config.group", fate=WARNED, parse=values.parse_anything, words=_OWNER),
    Option(name="auto_auth.sink.wrap_ttl", fate=REFUSED, parse=values.parse_anything, words=_WRAPPED),
    Option(name="auto_auth.sink.dh_type", fate=REFUSED, parse=values.parse_anything, words=_ENCRYPTED),
    Option(name="auto_auth.sink.dh_path", fate=REFUSED, parse=values.parse_anything, words=_ENCRYPTED),
    Option(
        name="auto_auth.sink.derive_key",
        fate=REFUSED,
        parse=values.parse_boolean,
        words=_ENCRYPTED,
        harmless=(False,),
    ),
    Option(name="auto_auth.sink.aad", fate=REFUSED, parse=values.parse_anything, words=_ENCRYPTED),
    Option(name="auto_auth.sink.aad_env_var", fate=REFUSED, parse=values.parse_anything, words=_ENCRYPTED),
    # connection
    Option(
        name="vault.address",
        fate=HONOURED,
        parse=values.parse_address,
        words=(
            "has to be that of the Pod's Vault, which the annotation service chooses among the administrator's; any "
            "other is refused"
        ),
    ),
    Option(
        name="vault.namespace",
        fate=HONOURED,
        parse=values.parse_namespace,
        words="the namespace in Vault; with auto_auth.method.namespace, both are one",
    ),
    Option(
        name="vault.tls_skip_verify",
        fate=REFUSED,
        parse=values.parse_boolean,
        words="anybody on the way could read the secrets",
        harmless=(False,),
    ),
    Option(
        name="vault.tls_server_name",
        fate=HONOURED,
        parse=values.parse_text,
        words="has to be what the settings say; any other is refused",
    ),
    Option(name="vault.ca_cert", fate=WARNED, parse=values.parse_anything, words=_CA),
    Option(name="vault.ca_path", fate=WARNED, parse=values.parse_anything, words=_CA),
    Option(name="vault.client_cert", fate=WARNED, parse=values.parse_anything, words=_CLIENT),
    Option(name="vault.client_key", fate=WARNED, parse=values.parse_anything, words=_CLIENT),
    Option(name="vault.retry.num_retries", fate=WARNED, parse=values.parse_anything, words=_RETRIES),
)
