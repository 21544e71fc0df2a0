"""The Plan: everything that the webhook passes to the program in the Pod. This file is its only definition.

It names Vaults, roles, paths, files and modes: no secret, so that anybody may read it in `kubectl describe pod`. How it
travels is in vault/contract/wire.py.
"""

from __future__ import annotations

from vault.contract.values import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    Call: TypeAlias = tuple[int, str, int | None, tuple[tuple[str, str], ...]]

AUTH_KINDS = ("kubernetes", "jwt")
APP_ROLE = "approle"
CERTIFICATE = "cert"
AWS = "aws"
# by what the author of a Pod brings, in the place of the ServiceAccount's token for Vault
OWN_AUTH_KINDS = (APP_ROLE, CERTIFICATE, AWS)
FORMATS = (
    *("raw", "json", "yaml", "toml", "env", "dotenv", "properties", "ini"),
    *("map", "pem-bundle", "fullchain", "pkcs12", "jks", "dockerconfigjson"),
)
KEY_STORES = ("pkcs12", "jks")
VARIABLE_FORMATS = ("raw", "json")
ENCODINGS = ("", "base64")
DECODINGS = (*ENCODINGS, "base64url")
# those that write names beside values, or look for some
NAMED_FORMATS = (
    *("json", "yaml", "toml", "env", "dotenv", "properties", "ini", "map"),
    *KEY_STORES,
    "dockerconfigjson",
)
ENV_FILE_KINDS = ("kubelet", "launcher")
# of all variables of an EnvFile with sets: Linux starts a process with 2 MiB by default, arguments and all else counted
MOST_VARIABLES_BYTES = (2 * 1024 - 128) * 1024
MODES = ("init", "sidecar")
ON_CHANGE = ("", "signal", "restart")
MISSING_KEYS = ("error", "default")
SIGNALS = ("HUP", "USR1", "USR2", "INT", "TERM", "QUIT", "WINCH")


class AwsLogin(Value):
    """How a Pod shows Vault which IAM role of AWS it has: it assumes the role at STS, and signs a question for Vault.

    `role_arn` is assumed with the token in `token_file` (IRSA), at `sts_address`, whose certificate is verified by
    the hashed directory `sts_ca_directory`, "": the image's. What is signed asks `identity_host` in `region` who the
    caller is. `server_id` is the value of X-Vault-AWS-IAM-Server-ID, "": without it.
    """

    role_arn: str
    token_file: str
    sts_address: str
    identity_host: str
    region: str
    sts_ca_directory: str = ""
    server_id: str = ""


class Session(Value):
    """One login to one Vault, which the administrator calls by the name `vault`.

    Of `ca_pem` (the CA itself), `ca_file` and `ca_directory` (paths in our container; the directory is hashed, as
    OpenSSL does) at most one is given; with none the image's own certificates are trusted. `namespace` is Vault's,
    "" is its root. `token_file` holds the ServiceAccount token. `insecure` allows an `http://` address. `mesh_proxy` is
    the container of a service mesh that starts after ours, and before which its Pod has no network. With the auth kind
    `approle` the login is by `role_id_file` and `secret_id_file` ("": none); `role` is then for messages alone, as it
    is with `cert`. With `secret_id_wrapping_path` the latter file holds a token that wraps the secret id, made by that
    path. `client_certificate_file` and `client_key_file`, paths in our container, are shown to the Vault in TLS; with
    `cert` they are the login, as `certificate_role` ("": any that takes the certificate). `aws` belongs to `aws`.
    `proxy` is the address of an HTTP proxy that connects through to the Vault; `proxy_user_file` and
    `proxy_password_file`, paths in our container, are what it wants ("": nothing).
    """

    vault: str
    address: str
    role: str
    token_file: str
    auth_kind: str = "kubernetes"
    auth_mount: str = "kubernetes"
    namespace: str = ""
    ca_pem: str = ""
    ca_file: str = ""
    ca_directory: str = ""
    tls_server_name: str = ""
    insecure: bool = False
    mesh_proxy: str = ""
    role_id_file: str = ""
    secret_id_file: str = ""
    secret_id_wrapping_path: str = ""
    client_certificate_file: str = ""
    client_key_file: str = ""
    certificate_role: str = ""
    aws: AwsLogin | None = None
    proxy: str = ""
    proxy_user_file: str = ""
    proxy_password_file: str = ""


