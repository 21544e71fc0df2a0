"""From the annotations of secrets to files: each secret of vault-k8s is a template, its own or one by default.

A name of a secret is what stands behind `agent-inject-secret-`, `agent-inject-template-` or
`agent-inject-template-file-`, as it is written; other annotations with the same name are about it. The file's name is
in lower case, unless its case is to be kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vault.contract.shown import quoted, shown
from webhook.admission.annotations.pod_annotations import TemplateSpec, TokenSpec
from webhook.admission.annotations.templates import check_text
from webhook.admission.annotations.vault_k8s.given import Given
from webhook.admission.annotations.vault_k8s.surroundings import COPIED, Surroundings
from webhook.admission.annotations.vault_k8s.table import DOMAIN
from webhook.config.directories import parse_name

SECRET = "agent-inject-secret-<n>"  # noqa: S105 - the name of an annotation
TEMPLATE = "agent-inject-template-<n>"
FILE = "agent-inject-template-file-<n>"
COMMAND = "agent-inject-command-<n>"
TOKEN = "agent-inject-token"  # noqa: S105 - the name of an annotation

DIRECTORY = "/vault/secrets"
_MODE = 0o644
_TOKEN_MODE = 0o640  # of a file sink of vault agent
_DELIMITERS = ("{{", "}}")
_MAP = '{{{{ with secret "{}" }}}}{{{{ range $k, $v := .Data }}}}{{{{ $k }}}}: {{{{ $v }}}}\n{{{{ end }}}}{{{{ end }}}}'
_JSON = '{{{{ with secret "{}" }}}}{{{{ .Data | toJSON }}}}\n{{{{ end }}}}'
_OF_A_SECRET = (
    "agent-template-left-delim-<n>",
    "agent-template-right-delim-<n>",
    "agent-inject-file-<n>",
    "agent-inject-perms-<n>",
    COMMAND,
    "error-on-missing-key-<n>",
    "secret-volume-path[-<n>]",
    "preserve-secret-case[-<n>]",
)


def names_of(given: Given) -> dict[str, str]:
    """Return the names of all secrets, as they are written, each with the annotation that is first about it."""
    return {
        name: annotation for row, name, annotation in reversed(given.all()) if name and row in {SECRET, TEMPLATE, FILE}
    }


def parse_files(given: Given, around: Surroundings) -> tuple[TemplateSpec, ...]:
    """Parse all files; what is wrong is added to the problems of `given`."""
    located = {annotation: (volume, path) for annotation, volume, path in around.files}
    names = names_of(given)
    files = []
    for name in sorted(names):
        try:
            files.append(_parse_file(given, name, names[name], located))
        except ValueError as error:
            given.refuse(names[name], str(error))
    return tuple(files)


def parse_tokens(given: Given) -> tuple[TokenSpec, ...]:
    """Return the file with a token for the application, in the directory of all files."""
    if not given.get(TOKEN):
        return ()
    directory = given.get("secret-volume-path[-<n>]") or DIRECTORY
    return (TokenSpec(annotation=f"{DOMAIN}/{TOKEN}", name="token", directory=directory, mode=_TOKEN_MODE),)


def warnings_of_files(given: Given, around: Surroundings) -> Iterator[str]:
    """Warn of annotations about secrets that nothing asks for, and of mounts that are not copied."""
    names = names_of(given)
    if given.get("agent-copy-volume-mounts") and not around.files:
        yield f"{COPIED}: no template file is in one of the mounts, so omamori's container gets none of them"
    for row, name, annotation in given.all():
        if name and row in _OF_A_SECRET and name not in names:
            yield f"{shown(annotation)}: there is no {DOMAIN}/agent-inject-secret-{shown(name)}, so it says nothing"


def _parse_file(given: Given, name: str, annotation: str, located: Mapping[str, tuple[str, str]]) -> TemplateSpec:
    keeps_case = given.get("preserve-secret-case[-<n>]", name)
    if keeps_case is None:
        keeps_case = given.get("preserve-secret-case[-<n>]", "", default=False)
    left = given.get("agent-template-left-delim-<n>", name) or _DELIMITERS[0]
    right = given.get("agent-template-right-delim-<n>", name) or _DELIMITERS[1]
    if left == right:
        raise ValueError(f"has the left and right delimiter {quoted(left)}; write two different ones")
    directory = given.get("secret-volume-path[-<n>]", name) or given.get("secret-volume-path[-<n>]", "")
    return TemplateSpec(
        annotation=annotation,
        name=given.get("agent-inject-file-<n>", name) or parse_name(name if keeps_case else name.lower()),
        directory=directory or DIRECTORY,
        mode=given.get("agent-inject-perms-<n>", name, default=_MODE),
        delimiters=(left, right),
        missing_key="error" if given.get("error-on-missing-key-<n>", name) else "default",
        allows_short_lease=True,  # vault agent does not look at it either
        **_source(given, name, located),
    )


def _source(given: Given, name: str, located: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    """Return the fields that say what the template is: its text, else a file, else one of the default templates."""
    text = given.get(TEMPLATE, name)
    if not text and given.get(FILE, name):
        return _file(given.get(FILE, name), located.get(f"{DOMAIN}/agent-inject-template-file-{name}"))
    if not text:
        path = given.get(SECRET, name)
        if not path:
            raise ValueError("is empty; write the path of a secret in Vault")
        kind = given.get("agent-inject-default-template", "", default="map")
        text = (_JSON if kind == "json" else _MAP).format(path)
    check_text(text)
    return {"text": text}


def _file(path: str, found: tuple[str, str] | None) -> dict[str, Any]:
    if found is None or not found[1]:
        raise ValueError(
            f"has its template in the file {quoted(path)}, which omamori's container cannot have: name in {COPIED} the "
            "container that mounts the ConfigMap volume with it"
        )
    return {"volume": found[0], "path": parse_name(found[1])}
