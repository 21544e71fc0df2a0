"""From the parsed annotations of vault-k8s to annotations of ours that say the same.

Each of the old ones has a list in its place: what is written there, empty where nothing is. Nothing is decided here by
the text of an annotation: the webhook's own parser has understood them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from webhook.admission.annotations.parse import DOMAIN, FILE_PREFIX, TEMPLATE_PREFIX, TOKEN_PREFIX
from webhook.admission.annotations.parse import TEMPLATE_OPTIONS_PREFIX as OPTIONS_PREFIX
from webhook.admission.annotations.qualified_keys import problem_with_key
from webhook.admission.annotations.spec import InjectionSpec, PlacedFile, TemplateSpec
from webhook.admission.annotations.vault_k8s.files import FILE, SECRET, TEMPLATE
from webhook.admission.annotations.vault_k8s.parse import SWITCH
from webhook.admission.annotations.vault_k8s.table import DOMAIN as THEIRS
from webhook.admission.annotations.vault_k8s.table import TABLE
from webhook.migrate.gotemplates import Key
from webhook.migrate.rewrite import Annotation

_OUR_DELIMITERS = ("[[", "]]")
_DIRECTORY = "/vault/secrets"
_BLANK_OR_QUOTE = re.compile(r'[\s"]')
_UNITS = ((3600, "h"), (60, "m"), (1, "s"))
_RESOURCES = tuple(
    f"{THEIRS}/agent-{each}-{what}" for each in ("requests", "limits") for what in ("cpu", "mem", "ephemeral")
)


@dataclass(slots=True)
class Translation:
    """What is written in the place of each old annotation."""

    places: dict[str, list[Annotation]] = field(default_factory=dict)

    def put(self, wanted: tuple[str, ...], *annotations: Annotation) -> None:
        """Add annotations in the place of the first old one that is there, else in that of the switch."""
        place = next((each for each in wanted if each in self.places), SWITCH)
        self.places[place] += annotations

    @property
    def annotations(self) -> dict[str, str]:
        """All new ones."""
        return {each.name: each.text for found in self.places.values() for each in found}


def translate(
    spec: InjectionSpec,
    old: Mapping[str, str],
    keys: Mapping[str, Key],
    containers: tuple[str, ...] | None,
    vault: str | None,
) -> Translation:
    """Translate. `old` are the annotations of vault-k8s that its table knows, `keys` the templates that are one key.

    `keys` is by the annotation of a template. `containers` are those that get the files, None: by default. `vault` is
    the name of the Vault, None: the administrator's first.
    """
    found = Translation({name: [] for name in old})
    for row, wanted, text in _pod_wide(spec, old, containers, vault):
        found.put(wanted, Annotation(f"{DOMAIN}/{row}", text))
    names = _Names()
    for file in spec.templates:
        place = _place_of(file.annotation, old)
        found.put((place,), *_file(file, names, spec, keys.get(file.annotation)))
    for token in spec.tokens:
        name = names.take(TOKEN_PREFIX, token, "token")
        text = _options(token, name, spec, ())
        found.put((token.annotation,), Annotation(f"{TOKEN_PREFIX}/{name}", text))
    return found


def directory_of(spec: InjectionSpec) -> str:
    """Return the directory that is said once for all files: the one that most of them have."""
    all_of_them = [each.directory or _DIRECTORY for each in spec.placed]
    return max(dict.fromkeys(all_of_them), key=all_of_them.count, default=_DIRECTORY)


def _pod_wide(
    spec: InjectionSpec, old: Mapping[str, str], containers: tuple[str, ...] | None, vault: str | None
) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Yield the name of a row of ours, the old annotations in whose place it may be, and its text."""
    parameter = next((each for each in old if each.lower().endswith("/auth-config-role")), "")
    yield "role", (f"{THEIRS}/role", parameter), spec.role or ""
    if vault is not None:
        yield "vault", (f"{THEIRS}/service",), vault
    if spec.mode != "init":
        yield "mode", (f"{THEIRS}/agent-pre-populate-only",), spec.mode
    if spec.refresh_seconds is not None:
        refresh = _duration(spec.refresh_seconds)
        yield "refresh", (f"{THEIRS}/template-static-secret-render-interval",), refresh
    if spec.position.place != "first":
        yield "position", (f"{THEIRS}/agent-init-first",), spec.position.place
    yield "dir", (f"{THEIRS}/secret-volume-path",), directory_of(spec)
    if containers is not None:
        yield "containers", (f"{THEIRS}/agent-inject-containers", f"{THEIRS}/agent-init-first"), ",".join(containers)
    if spec.container.user is not None:
        user = (f"{THEIRS}/agent-run-as-user", f"{THEIRS}/agent-run-as-same-user")
        yield "run-as-user", user, str(spec.container.user)
    if spec.resources:
        yield "resources", _RESOURCES, " ".join(f"{name}={amount}" for name, amount in spec.resources)
    if spec.on_change is not None:
        commands = tuple(each for each in old if each.startswith(f"{THEIRS}/agent-inject-command-"))
        text = f"signal={spec.on_change.signal} process={spec.on_change.process}"
        yield "on-change", commands, text