class Read(Value):
    """One call to Vault. `session` is an index into the Plan's sessions.

    `version` is a KV version 2 version, None the current one. With `data` (names and values) the call is a write, as
    for `pki/issue/ROLE`; without, a read. Outputs share reads: no two reads of a Plan are equal.
    `allows_short_lease`: a lease that ends with a batch token, after minutes, is taken all the same.
    `login`: it is a login of its own, by the session's role, and gives the key `token`; the path is that of the login.
    `pod_fields` are those of POD_FIELDS that stand in braces in values of `data`, to be filled in.
    """

    path: str
    session: int = 0
    version: int | None = None
    data: tuple[tuple[str, str], ...] = ()
    allows_short_lease: bool = False
    login: bool = False
    pod_fields: tuple[str, ...] = ()

    @property
    def call(self) -> Call:
        """What Vault is asked: two reads for which it is equal are one call."""
        return self.session, self.path, self.version, tuple(sorted(self.data))


class Output(Value):
    """One file to leave, or with the format `map` one folder of files.

    `name` is relative to `directory`, a mount of our container. `mode` is octal ("0400"). `read` is an index into the
    Plan's reads; `key` is one key of that secret, None the whole; `pointer` are the names below the key, in order, by
    which the value is found. `optional`: a missing path or key leaves the file out. Errors name `annotation`.

    Of a map, with one of NAMED_FORMATS, `keys` are the names that are taken, () all; `renames` are pairs of a name and
    the one in its place; the others get the `prefix`, and then, with `upper`, their capitals. `section` is where the
    format `ini` puts what is no map. Of KEY_STORES the password is in the read `password_read`, at `password_key` and
    `password_pointer`, as for the value itself; None: it is no key store.
    """

    directory: str
    name: str
    mode: str
    read: int = 0
    key: str | None = None
    pointer: tuple[str, ...] = ()
    format: str = "raw"
    decode: str = ""
    keys: tuple[str, ...] = ()
    renames: tuple[tuple[str, str], ...] = ()
    prefix: str = ""
    upper: bool = False
    section: str = "default"
    password_read: int | None = None
    password_key: str | None = None
    password_pointer: tuple[str, ...] = ()
    optional: bool = False
    annotation: str = ""

    @property
    def selects(self) -> bool:
        """Whether it takes some names of a map, or takes them by others."""
        return bool(self.keys or self.renames or self.prefix or self.upper)


class Variable(Value):
    """One variable of an env file. `encode` is what is done to the value's bytes, after `decode` undid what they were.

    `key` and `pointer` are as for an Output. `optional`: a missing path or key leaves the variable out.
    """

    name: str
    read: int = 0
    key: str | None = None
    pointer: tuple[str, ...] = ()
    format: str = "raw"
    decode: str = ""
    encode: str = ""
    optional: bool = False
    annotation: str = ""


class VariableSet(Value):
    """The variables of an env file whose names only the secret knows: each key of a map is one.

    `key` and `pointer` say where the map is, as for an Output; so do `keys`, `renames`, `prefix` and `upper`, which of
    its names are taken, and how. `optional`: a missing path or key leaves all of them out. Errors name `annotation`.
    """

    read: int = 0
    key: str | None = None
    pointer: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    renames: tuple[tuple[str, str], ...] = ()
    prefix: str = ""
    upper: bool = False
    optional: bool = False
    annotation: str = ""


