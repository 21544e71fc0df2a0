"""The templates of vault agent: rows of the table."""

from __future__ import annotations

from vault.agent.configuration import values
from vault.agent.configuration.options import HONOURED, REFUSED, WARNED, Block, Option

_OWNER = "the file belongs to omamori's user; its mode says who may read it"
_AT_ONCE = "omamori writes all files together, as soon as all is read"
_SIGNAL = "omamori starts no program: it sends the signal itself, and waits for nothing"
_FUNCTIONS = "omamori has a list of its own of what templates may call; take it out where that is enough"

BLOCKS = (
    Block(name="template", repeats=True),
    Block(name="template.exec"),
    Block(name="template_config"),
)

TEMPLATES = (
    Option(
        name="template.contents",
        fate=HONOURED,
        parse=values.parse_text,
        words="the template; omamori runs it as vault agent does",
    ),
    Option(
        name="template.source",
        fate=HONOURED,
        parse=values.parse_path,
        words=(
            "a file of the ConfigMap, below /vault/configs, or of a ConfigMap volume that the container of "
            "agent-copy-volume-mounts mounts; any other is refused"
        ),
    ),
    Option(
        name="template.destination",
        fate=HONOURED,
        parse=values.parse_path,
        words=(
            "a file in one of the Pod's secret volumes (secret-volume-path, without it /vault/secrets); any other is "
            "refused: no container would see it"
        ),
    ),
    Option(
        name="template.perms",
        fate=HONOURED,
        parse=values.parse_mode,
        words="the file's mode; without it 0644",
    ),
    Option(
        name="template.left_delimiter",
        fate=HONOURED,
        parse=values.parse_delimiter,
        words="the template's left delimiter",
    ),
    Option(
        name="template.right_delimiter",
        fate=HONOURED,
        parse=values.parse_delimiter,
        words="the template's right delimiter",
    ),
    Option(
        name="template.error_on_missing_key",
        fate=HONOURED,
        parse=values.parse_boolean,
        words="a missing key is an error; without it `<no value>` is written",
    ),
    Option(
        name="template.command",
        fate=HONOURED,
        parse=values.parse_command,
        words=(
            "kill or pkill of a named process becomes a signal to it, after a change of any file, which needs "
            "shareProcessNamespace; every other command is refused: omamori's image has nothing to run"
        ),
    ),
    Option(name="template.exec.command", fate=HONOURED, parse=values.parse_command, words="as template.command"),
    Option(
        name="template.exec.enabled",
        fate=HONOURED,
        parse=values.parse_boolean,
        words="false: there is no command",
    ),
    Option(name="template.exec.timeout", fate=WARNED, parse=values.parse_anything, words=_SIGNAL),
    Option(name="template.exec.splay", fate=WARNED, parse=values.parse_anything, words=_SIGNAL),
    Option(name="template.exec.env", fate=WARNED, parse=values.parse_anything, words=_SIGNAL),
    Option(name="template.exec.kill_signal", fate=WARNED, parse=values.parse_anything, words=_SIGNAL),
    Option(name="template.exec.kill_timeout", fate=WARNED, parse=values.parse_anything, words=_SIGNAL),
    Option(name="template.exec.reload_signal", fate=WARNED, parse=values.parse_anything, words=_SIGNAL),
    Option(name="template.command_timeout", fate=WARNED, parse=values.parse_anything, words=_SIGNAL),
    Option(
        name="template.create_dest_dirs",
        fate=WARNED,
        parse=values.parse_boolean,
        words="omamori makes the folders that a file needs",
        harmless=(True,),
    ),
    Option(
        name="template.backup",
        fate=WARNED,
        parse=values.parse_boolean,
        words="omamori leaves no .bak; the files of before stay for who has them open",
        harmless=(False,),
    ),
    Option(
        name="template.error_fatal",
        fate=WARNED,
        parse=values.parse_boolean,
        words="without its first files a Pod does not start; after that a sidecar goes on with the files that it has",
    ),
    Option(name="template.wait", fate=WARNED, parse=values.parse_anything, words=_AT_ONCE),
    Option(name="template.user", fate=WARNED, parse=values.parse_anything, words=_OWNER),
    Option(name="template.group", fate=WARNED, parse=values.parse_anything, words=_OWNER),
    Option(name="template.uid", fate=WARNED, parse=values.parse_anything, words=_OWNER),
    Option(name="template.gid", fate=WARNED, parse=values.parse_anything, words=_OWNER),
    Option(name="template.function_denylist", fate=REFUSED, parse=values.parse_list, words=_FUNCTIONS, harmless=((),)),
    Option(name="template.function_blacklist", fate=REFUSED, parse=values.parse_list, words=_FUNCTIONS, harmless=((),)),
    Option(
        name="template.sandbox_path",
        fate=REFUSED,
        parse=values.parse_text,
        words="`file` reads what omamori's container has, but for its own; nothing narrows that, not yet",
        harmless=("",),
    ),
    Option(
        name="template_config.static_secret_render_interval",
        fate=HONOURED,
        parse=values.parse_interval,
        words="how often a sidecar looks for changes; without it every 5 minutes",
    ),
    Option(
        name="template_config.exit_on_retry_failure",
        fate=WARNED,
        parse=values.parse_boolean,
        words="an init container that fails is started again; a sidecar goes on with the files that it has",
    ),
    Option(
        name="template_config.max_connections_per_host",
        fate=WARNED,
        parse=values.parse_anything,
        words="omamori's container makes one connection to each Vault, and keeps it only as long as it is needed",
    ),
    Option(
        name="template_config.lease_renewal_threshold",
        fate=WARNED,
        parse=values.parse_anything,
        words="leases are renewed after two thirds of their time",
    ),
)
