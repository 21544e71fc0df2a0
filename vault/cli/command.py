"""How a command of the command line is declared, called and explained.

A command is declared apart from the module that does its work. That is imported when the command runs: help and
completion need no extra, and each command needs its own alone. All that is wrong with a call is told at once.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any, ClassVar, Protocol

import click
from click.core import ParameterSource

from vault.cli.exit_codes import CHANGES, FAILED, INTERRUPTED, MEANINGS, OK
from vault.cli.failures import OURS, lines_of
from vault.cli.terminal import complain
from vault.cli.tracing import telling_of_calls

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 110, "show_default": False}
_MISTAKES = "omamori.mistakes"


class OptionGroup(Protocol):
    """A dataclass of options that belong together; its fields have their names."""

    OPTIONS: ClassVar[tuple[click.Option, ...]]
    __dataclass_fields__: ClassVar[dict[str, Any]]

    def __init__(self, *values: Any, **named: Any) -> None: ...


class UsageError(click.UsageError):
    """The call is wrong; the message has a line for each mistake, which says what to write."""


class _Collecting(click.Parameter):
    """A parameter whose mistakes are collected."""

    def handle_parse_result(
        self, ctx: click.Context, opts: Mapping[str, Any], args: list[str]
    ) -> tuple[Any, list[str]]:
        try:
            return super().handle_parse_result(ctx, opts, args)
        except click.BadParameter as problem:
            ctx.meta.setdefault(_MISTAKES, []).append(_told(self, ctx, problem))
            return None, args


class Option(_Collecting, click.Option):
    """An option; its variable, if it has one, stands in its help."""

    def __init__(self, *names: str, **more: Any) -> None:
        """Declare it as click does, names first."""
        super().__init__(names, show_envvar=True, **more)


class Argument(_Collecting, click.Argument):
    """An argument without an option's name, explained in help."""

    def __init__(self, name: str, explained: str, **more: Any) -> None:
        """Declare it; the name in capitals is what help calls it."""
        super().__init__([name], metavar=more.pop("metavar", name.upper()), **more)
        self.explained = explained


