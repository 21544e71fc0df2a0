"""Write the generated regions of the pages in docs/ from the code, so that they say what it does.

python docs/generate.py            write them
python docs/generate.py --check    exit code 1 where a page is not what the code says

A region stands between `<!-- generated: NAME -->` and `<!-- /generated -->`; all else is written by hand.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

from vault.agent.configuration.options import HONOURED, REFUSED, WARNED  # noqa: E402 - only now can it be found
from vault.agent.configuration.table import ROWS  # noqa: E402
from vault.gotemplate.functions.table import MODULES  # noqa: E402
from vault.gotemplate.functions.table import REFUSED as REFUSED_FUNCTIONS  # noqa: E402
from webhook.admission.annotations.parse import DOMAIN, INJECT, POD_WIDE  # noqa: E402
from webhook.admission.annotations.secrets import ENV_FROM_OPTIONS, FILE_OPTIONS, VARIABLE_OPTIONS  # noqa: E402
from webhook.admission.annotations.templates import TEMPLATE_OPTIONS  # noqa: E402
from webhook.admission.annotations.vault_k8s.annotation import Fate  # noqa: E402
from webhook.admission.annotations.vault_k8s.table import TABLE  # noqa: E402
from webhook.admission.limits import (  # noqa: E402
    MAX_ANNOTATION_BYTES,
    MAX_CONTAINERS,
    MAX_DELIVERIES,
    MAX_DELIVERY_BYTES,
    MAX_LOGINS,
    MAX_SECRETS,
    MAX_TEMPLATE_BYTES,
    MAX_VARIABLE_SETS,
)
from webhook.admission.reasons import OUTCOMES, Reason  # noqa: E402
from webhook.config.environ import PREFIX  # noqa: E402
from webhook.config.patterns import RolePattern  # noqa: E402
from webhook.config.row import Row, rows_of  # noqa: E402
from webhook.config.settings import (  # noqa: E402
    AgentSettings,
    ServerSettings,
    Settings,
    VaultList,
    VaultSettings,
)
from webhook.controller.settings import ControllerSettings  # noqa: E402
from webhook.lint.finding import RULES  # noqa: E402


def options(rows: dict[str, Row]) -> Iterator[str]:
    """Render the table of the options of one secret."""
    yield from template_options(rows)
    yield "| `data.NAME=` | makes the call a write, with this field; may repeat | any text | `data.ttl=24h` |"


def template_options(rows: dict[str, Row]) -> Iterator[str]:
    """Render the table of the options of a template."""
    yield "| option | what it is | what it may be | example |"
    yield "|---|---|---|---|"
    for name, each in rows.items():
        example = f'"{each.example}"' if " " in each.example else each.example
        yield f"| `{name}=` | {each.meaning} | {_what(each)} | `{name}={example}` |"


def annotations() -> Iterator[str]:
    """Render the table of the annotations that are for the whole Pod."""
    yield "| annotation | what it is | what it may be | example |"
    yield "|---|---|---|---|"
    for each in (*POD_WIDE.values(), INJECT):
        yield f'| `{DOMAIN}/{each.name}` | {each.meaning} | {_what(each)} | `"{each.example}"` |'


def _what(each: Row) -> str:
    """The parser's own words: the first line of its docstring, its verb left out."""
    words = (each.parse.__doc__ or "").splitlines()[0].removeprefix("Parse ").rstrip(".")
    return words.replace("|", "\\|")


def bounds() -> Iterator[str]:
    """Say what one Pod may ask for."""
    yield f"One Pod may have at most {MAX_SECRETS} annotations of omamori with {MAX_ANNOTATION_BYTES >> 10} KiB in all,"
    yield f"{MAX_CONTAINERS} containers, and {MAX_DELIVERIES} files and variables, counted in each container that gets them; of its annotations"
    yield f"{MAX_VARIABLE_SETS} may be `envfrom.omamori.dev/…`, each of which counts as one variable there."
    yield f"A template may have {MAX_TEMPLATE_BYTES >> 10} KiB; all texts of templates together {MAX_DELIVERY_BYTES >> 10} KiB, each counted once for"
    yield f"each group of containers that get the same files. Its secrets may need {MAX_LOGINS} logins, one for each Vault and role."


def settings() -> Iterator[str]:
    """Render the table of the webhook's settings."""
    yield from _settings_head()
    for table in (VaultList, VaultSettings, Settings, AgentSettings, ServerSettings):
        is_vault = table is VaultSettings
        yield from _settings_rows(table, "VAULT_<NAME>_" if is_vault else "", "vaults.NAME." if is_vault else "")


def controller_settings() -> Iterator[str]:
    """Render the table of the controller's settings."""
    yield from _settings_head()
    yield from _settings_rows(ControllerSettings, "", "")


def lint_rules() -> Iterator[str]:
    """Render the table of what `omamori lint` finds that is no refusal of the webhook."""
    yield "| rule | what is found |"
    yield "|---|---|"
    yield from (f"| `{name}` | {meaning} |" for name, meaning in RULES.items())


