"""`omamori migrate external-secrets`: report what Pods take from ExternalSecrets, and the annotations in their place.

It changes no file: an ExternalSecret often feeds what is no Pod, too, and which of both stays is for people to say.
"""

from __future__ import annotations

from pathlib import Path

from vault.cli.exit_codes import FAILED, OK
from vault.cli.terminal import complain, tell
from webhook.admission.rawjson import MalformedReview
from webhook.migrate.repository import read_texts
from webhook.migrate.secrets.documents import Moving, counted, migrate_text
from webhook.migrate.secrets.external import find_external, find_stores, sources_of
from webhook.sources.settings import assumed_settings
from webhook.workloads.manifest import Manifest, ManifestInvalid, parse_manifests


def run(*, files: tuple[Path, ...], namespace: str) -> int:
    """Print the report. Exit code FAILED: a file was not read."""
    texts = read_texts(files)
    manifests: list[Manifest] = []
    unread = []
    for file, text in texts.items():
        try:
            manifests += parse_manifests(str(file), text)
        except ManifestInvalid as error:
            unread.append(f"not read: {error}")
    try:
        found = list(find_external(manifests, find_stores(manifests, namespace), namespace))
    except MalformedReview as error:
        complain(f"an object of the External Secrets Operator: {error}")
        return FAILED
    complain(*unread)
    if not found:
        complain("there is no ExternalSecret in the files that could be read")
    for each in found:
        if each.source.keys:
            made = f"{counted(len(each.source.keys), 'key')} of the Secret {each.source}, from {each.vault}"
            tell(f"reads from Vault: {each.where}: {made}")
            tell(*(f"  {key}: {reference}" for key, reference in each.source.references))
        tell(*(f"stays: {each.where}: {what}" for what in each.stays))
    moving = Moving(sources_of(found), namespace, assumed_settings(frozenset()))
    for file, text in texts.items():
        outcome = migrate_text(str(file), text, moving)
        for where, given in outcome.annotations.items():
            tell(f"could move: {where}")
            tell(*(f"  {key}: {value}" for key, value in given.items()))
        tell(*(f"note: {each}" for each in outcome.notes), *(f"stays: {each}" for each in outcome.stays))
        tell(*(f"remains a Secret: {each}" for each in outcome.remains))
    return FAILED if unread else OK