class Command(click.Command):
    """A command whose work is the function `run` of a module."""

    def __init__(
        self,
        name: str,
        module: str,
        purpose: str,
        *params: click.Parameter,
        extra: str = "",
        groups: Mapping[str, type[OptionGroup]] | None = None,
        together: Sequence[str] = (),
        more: str = "",
        examples: Sequence[str] = (),
        codes: Mapping[int, str] | None = None,
        is_server: bool = False,
    ) -> None:
        """Declare it. `purpose` is its line in a list, `more` what help says besides.

        `groups` are handed to `run` as one value each; of `together` all options are given or none. `codes` say what
        exit codes mean here, where that is more than the common table says.
        """
        self._groups = groups or {}
        grouped = [option for kind in self._groups.values() for option in kind.OPTIONS]
        text = f"{purpose[0].upper()}{purpose[1:]}." + (f"\n\n{more}" if more else "")
        super().__init__(
            name,
            params=[*params, *grouped, *(() if is_server else (VERBOSE,))],
            help=text,
            short_help=purpose,
            context_settings=CONTEXT,
        )
        self.module = module
        self.extra = extra
        self._together = together
        self._examples = examples
        given = codes or {}
        used = (OK, FAILED, *((CHANGES,) if CHANGES in given else ()), *(() if is_server else (INTERRUPTED,)))
        self.codes = {code: given.get(code, MEANINGS[code]) for code in used}

    @property
    def names_for_run(self) -> set[str]:
        """The names of what `run` is given."""
        grouped = {field.name for kind in self._groups.values() for field in fields(kind)}
        return {each.name for each in self.params if each.name and each is not VERBOSE} - grouped | self._groups.keys()

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse a call. Raises CallWrong with all that is wrong with it."""
        rest = super().parse_args(ctx, args)
        mistakes: list[str] = ctx.meta.get(_MISTAKES, [])
        given = [each for each in self._together if ctx.get_parameter_source(each) is not ParameterSource.DEFAULT]
        missing = [each for each in self._together if each not in given] if given else []
        mistakes += [f"{_flag(each)} is missing: {_flag(given[0])} requires it" for each in missing]
        if mistakes and not ctx.resilient_parsing:
            raise UsageError("\n".join(mistakes), ctx)
        return rest

    def invoke(self, ctx: click.Context) -> int:
        """Do the work. Returns the exit code."""
        run = self.load(ctx)
        values = dict(ctx.params)
        verbose = bool(values.pop(VERBOSE.name, False))
        for name, kind in self._groups.items():
            values[name] = kind(**{field.name: values.pop(field.name) for field in fields(kind)})
        try:
            with telling_of_calls(verbose=verbose):
                return run(**values)
        except OURS as error:
            complain(*lines_of(error))
            return FAILED

    def load(self, ctx: click.Context) -> Callable[..., int]:
        """Import the function. Raises ClickException where a package is missing."""
        try:
            run: Callable[..., int] = importlib.import_module(self.module).run
        except ModuleNotFoundError as error:
            package = (error.name or "").partition(".")[0]
            if package in {"webhook", "vault"}:
                raise
            what = f"the package {package} is missing; install the extra {self.extra!r}"
            raise UsageError(f"{what}: pip install 'omamori[{self.extra}]'", ctx) from None
        return run

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the arguments and the options are."""
        arguments = [(each.make_metavar(ctx), each.explained) for each in self.params if isinstance(each, Argument)]
        if arguments:
            with formatter.section("Arguments"):
                formatter.write_dl(arguments)
        super().format_options(ctx, formatter)

    def format_epilog(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write examples and exit codes."""
        if self._examples:
            with formatter.section("Examples"):
                formatter.write("".join(f"{'':{formatter.current_indent}}{each}\n" for each in self._examples))
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code), meaning) for code, meaning in self.codes.items()])


class Group(click.Group):
    """A command of commands. One that is given as "module:name" is imported when it is asked for."""

    def __init__(self, name: str, purpose: str, commands: Mapping[str, Command | tuple[str, str]], **more: Any) -> None:
        """Take the commands, each by itself, or by where it is and what it is for."""
        text = f"{purpose[0].upper()}{purpose[1:]}."
        super().__init__(name, help=text, short_help=purpose, context_settings=CONTEXT, no_args_is_help=True, **more)
        self._members = commands

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return the names, in their order."""
        return list(self._members)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        """Return a command; None: there is none of this name."""
        member = self._members.get(name)
        if not isinstance(member, tuple):
            return member
        module, _, attribute = member[0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is meant. Raises UsageError."""
        if args[0] not in self._members and not args[0].startswith("-") and not ctx.resilient_parsing:
            ctx.fail(f"there is no command {args[0]!r}; there are: {', '.join(self._members)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the commands are for; none is imported for that."""
        rows = [
            (name, member[1] if isinstance(member, tuple) else member.short_help or "")
            for name, member in self._members.items()
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


VERBOSE = Option("--verbose", is_flag=True, help="print each call and its result to standard error")


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _told(param: click.Parameter, ctx: click.Context, problem: click.BadParameter) -> str:
    """Say what is wrong with a parameter: by the name of its variable, if that is where its value is from."""
    named = param.make_metavar(ctx).strip("[].") if isinstance(param, click.Argument) else max(param.opts, key=len)
    variables = [param.envvar] if isinstance(param.envvar, str) else list(param.envvar or ())
    if isinstance(problem, click.MissingParameter):
        return f"{named} is missing" + (f"; so is {variables[0]}" if variables else "")
    if ctx.get_parameter_source(param.name or "") is ParameterSource.ENVIRONMENT:
        named = next((each for each in variables if param.resolve_envvar_value(ctx)), named)
    return f"{named} {problem.message}"
