"""From the parsed annotations of vault-k8s to annotations of ours that say the same.

Each of the old ones has a list in its place: what is written there, empty where nothing is. Nothing is decided here by
the text of an annotation: the webhook's own parser has understood them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from webhook.admission.annotations.parse import DOMAIN
from webhook.admission.annotations.pod_annotations import InjectionSpec
from webhook.admission.annotations.vault_k8s.fields import INIT_PATCH, PATCH
from webhook.admission.annotations.vault_k8s.files import FILE, SECRET, TEMPLATE
from webhook.admission.annotations.vault_k8s.parse import SWITCH
from webhook.admission.annotations.vault_k8s.table import DOMAIN as THEIRS
from webhook.admission.annotations.vault_k8s.table import TABLE
from webhook.config.directories import parse_directory
from webhook.migrate.vault_k8s.fileannotations import DIRECTORY, FileWriter
from webhook.migrate.vault_k8s.gotemplates import Key
from webhook.migrate.vault_k8s.rewrite import Annotation

_WHERE = f"{THEIRS}/secret-volume-path"
_UNITS = ((3600, "h"), (60, "m"), (1, "s"))
_RESOURCES = (
    *(f"{THEIRS}/agent-{each}-{what}" for each in ("requests", "limits") for what in ("cpu", "mem", "ephemeral")),
    *(f"{THEIRS}/{each}" for each in (PATCH, INIT_PATCH)),
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
    directory = _directory_of(spec, old)
    for row, wanted, text in _pod_wide(spec, old, containers, vault):
        found.put(wanted, Annotation(f"{DOMAIN}/{row}", text))
    found.put((_WHERE,), Annotation(f"{DOMAIN}/dir", directory))
    files = FileWriter(directory, takes_leases=spec.mode == "init")
    for file in spec.templates:
        secret = _secret_of(file.annotation)
        place = _place_of(file.annotation, secret, old)
        found.put((place,), *files.write(file, secret, keys.get(file.annotation)))
    for token in spec.tokens:
        found.put((token.annotation,), files.write_token(token))
    return found


def _directory_of(spec: InjectionSpec, old: Mapping[str, str]) -> str:
    """Return the directory that is said once for all files: the Pod's, or the one that most files have."""
    said = parse_directory(old.get(_WHERE) or DIRECTORY)
    found = [each.directory or DIRECTORY for each in spec.placed]
    return said if said in found else max(dict.fromkeys(found), key=found.count)


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


def _secret_of(annotation: str) -> str:
    """Return the name of the secret that an annotation is about."""
    found = TABLE.find(annotation.removeprefix(f"{THEIRS}/"))
    return found[1] if found else ""


def _place_of(annotation: str, secret: str, old: Mapping[str, str]) -> str:
    """Return the annotation that says what a file is: its template, else its template's file, else its path."""
    candidates = (f"{THEIRS}/{row.removesuffix('<n>')}{secret}" for row in (TEMPLATE, FILE, SECRET))
    return next((each for each in candidates if old.get(each)), annotation)


def _duration(seconds: int) -> str:
    size, unit = next(each for each in _UNITS if seconds % each[0] == 0)
    return f"{seconds // size}{unit}"
