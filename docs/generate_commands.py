"""Write the tables of docs/commands.md, between its markers, from the command line itself.

python docs/generate_commands.py            write the page
python docs/generate_commands.py --check    exit code 1 where the page is not what the command line says
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

from vault.cli.command import Argument, Command, Group  # noqa: E402
from vault.cli.exit_codes import MEANINGS  # noqa: E402
from webhook.cli import OMAMORI  # noqa: E402 - only now can it be found

PAGE = PROJECT / "docs/commands.md"


def commands(group: click.Command = OMAMORI, parent: click.Context | None = None) -> Iterator[tuple[str, Command]]:
    """Give each command with its full name, in the order of help."""
    context = click.Context(group, parent=parent, info_name=group.name)
    assert isinstance(group, Group)
    for name in group.list_commands(context):
        member = group.get_command(context, name)
        if isinstance(member, Group):
            yield from commands(member, context)
        elif isinstance(member, Command):
            yield f"{context.command_path} {name}", member


def exit_codes() -> str:
    """Give the table of exit codes."""
    return "| exit code | |\n|---|---|\n" + "".join(f"| {code} | {words} |\n" for code, words in MEANINGS.items())


def command_list() -> str:
    """Give a section for each command."""
    return "\n".join(_section(name, command) for name, command in commands())


def _section(name: str, command: Command) -> str:
    context = click.Context(command, info_name=name)
    usage = " ".join([name, *command.collect_usage_pieces(context)])
    extra = f" Extra: `{command.extra}`." if command.extra else ""
    rows = [
        _row(param.make_metavar(context), param.explained) for param in command.params if isinstance(param, Argument)
    ]
    rows += [_row(*record) for param in command.params if (record := _record(param, context)) is not None]
    table = "| option | |\n|---|---|\n" + "".join(rows) + "\n" if rows else ""
    codes = "; ".join(f"{code} {words}" for code, words in command.codes.items() if code != max(MEANINGS))
    return f"### `{name}`\n\n{command.help}{extra}\n\n    {usage}\n\n{table}Exit codes: {codes}.\n"


def _record(param: click.Parameter, context: click.Context) -> tuple[str, str] | None:
    return param.get_help_record(context) if isinstance(param, click.Option) else None


def _row(name: str, words: str) -> str:
    cells = (f"`{name}`", words.replace("  [", " ["))
    return f"| {' | '.join(each.replace('|', chr(92) + '|') for each in cells)} |\n"


def page() -> str:
    """Give the page as it should be."""
    text = PAGE.read_text()
    for marker, made in (("exit-codes", exit_codes()), ("commands", command_list())):
        pattern = re.compile(
            rf"(<!-- {marker}: written by docs/generate_commands.py -->\n).*?(<!-- end -->)", re.DOTALL
        )
        text, count = pattern.subn(lambda found, made=made: f"{found[1]}{made}{found[2]}", text)  # type: ignore[misc]
        assert count == 1, f"{PAGE} has no marker {marker}"
    return text


def main() -> int:
    """Write the page, or check it."""
    made = page()
    if "--check" in sys.argv[1:]:
        return 0 if made == PAGE.read_text() else 1
    PAGE.write_text(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
