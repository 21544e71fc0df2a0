"""Declare commands of the command line, parse their calls and render their help.

A command is declared separately from the module that implements it, which is imported only when the command runs. So
help and completion need no extra, and each command needs only its own. All mistakes of a call are reported together.
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
from vault.extras import how_to_install

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 110, "show_default": False}
_MISTAKES = "omamori.mistakes"


class OptionGroup(Protocol):
    """A dataclass of related options; its fields have the names of the options."""

    OPTIONS: ClassVar[tuple[Any, ...]]
    __dataclass_fields__: ClassVar[dict[str, Any]]

    def __init__(self, *values: Any, **named: Any) -> None: ...


class UsageError(click.UsageError):
    """The call is wrong. The message has a line for each mistake, with what to write instead."""


class _Collecting(click.Parameter):
    """A parameter that collects its mistakes."""

    def handle_parse_result(
        self, ctx: click.Context, opts: Mapping[str, Any], args: list[str]
    ) -> tuple[Any, list[str]]:
        try:
            return super().handle_parse_result(ctx, opts, args)
        except click.BadParameter as problem:
            ctx.meta.setdefault(_MISTAKES, []).append(_told(self, ctx, problem))
            return None, args


class Option(_Collecting, click.Option):
    """An option. Its help names its environment variable, if it has one."""

    def __init__(self, *names: str, **more: Any) -> None:
        """Declare the option as click does, names first."""
        super().__init__(names, show_envvar=True, **more)


class Argument(_Collecting, click.Argument):
    """A positional argument with a help text."""

    def __init__(self, name: str, explained: str, **more: Any) -> None:
        """Declare the argument. Help shows its name in capitals."""
        super().__init__([name], metavar=more.pop("metavar", name.upper()), **more)
        self.explained = explained


class Command(click.Command):
    """A command that is implemented by the function `run` of a module."""

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
        """Declare the command. `purpose` is its one-line summary, `more` is additional help.

        `groups` are passed to `run` as one value each. The options in `together` must be given all or none. `codes`
        explain exit codes, if they mean more than in the common table.
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
        """Return the names of the arguments of `run`."""
        grouped = {field.name for kind in self._groups.values() for field in fields(kind)}
        return {each.name for each in self.params if each.name and each is not VERBOSE} - grouped | self._groups.keys()

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse a call. Raises CallWrong with all of its mistakes."""
        rest = super().parse_args(ctx, args)
        mistakes: list[str] = ctx.meta.get(_MISTAKES, [])
        given = [each for each in self._together if ctx.get_parameter_source(each) is not ParameterSource.DEFAULT]
        missing = [each for each in self._together if each not in given] if given else []
        mistakes += [f"{_flag(each)} is missing: {_flag(given[0])} requires it" for each in missing]
        if mistakes and not ctx.resilient_parsing:
            raise UsageError("\n".join(mistakes), ctx)
        return rest

    def invoke(self, ctx: click.Context) -> int:
        """Run the command. Returns the exit code."""
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
        """Import `run`. Raises ClickException if a package is missing."""
        try:
            run: Callable[..., int] = importlib.import_module(self.module).run
        except ModuleNotFoundError as error:
            package = (error.name or "").partition(".")[0]
            if package in {"webhook", "vault"}:
                raise
            raise UsageError(f"the package {package} is missing; {how_to_install(self.extra)}", ctx) from None
        return run

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help of arguments and options."""
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
    """A group of commands. A member given as "module:name" is imported on demand."""

    def __init__(self, name: str, purpose: str, commands: Mapping[str, Command | tuple[str, str]], **more: Any) -> None:
        """Take the commands: each a Command, or its location and purpose."""
        text = f"{purpose[0].upper()}{purpose[1:]}."
        super().__init__(name, help=text, short_help=purpose, context_settings=CONTEXT, no_args_is_help=True, **more)
        self._members = commands

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return the names in order."""
        return list(self._members)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        """Return a command. None: there is no command of this name."""
        member = self._members.get(name)
        if not isinstance(member, tuple):
            return member
        module, _, attribute = member[0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that a call names. Raises UsageError."""
        if args[0] not in self._members and not args[0].startswith("-") and not ctx.resilient_parsing:
            ctx.fail(f"there is no command {args[0]!r}; there are: {', '.join(self._members)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the purposes of the commands without importing them."""
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
    """Return what is wrong with a parameter. It is named by its environment variable if the value comes from there."""
    named = param.make_metavar(ctx).strip("[].") if isinstance(param, click.Argument) else max(param.opts, key=len)
    variables = [param.envvar] if isinstance(param.envvar, str) else list(param.envvar or ())
    if isinstance(problem, click.MissingParameter):
        return f"{named} is missing" + (f"; so is {variables[0]}" if variables else "")
    if ctx.get_parameter_source(param.name or "") is ParameterSource.ENVIRONMENT:
        named = next((each for each in variables if param.resolve_envvar_value(ctx)), named)
    return f"{named} {problem.message}"