def outcomes() -> Iterator[str]:
    """Render the table of what becomes of a request, and why."""
    yield "| outcome | reason | what it means |"
    yield "|---|---|---|"
    elsewhere = {reason for reasons in OUTCOMES.values() for reason in reasons} - {Reason.TOO_LARGE}
    denied = tuple(reason for reason in Reason if reason not in elsewhere)
    for outcome, reasons in (*list(OUTCOMES.items())[:2], ("denied", denied), *list(OUTCOMES.items())[2:]):
        for reason in reasons:
            yield f"| `{outcome}` | `{reason}` | {reason.meaning} |"


def template_functions() -> Iterator[str]:
    """List the functions of templates by the module that has them."""
    by_module: dict[str, list[str]] = {}
    for name, module in MODULES.items():
        by_module.setdefault(module, []).append(name)
    for names in by_module.values():
        yield f"- {', '.join(f'`{name}`' for name in sorted(names, key=str.lower))}"


def refused_functions() -> Iterator[str]:
    """List the functions of Consul-Template that templates do not have, by the reason."""
    by_reason: dict[str, list[str]] = {}
    for name, reason in REFUSED_FUNCTIONS.items():
        by_reason.setdefault(reason, []).append(name)
    for reason, names in by_reason.items():
        yield f"- {', '.join(f'`{name}`' for name in names)}: {reason}."


def vault_k8s() -> Iterator[str]:
    """Render the table of vault-k8s' annotations, and how many there are of each kind."""
    counts = Counter(each.fate for each in TABLE.rows)
    yield f"Of {len(TABLE.rows)} annotations, {counts[Fate.HONOURED]} are honoured, {counts[Fate.WARNED]} are accepted with a"
    yield f"warning, and {counts[Fate.REFUSED]} are refused, unless they ask for what is so anyway (`false`, an empty value).\n"
    yield "| annotation | what becomes of it | what omamori does |"
    yield "|---|---|---|"
    for each in TABLE.rows:
        yield f"| `{each.name}` | {each.fate} | {each.words} |"


def agent_configuration() -> Iterator[str]:
    """Render the table of vault agent's options, and how many there are of each kind."""
    counts = Counter(each.fate for each in ROWS)
    yield f"Of {len(ROWS)} options, {counts[HONOURED]} are honoured, {counts[WARNED]} are accepted with a warning, and {counts[REFUSED]} are"
    yield "refused, unless they ask for what is so anyway (`false`, an empty value).\n"
    yield "| option | what becomes of it | what omamori does |"
    yield "|---|---|---|"
    for each in ROWS:
        yield f"| `{each.name}` | {each.fate} | {each.words} |"


def _settings_head() -> Iterator[str]:
    yield "| variable | value of the chart | default | what it is |"
    yield "|---|---|---|---|"


def _settings_rows(table: type, prefix: str, chart_prefix: str) -> Iterator[str]:
    for name, each in rows_of(table).items():
        chart = f"`{chart_prefix}{each.chart}`" if each.chart else ""
        yield f"| `{PREFIX}{prefix}{name}` | {chart} | {_default(each)} | {each.meaning} |"


def _default(each: Row) -> str:
    """Say what holds where a setting is not there."""
    if each.is_required:
        return "required"
    if each.unset:
        return each.unset
    match each.default:
        case bool(value):
            return f"`{str(value).lower()}`"
        case tuple(names) if names:
            return f"`{','.join(names)}`"
        case RolePattern(text=text):
            return f"`{text}`"
        case "" | () | None:
            return "none"
    return f"`{each.default}`"


REGIONS: dict[str, Callable[[], Iterator[str]]] = {
    "template-functions": template_functions,
    "refused-functions": refused_functions,
    "file-options": lambda: options(FILE_OPTIONS),
    "env-options": lambda: options(VARIABLE_OPTIONS),
    "envfrom-options": lambda: options(ENV_FROM_OPTIONS),
    "template-options": lambda: template_options(TEMPLATE_OPTIONS),
    "pod-annotations": annotations,
    "bounds": bounds,
    "outcomes": outcomes,
    "lint-rules": lint_rules,
    "settings": settings,
    "controller-settings": controller_settings,
    "vault-k8s": vault_k8s,
    "agent-configuration": agent_configuration,
}
_REGION = re.compile(r"(<!-- generated: ([\w-]+) -->\n).*?(<!-- /generated -->)", re.DOTALL)


def filled(page: str) -> str:
    """Give a page with its regions as the code says. Raises KeyError for a region that nothing makes."""
    return _REGION.sub(lambda found: found[1] + "\n".join([*REGIONS[found[2]](), found[3]]), page)


def main() -> int:
    """Write the pages, or compare them."""
    pages = {page: filled(page.read_text()) for page in (PROJECT / "docs").glob("*.md")}
    stale = [page.name for page, text in pages.items() if page.read_text() != text]
    if "--check" in sys.argv[1:]:
        print(f"run: python docs/generate.py ({', '.join(stale)})" if stale else "the pages are as the code says")
        return 1 if stale else 0
    for page, text in pages.items():
        page.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
