"""INI as configparser.RawConfigParser reads it, and so boto3 and the AWS command line: `name=value` below `[section]`.

Values that are maps are sections of their own; all else is in the section that the output names. INI has no escapes:
what a reader would strip, join or take for something else is refused.

Facts: names are compared without regard to case; a value ends at the line's end, and blanks around it are stripped; a
line that begins with a blank continues the one before; `#` and `;` begin a comment at a line's start
(docs.python.org/3/library/configparser.html, "Supported INI File Structure").
"""

from __future__ import annotations

from vault.agent.render.text import text_of
from vault.contract.errors import NotRepresentable
from vault.contract.shown import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_BREAKS = frozenset("\n\r\0")
_DEFAULT = "DEFAULT"  # whose lines are in all other sections, too


def render_ini(values: Mapping[str, Any], section: str) -> str:
    """Render sections of lines. Raises NotRepresentable."""
    own = {name: value for name, value in values.items() if not isinstance(value, dict)}
    sections = {name: value for name, value in values.items() if isinstance(value, dict)}
    if section in sections and own:
        raise NotRepresentable(
            f"the key {quoted(section)} is a map, and so a second section of that name",
            hint="set another with section=",
        )
    if own or not sections:
        sections = {section: own, **sections}
    return "\n".join(f"[{_section(name)}]\n{_lines(lines)}" for name, lines in sections.items())


def _lines(values: Mapping[str, Any]) -> str:
    lines: dict[str, str] = {}
    for name, value in values.items():
        line = f"{_name(name)}={_value(name, text_of(name, value))}\n"
        if lines.setdefault(name.lower(), line) is not line:
            raise NotRepresentable(
                f"the key {quoted(name)} is there twice for readers of INI, which do not tell capitals",
                hint="take one of both with keys=, or give it another name with rename=",
            )
    return "".join(lines.values())


def _section(name: str) -> str:
    if not name or name == _DEFAULT or name != name.strip() or "]" in name or not _BREAKS.isdisjoint(name):
        raise NotRepresentable(f"the key {quoted(name)} cannot be a section of an INI file", hint="rename it")
    return name


def _name(name: str) -> str:
    if (
        not name
        or name != name.strip()
        or name[0] in "#;["
        or any(each in name for each in "=:")
        or not _BREAKS.isdisjoint(name)
    ):
        raise NotRepresentable(
            f"the key {quoted(name)} cannot be a name in an INI file", hint="give it another name with rename="
        )
    return name


def _value(name: str, text: str) -> str:
    if text != text.strip() or not _BREAKS.isdisjoint(text):
        raise NotRepresentable(
            f"the key {quoted(name)} has a line end, a NUL, or a blank at an end, which INI cannot carry",
            hint="take another format, or the key alone as a raw file",
        )
    return text
