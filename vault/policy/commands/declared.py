"""Commands of `omamori policy` on access files. webhook/cli/policy.py adds `suggest`, which also needs the webhook."""

from __future__ import annotations

from vault.cli.command import Argument, Command, Option
from vault.cli.exit_codes import CHANGES, FAILED, OK
from vault.cli.options import NO_COLOR, OUTPUT, VaultOptions
from vault.cli.parameters import SERVICE_ACCOUNT, Choice, File, InputFile, NamedFile, decimal, whole
from vault.policy.commands.options import FILES, OWNER

MOST_DELETIONS = 10
_HERE = "vault.policy.commands"
_VAULT = {"vault": VaultOptions}

_REVIEWER_TOKENS = Option(
    "reviewer_tokens",
    "--reviewer-token",
    type=NamedFile(),
    metavar="NAME=FILE",
    multiple=True,
    help="the file with the token that access files call NAME (tokenFrom); may be given several times",
)
_ADOPT = Option("--adopt", is_flag=True, help="take over policies and roles that omamori did not make")

_PLAN = Command(
    "plan",
    f"{_HERE}.plan",
    "show what access files would change in Vault",
    FILES,
    _REVIEWER_TOKENS,
    NO_COLOR,
    OUTPUT,
    Option("--out", type=File(), help="save the plan to this file, for apply --plan"),
    Option("--prune", is_flag=True, help="plan to delete managed policies and roles that no file declares any more"),
    _ADOPT,
    extra="vault",
    groups=_VAULT,
    examples=("omamori policy plan -f access.yaml", "omamori policy plan -f access/ --prune --out plan.json"),
    codes={OK: "nothing to change", CHANGES: "there are changes"},
)

_APPLY = Command(
    "apply",
    f"{_HERE}.apply",
    "change Vault to match access files",
    FILES,
    Option("--plan", type=InputFile(), help="a plan saved by `plan --out`: apply exactly that, or nothing"),
    _REVIEWER_TOKENS,
    NO_COLOR,
    Option("--prune", is_flag=True, help="delete managed policies and roles that no file declares any more"),
    Option(
        "--prune-at-most",
        type=whole(0),
        help=(
            f"delete at most this many policies and roles; default: ask if more than {MOST_DELETIONS}, or all, are "
            "affected"
        ),
    ),
    _ADOPT,
    Option(
        "--lock-seconds",
        type=whole(1),
        default=60,
        show_default=True,
        help="how long the lock remains after an apply is killed",
    ),
    Option(
        "--lock-wait",
        type=decimal("seconds", may_be_zero=True),
        default=90.0,
        show_default=True,
        help="how many seconds to wait for the lock",
    ),
    Option("--no-lock", is_flag=True, help="apply without the lock that the files configure"),
    extra="vault",
    groups=_VAULT,
    examples=(
        "omamori policy apply -f access.yaml",
        "omamori policy apply -f access/ --plan plan.json",
        "omamori policy apply -f access/ --prune --prune-at-most 20",
    ),
    codes={
        OK: "Vault matches the files",
        FAILED: "not everything was applied, or the call is wrong; standard error says why",
    },
)

_DRIFT = Command(
    "drift",
    f"{_HERE}.drift",
    "report by exit code and metrics whether Vault matches access files",
    FILES,
    _REVIEWER_TOKENS,
    Option("--metrics-file", type=File(), help="write the metrics here instead of to standard output"),
    extra="vault",
    groups=_VAULT,
    examples=("omamori policy drift -f access/ --metrics-file /var/lib/node_exporter/omamori.prom",),
    codes={OK: "no drift", CHANGES: "there is drift"},
)

_IMPORT = Command(
    "import",
    f"{_HERE}.import_",
    "write access files from what is in a Vault",
    Option(
        "auths", "--auth-mount", metavar="PATH", multiple=True, help="only this auth method; may be given several times"
    ),
    OWNER,
    extra="vault",
    groups=_VAULT,
    examples=("omamori policy import > access.yaml", "omamori policy import --auth-mount kubernetes --owner shop"),
    codes={OK: "printed"},
)

_RENDER = Command(
    "render",
    f"{_HERE}.render",
    "print the policies and roles of access files, without a Vault",
    FILES,
    Option(
        "-o",
        "--output",
        type=Choice(("hcl", "terraform-json", "rbac")),
        default="hcl",
        show_default=True,
        help="policies; policies and roles for Terraform's Vault provider; the RBAC that namespaceLabels needs",
    ),
    Option("--reviewer", type=SERVICE_ACCOUNT, help="for rbac: the ServiceAccount that calls TokenReview"),
    extra="vault",
    examples=(
        "omamori policy render -f access.yaml",
        "omamori policy render -f access.yaml -o rbac --reviewer vault/vault",
    ),
    codes={OK: "printed"},
)

_EXPLAIN = Command(
    "explain",
    f"{_HERE}.explain",
    "explain what a ServiceAccount may do at a path, and why",
    FILES,
    Option("--service-account", type=SERVICE_ACCOUNT, required=True, help="who"),
    Argument("path", "the API path: secret/data/shop/db"),
    extra="vault",
    examples=("omamori policy explain -f access.yaml --service-account shop/checkout secret/data/shop/db",),
    codes={OK: "explained, even if nothing is allowed"},
)

_TEST = Command(
    "test",
    f"{_HERE}.run_tests",
    "check assertions about access files",
    FILES,
    Argument("tests", "a file of assertions, or -", type=InputFile(), nargs=-1, required=True, metavar="TESTS..."),
    extra="vault",
    examples=("omamori policy test -f access.yaml access-test.yaml",),
    codes={OK: "all assertions hold", CHANGES: "an assertion fails"},
)

COMMANDS: dict[str, Command | tuple[str, str]] = {
    str(each.name): each for each in (_PLAN, _APPLY, _DRIFT, _IMPORT, _RENDER, _EXPLAIN, _TEST)
}
