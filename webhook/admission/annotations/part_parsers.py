"""Parsers of the options that take parts of a secret, and name them: keys, new names, the password of a key store.

As in parsers.py, each raises ValueError with the reason.
"""

from __future__ import annotations

from vault.contract.errors import ReferenceInvalid
from vault.contract.references import SecretRef, parse_key, parse_reference
from vault.contract.shown import quoted


def parse_keys(text: str) -> tuple[str, ...]:
    """Parse a list of keys, separated by commas; `%XX` stands for any byte, `%2C` for a comma."""
    names = tuple(map(_parse_key, text.split(",")))
    if len(set(names)) != len(names):
        raise ValueError("names a key twice")
    return names


def parse_renames(text: str) -> tuple[tuple[str, str], ...]:
    """Parse pairs `old:new`, separated by commas; `%XX` stands for any byte, `%3A` for a colon."""
    pairs = []
    for pair in text.split(","):
        old, colon, new = pair.partition(":")
        if not colon:
            raise ValueError(f"has {quoted(pair)}; write pairs old:new, separated by commas")
        pairs.append((_parse_key(old), _parse_key(new)))
    if len({old for old, _ in pairs}) != len(pairs):
        raise ValueError("names a key twice")
    return tuple(pairs)


def parse_prefix(text: str) -> str:
    """Parse what a name may begin with; `%XX` stands for any byte."""
    return _parse_key(text)


def parse_password(text: str) -> SecretRef:
    """Parse a reference to one key of a secret."""
    try:
        reference = parse_reference(text)
    except ReferenceInvalid as error:
        raise ValueError(f"is wrong: {error}") from None
    if reference.key is None:
        raise ValueError(f"is {quoted(text)}; name the key of the password: secret/data/shop/store#password")
    return reference


def parse_section(text: str) -> str:
    """Parse the name of a section: no `]`, no blank at an end, not `DEFAULT`; `%XX` stands for any byte."""
    name = _parse_key(text)
    if "]" in name or name != name.strip() or name == "DEFAULT":
        raise ValueError(f"is {quoted(name)}; a section's name has no ']', no blank at an end, and is not DEFAULT")
    return name


def _parse_key(text: str) -> str:
    try:
        return parse_key(text)
    except ReferenceInvalid as error:
        raise ValueError(f"is wrong: {error}") from None
