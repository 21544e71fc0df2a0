"""Options of `omamori storage`: the table and its location. AWS's own configuration supplies the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit

from vault.cli.command import Option
from vault.cli.options import timeout_option
from vault.cli.parameters import Parsed, decimal
from vault.storage.model import parse_table_name


def parse_server_address(text: str) -> str:
    """Parse the address of a server. Raises ValueError without the address, which may contain a password."""
    try:
        address = urlsplit(text)
        usable = address.scheme in {"http", "https"} and bool(address.hostname) and (address.port or 1) > 0
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("is not an address; write http(s)://HOST:PORT")
    return text


SERVER_ADDRESS = Parsed(parse_server_address, "URL")
TABLE_NAME = Parsed(parse_table_name, "name")
ALLOW_MISSING = Option(
    "--allow-missing", is_flag=True, help="accept that the endpoint lacks some features (DynamoDB Local)"
)
READ_UNITS = Option(
    "--read-units-per-second",
    type=decimal("units"),
    help="speed limit of a scan; default: 100, for a provisioned table a quarter of its read capacity",
)


def kms_key_option(without: str) -> Option:
    """Return the option for the key that encrypts the table."""
    return Option("--kms-key", default="", metavar="KEY", help=f"its ID, ARN or alias/NAME; {without}")


@dataclass(frozen=True, slots=True)
class TableOptions:
    """The table and its location."""

    table: str
    region: str
    profile: str
    endpoint_url: str | None
    timeout: float

    OPTIONS: ClassVar[tuple[Option, ...]] = (
        Option(
            "--table",
            type=TABLE_NAME,
            required=True,
            envvar="AWS_DYNAMODB_TABLE",
            help="the table's name, as Vault has it",
        ),
        Option("--region", default="", envvar=["AWS_REGION", "AWS_DEFAULT_REGION"], help="region of AWS"),
        # no variable here: an explicit profile makes the AWS library ignore keys in the environment
        Option("--profile", default="", help="a profile of AWS's configuration; default: AWS_PROFILE"),
        Option(
            "--endpoint-url",
            type=SERVER_ADDRESS,
            help="endpoint of all AWS services; AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_DYNAMODB, …_KMS and …_CLOUDWATCH "
            "are also used",
        ),
        timeout_option(),
    )
