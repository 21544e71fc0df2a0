"""What options say of the keys of a secret: which are taken, and under which names. What they do is done in the Pod."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vault.contract.shown import quoted
from webhook.admission.annotations import parsers
from webhook.admission.annotations.secret_annotations import EnvFromSpec, FileSpec


def check_names(spec: FileSpec | EnvFromSpec) -> None:
    """Check names against each other, as far as they are known without the secret. Raises ValueError."""
    if not spec.keys:
        return
    unknown = dict(spec.renames).keys() - set(spec.keys)
    if unknown:
        raise ValueError(f"option rename= has {quoted(min(unknown))}, which keys= does not take")
    found: set[str] = set()
    for new in _known_names(spec).values():
        if new in found:
            raise ValueError(f"would give two keys the name {quoted(new)}")
        found.add(new)


def check_variable_names(spec: EnvFromSpec) -> None:
    """Check that what is known of the names without the secret can be names of variables. Raises ValueError."""
    for key, new in _known_names(spec).items():
        if not parsers.is_variable_name(new):
            raise ValueError(
                f"would take the key {quoted(key)} as the variable {quoted(new)}, but a variable's name has letters, "
                "digits, '_', '-' and '.', and no digit first; give it another one with rename="
            )
    if spec.prefix and not spec.keys:
        try:
            parsers.parse_variable_name(_with_prefix(spec, ""))
        except ValueError as error:
            raise ValueError(f"option prefix= {error}") from None


@dataclass(frozen=True, slots=True)
class PossibleNames:
    """The names that variables of some secrets may have, whatever the secrets have.

    They are `known`, or begin with one of `prefixes`, or with one of `capital_prefixes` and are in capitals; those of
    `never` are left out, and what cannot be the name of a variable.
    """

    known: frozenset[str]
    prefixes: tuple[str, ...]
    capital_prefixes: tuple[str, ...]
    never: frozenset[str]

    def __contains__(self, name: object) -> bool:
        if name in self.known:
            return True
        if not isinstance(name, str) or name in self.never or not parsers.is_variable_name(name):
            return False
        return name.startswith(self.prefixes) or (name.startswith(self.capital_prefixes) and name == name.upper())


def possible_names(specs: Sequence[EnvFromSpec]) -> PossibleNames:
    """Return the names that they may give. Of more than one, a name that only a key with another name has is one."""
    known = frozenset([new for spec in specs for new in _known_names(spec).values()])
    opened = [spec for spec in specs if not spec.keys]
    never: frozenset[str] = frozenset()
    if len(specs) == 1:
        # in capitals, a key with letters is not the only one that gives its name
        olds = [old for old, _ in specs[0].renames if not specs[0].upper or old.lower() == old.upper()]
        never = frozenset([_with_prefix(specs[0], old) for old in olds])
    return PossibleNames(
        known=known,
        prefixes=tuple([spec.prefix for spec in opened if not spec.upper]),
        capital_prefixes=tuple([_with_prefix(spec, "") for spec in opened if spec.upper]),
        never=never,
    )


def _known_names(spec: FileSpec | EnvFromSpec) -> dict[str, str]:
    """Return the keys that the options name, each with the name that it gets."""
    renames = dict(spec.renames)
    return {key: renames.get(key) or _with_prefix(spec, key) for key in spec.keys or renames}


def _with_prefix(spec: FileSpec | EnvFromSpec, key: str) -> str:
    return f"{spec.prefix}{key}".upper() if spec.upper else f"{spec.prefix}{key}"
