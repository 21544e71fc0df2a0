"""Write the annotations of a file of ours: a template with its options, one key of a secret, a token."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from webhook.admission.annotations.parse import FILE_PREFIX, TEMPLATE_OPTIONS_PREFIX, TEMPLATE_PREFIX, TOKEN_PREFIX
from webhook.admission.annotations.pod_annotations import PlacedFile, TemplateSpec, TokenSpec
from webhook.admission.annotations.qualified_keys import problem_with_key
from webhook.migrate.vault_k8s.gotemplates import Key
from webhook.migrate.vault_k8s.rewrite import Annotation

DIRECTORY = "/vault/secrets"

_OUR_DELIMITERS = ("[[", "]]")
_NOT_A_NAME = re.compile(r"[^A-Za-z0-9]+")
_BLANK_OR_QUOTE = re.compile(r'[\s"]')
_LEASE = "allow-short-lease=true"
_KV2_SEGMENT = "data"


class FileWriter:
    """Writes the annotations of a Pod's files, whose names behind our prefixes are each taken once."""

    def __init__(self, directory: str, *, takes_leases: bool) -> None:
        """`directory` is said for all files; `takes_leases`: leases that end with the login are taken."""
        self._directory = directory
        self._lease = (_LEASE,) if takes_leases else ()
        self._taken: set[str] = set()

    def write(self, file: TemplateSpec, secret: str, key: Key | None) -> Iterator[Annotation]:
        """Yield the annotations of a template, the text last; of one key where it is no more. `secret`: its name."""
        name = self._name(TEMPLATE_PREFIX, file, secret)
        if key is not None:
            decoding = ("decode=base64",) if key.is_base64 else ()
            lease = () if _KV2_SEGMENT in key.source.path.split("/") else self._lease
            options = self._options(file, name, *decoding, *lease)
            yield Annotation(f"{FILE_PREFIX}/{name}", f"{key.source} {options}")
            return
        has_others = file.delimiters != _OUR_DELIMITERS and not file.volume
        delimiters = (f'delimiters="{" ".join(file.delimiters)}"',) if has_others else ()
        yield Annotation(f"{TEMPLATE_OPTIONS_PREFIX}/{name}", self._options(file, name, *delimiters, *self._lease))
        yield Annotation(f"{TEMPLATE_PREFIX}/{name}", f"volume:{file.volume}/{file.path}" if file.volume else file.text)

    def write_token(self, token: TokenSpec) -> Annotation:
        """Return the annotation of a token."""
        name = self._name(TOKEN_PREFIX, token, "")
        return Annotation(f"{TOKEN_PREFIX}/{name}", self._options(token, name))

    def _name(self, prefix: str, file: PlacedFile, secret: str) -> str:
        """Choose a name that Kubernetes allows: the file's, or that of its secret."""
        plain = _NOT_A_NAME.sub("-", file.name).strip("-")
        numbered = (f"file-{number}" for number in itertools.count(1))
        for name in itertools.chain((file.name, secret.lower(), secret, plain), numbered):
            if name not in self._taken and problem_with_key(f"{prefix}/{name}") is None:
                break
        self._taken.add(name)
        return name

    def _options(self, file: PlacedFile, name: str, *more: str) -> str:
        """Return the options of a file whose annotation ends with a name."""
        found = [*more]
        if file.name != name:
            found.append(f"as={_quoted(file.name)}")
        if file.directory != self._directory:
            found.append(f"dir={_quoted(file.directory or DIRECTORY)}")
        if file.mode is not None:
            found.append(f"mode={file.mode:04o}")
        return " ".join(found)


def _quoted(text: str) -> str:
    if not _BLANK_OR_QUOTE.search(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
