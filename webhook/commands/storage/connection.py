"""Rule: which table, and where: the options that all actions have. The rest is in AWS's own configuration."""

from __future__ import annotations

import argparse
import os
from urllib.parse import urlsplit

from vault.storage.client import Place, StorageClient
from vault.storage.table import parse_table_name
from webhook.commands.storage.mistakes import Mistakes


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    parser.add_argument(
        "--table",
        default=os.environ.get("AWS_DYNAMODB_TABLE", ""),
        help="its name (AWS_DYNAMODB_TABLE, as Vault has it)",
    )
    parser.add_argument("--region", default=os.environ.get("AWS_REGION", ""), help="AWS_REGION, AWS_DEFAULT_REGION")
    parser.add_argument("--profile", default="", help="AWS_PROFILE")
    parser.add_argument(
        "--endpoint-url",
        default="",
        help="of all services that are called; AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_DYNAMODB, …_KMS and …_CLOUDWATCH",
    )


def table_of(arguments: argparse.Namespace, mistakes: Mistakes) -> str:
    """The name of the table."""
    if not arguments.table:
        mistakes.note("--table", "is missing; so is AWS_DYNAMODB_TABLE")
        return ""
    return mistakes.parsed("--table", lambda: parse_table_name(arguments.table), "")


def connect(arguments: argparse.Namespace, mistakes: Mistakes) -> StorageClient:
    """A client, once no mistake was made. Raises CallWrong and SetupInvalid."""
    address = urlsplit(arguments.endpoint_url)
    if arguments.endpoint_url and not (address.scheme in {"http", "https"} and address.hostname):
        mistakes.note("--endpoint-url", "is no address; write http(s)://HOST:PORT")
    mistakes.finish()
    return StorageClient(Place(arguments.region, arguments.profile, arguments.endpoint_url))