def _place_of(annotation: str, old: Mapping[str, str]) -> str:
    """Return the annotation that says what a file is: its template, else its template's file, else its path."""
    found = TABLE.find(annotation.removeprefix(f"{THEIRS}/"))
    name = found[1] if found else ""
    rows = (TEMPLATE, FILE, SECRET)
    candidates = [f"{THEIRS}/{row.removesuffix('<n>')}{name}" for row in rows]
    return next((each for each in candidates if old.get(each)), annotation)


def _file(file: TemplateSpec, names: _Names, spec: InjectionSpec, key: Key | None) -> Iterator[Annotation]:
    found = TABLE.find(file.annotation.removeprefix(f"{THEIRS}/"))
    secret = found[1] if found else ""
    lease = ("allow-short-lease=true",) if spec.mode == "init" else ()
    if key is not None:
        name = names.take(FILE_PREFIX, file, secret)
        decoding = ("decode=base64",) if key.is_base64 else ()
        has_lease = "data" not in key.source.path.split("/")
        options = _options(file, name, spec, (*decoding, *(lease if has_lease else ())))
        yield Annotation(f"{FILE_PREFIX}/{name}", f"{key.source} {options}".rstrip())
        return
    name = names.take(TEMPLATE_PREFIX, file, secret)
    delimiters = file.delimiters != _OUR_DELIMITERS and not file.volume
    delimiting = (f'delimiters="{" ".join(file.delimiters)}"',) if delimiters else ()
    yield Annotation(f"{OPTIONS_PREFIX}/{name}", _options(file, name, spec, (*delimiting, *lease)))
    yield Annotation(f"{TEMPLATE_PREFIX}/{name}", f"volume:{file.volume}/{file.path}" if file.volume else file.text)


def _options(file: PlacedFile, name: str, spec: InjectionSpec, more: tuple[str, ...]) -> str:
    """Write the options of a file whose annotation ends with a name."""
    found = [*more]
    if file.name != name:
        found.append(f"as={_quoted(file.name)}")
    if file.directory != directory_of(spec):
        found.append(f"dir={_quoted(file.directory or _DIRECTORY)}")
    if file.mode is not None:
        found.append(f"mode={file.mode:04o}")
    return " ".join(found)


def _quoted(text: str) -> str:
    if not _BLANK_OR_QUOTE.search(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class _Names:
    """Names behind our prefixes, each once: the file's, or that of its secret."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, prefix: str, file: PlacedFile, secret: str) -> str:
        plain = re.sub(r"[^A-Za-z0-9]+", "-", file.name).strip("-")
        numbered = (f"file-{number}" for number in range(1, len(self._taken) + 2))
        is_free: Callable[[Any], bool] = lambda name: (  # noqa: E731
            name not in self._taken and problem_with_key(f"{prefix}/{name}") is None
        )
        name: str = next(filter(is_free, (file.name, secret.lower(), secret, plain, *numbered)))
        self._taken.add(name)
        return name


def _duration(seconds: int) -> str:
    size, unit = next(each for each in _UNITS if seconds % each[0] == 0)
    return f"{seconds // size}{unit}"
