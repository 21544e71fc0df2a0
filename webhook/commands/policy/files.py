"""Rule: how access files are named on the command line, and how long output is coloured."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from vault.policy.access import Access
from vault.policy.accessfiles import read_access


def add_file_arguments(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Add `-f`."""
    parser.add_argument(
        "-f",
        "--file",
        dest="files",
        metavar="FILE",
        type=Path,
        action="append",
        required=required,
        help="an access file, or a folder of them; may be given several times",
    )


def access(arguments: argparse.Namespace) -> Access:
    """Read the files that are named. Raises AccessInvalid."""
    return read_access(arguments.files)


def add_colour_argument(parser: argparse.ArgumentParser) -> None:
    """Add `--no-color`."""
    parser.add_argument("--no-color", action="store_true", help="without colours; also by NO_COLOR")


def is_coloured(arguments: argparse.Namespace) -> bool:
    """Whether to colour: for a terminal, unless told otherwise (https://no-color.org)."""
    return sys.stdout.isatty() and not arguments.no_color and not os.environ.get("NO_COLOR")
