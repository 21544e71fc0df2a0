"""Rule: which table, and where: the options that all actions have. The rest is in AWS's own configuration."""

from __future__ import annotations

import argparse
import os
from urllib.parse import urlsplit

from vault.storage.client import Place, StorageClient
from vault.storage.differences import check_shape
from vault.storage.errors import NotAvailableHere, TableMissing
from vault.storage.seen import Seen, read_seen
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


def add_key_option(parser: argparse.ArgumentParser, without: str) -> None:
    """Add the option for the key that encrypts the table."""
    parser.add_argument("--kms-key", default="", metavar="KEY", help=f"its ID, ARN or alias/NAME; {without}")


def add_allow_missing(parser: argparse.ArgumentParser) -> None:
    """Add the option for stand-ins of AWS."""
    parser.add_argument(
        "--allow-missing", action="store_true", help="go on without what the endpoint does not know (DynamoDB Local)"
    )


def table_of(arguments: argparse.Namespace, mistakes: Mistakes) -> str:
    """The name of the table."""
    if not arguments.table:
        mistakes.note("--table", "is missing; so is AWS_DYNAMODB_TABLE")
        return ""
    return mistakes.parsed("--table", lambda: parse_table_name(arguments.table), "")


def check_address(option: str, text: str, mistakes: Mistakes) -> None:
    """Note what is no address of a server. It is not repeated: there may be a password in it."""
    try:
        address = urlsplit(text)
        usable = address.scheme in {"http", "https"} and bool(address.hostname) and (address.port or 1) > 0
    except ValueError:
        usable = False
    if not usable:
        mistakes.note(option, "is no address; write http(s)://HOST:PORT")


def connect(arguments: argparse.Namespace, mistakes: Mistakes) -> StorageClient:
    """A client, once no mistake was made. Raises CallWrong and SetupInvalid."""
    if arguments.endpoint_url:
        check_address("--endpoint-url", arguments.endpoint_url, mistakes)
    mistakes.finish()
    return StorageClient(Place(arguments.region, arguments.profile, arguments.endpoint_url))


def key_arn(client: StorageClient, arguments: argparse.Namespace) -> str:
    """The ARN of the key that was asked for, "" for none. Raises StorageFailure."""
    key: str = arguments.kms_key
    try:
        return client.key_arn(key) if key else ""
    except NotAvailableHere:
        return key  # of a stand-in: what it does with the key is looked at afterwards


def read_table(client: StorageClient, table: str) -> Seen:
    """A table that is there, and Vault's. Raises StorageFailure."""
    seen = read_seen(client, table)
    if seen is None:
        raise TableMissing(f"there is no table {table}", hint="are the name, the region and the account right?")
    check_shape(seen)
    return seen
