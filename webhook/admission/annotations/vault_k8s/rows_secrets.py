"""What is injected, where, and which files there are: rows of the table."""

from __future__ import annotations

from webhook.admission.annotations.vault_k8s import parsers
from webhook.admission.annotations.vault_k8s.annotation import Annotation, Fate
from webhook.admission.annotations.vault_k8s.commands import parse_command
from webhook.admission.annotations.vault_k8s.go_values import parse_bool
from webhook.config.directories import parse_directory

_HONOURED, _WARNED, _ = Fate

_OWN_IMAGE = "omamori's container has an image of its own, and no shell"

SECRETS = (
    # whether
    Annotation("agent-inject", _HONOURED, parse_bool, "the switch: nothing is injected without it"),
    Annotation(
        "agent-inject-status",
        _HONOURED,
        parsers.parse_any,
        "`injected` is believed only where vault-agent's containers are in the Pod",
    ),
    Annotation(
        "agent-inject-containers",
        _HONOURED,
        parsers.parse_containers,
        "the application's containers that get the files; a name that is not there is passed over, with a warning",
    ),
    Annotation("agent-request-namespace", _WARNED, parsers.parse_any, "the namespace is that of the request"),
    # how it runs
    Annotation(
        "agent-init-first",
        _HONOURED,
        parse_bool,
        (
            "omamori's container is the first; then the other init containers get the files as well. Without it, "
            "it is the last of the init containers"
        ),
    ),
    Annotation(
        "agent-pre-populate",
        _HONOURED,
        parse_bool,
        (
            "false is the same as true, since a native sidecar always has its files before the application "
            "starts; false with pre-populate-only injects nothing"
        ),
    ),
    Annotation("agent-pre-populate-only", _HONOURED, parse_bool, "an init container, and no sidecar"),
    Annotation("agent-image", _WARNED, parsers.parse_any, _OWN_IMAGE),
    Annotation(
        "agent-configmap",
        _HONOURED,
        parsers.parse_config_map_name,
        (
            "an agent configuration in a ConfigMap: omamori's container reads its files config.hcl and config-init.hcl "
            "in the Pod, takes login, templates and sinks, and refuses by name what it cannot do (see below); "
            "annotations about secrets and the login say nothing then"
        ),
    ),
    Annotation(
        "agent-extra-secret",
        _HONOURED,
        parsers.parse_secret_name,
        "the Kubernetes Secret is at /vault/custom in omamori's container alone, where templates read it (`file`)",
    ),
    Annotation(
        "agent-copy-volume-mounts",
        _HONOURED,
        parsers.parse_any,
        (
            "where template files are: of the mounts, omamori's container gets the ConfigMap volumes that agent-"
            "inject-template-file names files of; with agent-configmap, all ConfigMap volumes"
        ),
    ),
    # secrets
    Annotation(
        "agent-inject-secret-<n>",
        _HONOURED,
        parsers.parse_any,
        "the path in Vault; the file's name is `<n>`, in lower case",
    ),
    Annotation(
        "agent-inject-template-<n>", _HONOURED, parsers.parse_any, "the template; omamori runs it as vault agent does"
    ),
    Annotation(
        "agent-inject-template-file-<n>",
        _HONOURED,
        parsers.parse_any,
        (
            "a file of a ConfigMap volume that the container of agent-copy-volume-mounts mounts; any other path "
            "is refused"
        ),
    ),
    Annotation("agent-inject-default-template", _HONOURED, parsers.parse_default_template, "map or json"),
    Annotation("agent-template-left-delim-<n>", _HONOURED, parsers.parse_delimiter, "the template's left delimiter"),
    Annotation("agent-template-right-delim-<n>", _HONOURED, parsers.parse_delimiter, "the template's right delimiter"),
    Annotation(
        "agent-inject-file-<n>",
        _HONOURED,
        parsers.parse_file,
        "the file's path below its directory; it may not lead out of it",
    ),
    Annotation("agent-inject-perms-<n>", _HONOURED, parsers.parse_mode, "the file's mode; without it 0644"),
    Annotation(
        "agent-inject-command-<n>",
        _HONOURED,
        parse_command,
        (
            "kill or pkill of a named process becomes a signal to it, after a change of any file; every other "
            "command is refused: omamori's image has nothing to run"
        ),
    ),
    Annotation(
        "error-on-missing-key-<n>",
        _HONOURED,
        parse_bool,
        "a missing key is an error; without it `<no value>` is written",
    ),
    Annotation(
        "secret-volume-path[-<n>]",
        _HONOURED,
        parse_directory,
        "the directory of the files, or of one; mounted read-only",
    ),
    Annotation("preserve-secret-case[-<n>]", _HONOURED, parse_bool, "keeps the case of `<n>`"),
    Annotation(
        "agent-inject-token",
        _HONOURED,
        parse_bool,
        "a file token beside the others, mode 0640, from a login of its own: never the agent's own token",
    ),
)