class EnvFile(Value):
    """The variables of one container: a file that the kubelet reads (`fileKeyRef`), or one for the launcher.

    `name` is relative to `directory`; it is there also without a variable. The launcher is put beside its file.
    `has_check` adds ENV_CHECK_VARIABLE, without which the kubelet does not start the container.
    `sets` are for the launcher alone. Of their names those in `declared`, which the container gives itself, are left
    out; all variables of a file with sets have at most MOST_VARIABLES_BYTES.
    """

    directory: str
    name: str
    mode: str
    kind: str = "kubelet"
    variables: tuple[Variable, ...] = ()
    has_check: bool = False
    sets: tuple[VariableSet, ...] = ()
    declared: tuple[str, ...] = ()


class Template(Value):
    """One file that a Go template makes, with the functions of Consul-Template (vault/gotemplate/).

    `name`, `directory` and `mode` are as for an Output. The template is `text`, or what is in `file`, a path in our
    container; one of both is given. `left` and `right` are its delimiters. `session` is an index into the Plan's
    sessions: by that login the template's functions read, and their paths are known only when it is rendered.
    `missing_key` is what a field gives that a map does not have: an error, or `<no value>`, as Go does by "default".
    `allows_short_lease` is as for a Read. `optional`: a missing path leaves the file out. Errors name `annotation`.
    `seen_at` is the directory as the application sees it, for writeToFile; "": the template cannot use that.
    """

    directory: str
    name: str
    mode: str
    text: str = ""
    file: str = ""
    session: int = 0
    left: str = "[["
    right: str = "]]"
    missing_key: str = "error"
    allows_short_lease: bool = False
    optional: bool = False
    seen_at: str = ""
    annotation: str = ""


class Configuration(Value):
    """Where the author of a Pod keeps an agent configuration, as vault agent has it, and what it may ask for.

    The webhook cannot read it: what it says completes the Plan in the Pod (vault/agent/configuration/). `files` are
    paths in our container in their order, of which one at least is there; what two of them say, the first one's counts.
    `volumes` are where the application sees its volumes of files, each with our container's directory; `sources` are
    where template files may be, as the author names a path, each with our container's directory. Below
    `app_role_directory` are the files of a login by AppRole; "": it is not allowed. Errors name `annotation`.
    """

    files: tuple[str, ...]
    volumes: tuple[tuple[str, str], ...]
    sources: tuple[tuple[str, str], ...]
    app_role_directory: str = ""
    annotation: str = ""


class Plan(Value):
    """Everything that the program in the Pod is to do.

    `warnings` are the webhook's, logged first by the program: controllers swallow those of the admission response.
    `first_seconds` is how long a native sidecar tries to get the Pod's first files, in place of `deadline_seconds`,
    which is for its later starts; 0: there is no difference. With `stays`, in mode "init", the program is a native
    sidecar: it leaves `ready` in `state_directory`, and waits for its end.
    In mode "sidecar" the program keeps the secrets fresh: it leaves its state in `state_directory`, looks for changes
    about every `refresh_seconds`, and after one does what `on_change` says: send `signal` (one of SIGNALS) to each
    process named `process`, or end with the code that restarts all containers.
    Of `configurations` there is at most one. With it, the one session has no role, and is completed by it, as all else
    is; the Plan itself then has no reads, outputs and templates.
    """

    sessions: tuple[Session, ...]
    reads: tuple[Read, ...]
    outputs: tuple[Output, ...] = ()
    env_files: tuple[EnvFile, ...] = ()
    templates: tuple[Template, ...] = ()
    warnings: tuple[str, ...] = ()
    deadline_seconds: int = 300
    mode: str = "init"
    state_directory: str = ""
    first_seconds: int = 0
    stays: bool = False
    refresh_seconds: int = 60
    on_change: str = ""
    signal: str = ""
    process: str = ""
    configurations: tuple[Configuration, ...] = ()
