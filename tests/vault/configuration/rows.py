"""What comes of each of vault agent's options that is honoured, and which values the others are tested with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from vault.contract.plan import Plan

Seen: TypeAlias = Callable[[Plan], Any]


def _session(*fields: str) -> Seen:
    return lambda plan: [getattr(plan.sessions[0], each) for each in fields]


def _template(*fields: str) -> Seen:
    return lambda plan: [getattr(plan.templates[0], each) for each in fields]


def _token(*fields: str) -> Seen:
    return lambda plan: [getattr(each, field) for each in plan.outputs for field in fields]


def _plan(*fields: str) -> Seen:
    return lambda plan: [getattr(plan, each) for each in fields]


ROLE_ID = {"auto_auth.method.type": "approle", "auto_auth.method.config.role_id_file_path": "/vault/custom/role-id"}
KILL = "kill -HUP $(pidof nginx)"
SIGNAL = _plan("on_change", "signal", "process")

# the option, its value, what is looked at, and what it is; with other options where it says nothing alone
HONOURED: list[tuple[str, Any, Seen, Any, dict[str, Any]]] = [
    ("auto_auth.method.type", "kubernetes", _session("auth_kind", "auth_mount"), ["kubernetes"] * 2, {}),
    ("auto_auth.method.mount_path", "auth/k8s/b/", _session("auth_mount"), ["k8s/b"], {}),
    ("auto_auth.method.namespace", "team/a/", _session("namespace"), ["team/a"], {}),
    ("auto_auth.method.config.role", "other", _session("role"), ["other"], {}),
    (
        "auto_auth.method.config.role_id_file_path",
        "/vault/custom/id",
        _session("auth_kind", "auth_mount", "role", "role_id_file"),
        ["approle", "approle", "shop", "/vault/custom/id"],
        ROLE_ID,
    ),
    (
        "auto_auth.method.config.secret_id_file_path",
        "/vault/custom/secret-id",
        _session("secret_id_file"),
        ["/vault/custom/secret-id"],
        ROLE_ID,
    ),
    ("auto_auth.sink.type", "file", _token("name"), ["token"], {}),
    (
        "auto_auth.sink.config.path",
        "/srv/x/d/t",
        _token("directory", "name", "key"),
        [VOLUME := "/omamori/omamori-files-1", "d/t", "token"],
        {},
    ),
    ("auto_auth.sink.config.mode", 0o604, _token("mode"), ["0604"], {}),
    ("vault.address", "https://vault.example.com:8200", _session("address"), ["https://vault.example.com:8200"], {}),
    ("vault.namespace", "team/a", _session("namespace"), ["team/a"], {}),
    ("vault.tls_server_name", "vault.example.com", _session("tls_server_name"), [""], {}),
    ("template.contents", "{{ 2 }}", _template("text", "left", "right"), ["{{ 2 }}", "{{", "}}"], {}),
    (
        "template.source",
        "/vault/configs/a.tmpl",
        _template("text", "file"),
        ["", "/vault/configs/a.tmpl"],
        {"template.contents": None},
    ),
    ("template.destination", "/srv/x/b", _template("directory", "name", "seen_at"), [VOLUME, "b", "/srv/x"], {}),
    ("template.perms", "0600", _template("mode"), ["0600"], {}),
    ("template.left_delimiter", "<<", _template("left", "right"), ["<<", "}}"], {}),
    ("template.right_delimiter", ">>", _template("left", "right"), ["{{", ">>"], {}),
    ("template.error_on_missing_key", True, _template("missing_key"), ["error"], {}),
    ("template.command", KILL, SIGNAL, ["signal", "HUP", "nginx"], {}),
    ("template.exec.command", ["pkill", "-USR1", "nginx"], SIGNAL, ["signal", "USR1", "nginx"], {}),
    ("template.exec.enabled", False, SIGNAL, ["", "", ""], {"template.exec.command": ["rm", "-rf", "/"]}),
    ("template_config.static_secret_render_interval", "90s", _plan("refresh_seconds"), [90], {}),
    ("exit_after_auth", False, _plan("mode"), ["sidecar"], {}),
]

# a value that asks for something, where it is not a text
ASKING: dict[str, Any] = {
    "auto_auth.method.exit_on_err": True,
    "auto_auth.method.config.remove_jwt_after_reading": "true",
    "auto_auth.method.config.remove_jwt_follows_symlinks": 1,
    "auto_auth.method.config.remove_secret_id_file_after_reading": True,
    "auto_auth.enable_reauth_on_new_credentials": True,
    "auto_auth.sink.derive_key": True,
    "vault.tls_skip_verify": "1",
    "template.create_dest_dirs": False,
    "template.backup": True,
    "template.error_fatal": True,
    "template.wait": {"min": "5s", "max": "10s"},
    "template.exec.env": {"pristine": True},
    "template.function_denylist": ["file"],
    "template.function_blacklist": ["file"],
    "template_config.exit_on_retry_failure": True,
    "template_config.max_connections_per_host": 10,
    "template_config.lease_renewal_threshold": 0.5,
    "vault.retry.num_retries": 5,
    "cache": {"use_auto_auth_token": True},
    "api_proxy": {"use_auto_auth_token": "force"},
    "listener": {"tcp": {"address": "127.0.0.1:8200", "tls_disable": True}},
    "telemetry": {"disable_hostname": True},
    "disable_idle_connections": ["templating"],
    "disable_keep_alives": ["auto-auth"],
    "disable_mlock": True,
    "log_rotate_bytes": 1024,
    "exec": {"command": ["/app"]},
    "env_template": {"A": {"contents": "{{ 1 }}"}},
}

# what each parser refuses
WRONG: dict[str, tuple[Any, ...]] = {
    "auto_auth.method.type": (1, "gcp", "", "jwt"),
    "auto_auth.method.mount_path": ("auth/a b", "a//b", "..", 1),
    "auto_auth.method.namespace": ("a\nb", "é", 1),
    "auto_auth.method.config.role": ("", "no role", 1, ["shop"]),
    "auto_auth.method.config.role_id_file_path": ("role-id", "/vault/custom/../x", "/etc/passwd", "/vault/customs/x"),
    "auto_auth.method.config.secret_id_file_path": ("/vault/custom//x", "/token", "/vault/custom"),
    "auto_auth.sink.type": ("mail", "", 1),
    "auto_auth.sink.config.path": ("token", "/vault/secrets/../x", "/vault/secrets/..x", ""),
    "auto_auth.sink.config.mode": ("rw", 0o1777, -1, True, 1.5),
    "vault.address": ("vault", "https://other.example.com:8200", "http://vault.example.com:8200", 1),
    "vault.namespace": ("a\nb",),
    "vault.tls_server_name": ("other.example.com", 1),
    "vault.tls_skip_verify": ("maybe",),
    "template.contents": ("", 1, "\x00"),
    "template.source": (
        "a.tmpl",
        "/etc/passwd",
        "/vault/configs/../x",
        "/vault/custom/x",
        "/token",
        "/proc/self/environ",
    ),
    "template.destination": (
        "a",
        "/tmp/a",
        "/vault/secrets",
        "/vault/secrets/../a",
        "/vault/secrets/..a",
        "/vault/secretsx/a",
        "",
    ),
    "template.perms": ("rw-", "0999", 0o4755, False),
    "template.left_delimiter": ("}}", "\n", "«", 1, "<" * 40),
    "template.right_delimiter": ("{{", "\t", 1),
    "template.error_on_missing_key": ("maybe", 2, None.__class__),
    "template.command": ("nginx -s reload", "kill -9 1", ["sh", "-c", "rm x"], "x" * 300, 1),
    "template.exec.command": ("systemctl reload x", [1]),
    "template.exec.enabled": ("perhaps",),
    "template.create_dest_dirs": ("maybe",),
    "template.function_denylist": ("file",),
    "template_config.static_secret_render_interval": ("often", "-5s", True, 1.5, "5 s", "1x", "s", "1.2.3s", "." * 80),
    "exit_after_auth": ("maybe",),
}
