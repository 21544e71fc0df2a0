"""Finds the functions of Consul-Template by name; a template pays only for the modules of those that it names."""

from __future__ import annotations

from vault.gotemplate.errors import Fault
from vault.gotemplate.functions.table import MODULES, REFUSED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vault.gotemplate.function import Function


class Library:
    """Where the parser looks a function up."""

    __slots__ = ()

    def get(self, name: str) -> Function | None:
        """Return a function; None if Consul-Template has none of that name. Raises Fault if it is not had here."""
        if name in REFUSED:
            raise Fault(f'function "{name}" is not available here: {REFUSED[name]}')
        if name not in MODULES:
            return None
        module = __import__(f"vault.gotemplate.functions.{MODULES[name]}", fromlist=("FUNCTIONS",))
        found: Function = module.FUNCTIONS[name]
        return found


LIBRARY = Library()
