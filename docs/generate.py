"""Write docs/annotations.md, and the generated regions of other pages, from the code: so the pages say what it does.

python docs/generate.py            write the pages
python docs/generate.py --check    exit code 1 where a page is not what the code says

A region stands between `<!-- generated: NAME -->` and `<!-- /generated -->`, in any page of docs/.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

from webhook.admission.annotations import options, secrets  # noqa: E402 - only now can it be found
from webhook.admission.annotations import parse as grammar  # noqa: E402
from webhook.admission.limits import MAX_ANNOTATION_BYTES, MAX_CONTAINERS, MAX_DELIVERIES, MAX_SECRETS  # noqa: E402
from webhook.admission.reasons import OUTCOMES, Reason  # noqa: E402
from webhook.config.environ import PREFIX  # noqa: E402
from webhook.config.role_template import RolePattern  # noqa: E402
from webhook.config.rows import Row, rows_of  # noqa: E402
from webhook.config.settings import (  # noqa: E402
    DEFAULT_DIRECTORY,
    DEFAULT_ROLE_PATTERN,
    AgentSettings,
    ServerSettings,
    Settings,
    VaultList,
    VaultSettings,
)
from webhook.controller.settings import ControllerSettings  # noqa: E402

PAGE = PROJECT / "docs/annotations.md"

# what each means; what it may be comes from its parser. A name that is here or in the code alone fails.
POD_WIDE = {
    "role": f"the Vault role; without it, the administrator's pattern (`{DEFAULT_ROLE_PATTERN.text}`)",
    "vault": "which Vault; without it, the administrator's first",
    "containers": "who gets files and variables; without it, `spec.containers` that no tool added",
    "mode": "`init`: once, before the application; `sidecar`: the same, and then kept fresh; see below",
    "on-change": "what a sidecar does after a change, beside writing the files; without it, nothing; see below",
    "refresh": "how often a sidecar looks for changes, about; without it, 60s",
    "env-delivery": "who sets variables: the kubelet, or a launcher in front of the command; see below",
    "position": "where our container stands among the init containers; without it, first",
    "run-as-user": "the user of the application's image, where the Pod does not say it: files are then its own, 0400",
    "resources": "requests and limits of our container",
    "dir": f"where files go; without it, the administrator's choice (`{DEFAULT_DIRECTORY}`)",
}
OPTIONS = {
    "as": "the file's name, where it is not the annotation's",
    "dir": "where this file goes; a mount of its own, which hides what the image has there",
    "format": "how it is written; see below",
    "mode": "its permissions; without it, what the user of the application allows, see below",
    "containers": "who gets this file; init containers and native sidecars too, if they start after ours",
    "decode": "the value is base64; its bytes go into the file",
    "optional": "what Vault itself says to be missing, a path or key, leaves the file out instead of stopping the Pod",
    "allow-short-lease": "takes credentials that end with our login, minutes later; see mode",
}

DATA_ROW = "| `data.NAME=` | makes the call a write, with this field; may repeat | any text |\n"
VARIABLE_OPTIONS = {
    "as": "the variable's name, where it is not the annotation's: two containers may get one name from two secrets",
    "format": "`raw`: the value as it is; `json`: the value, or the whole secret, as JSON",
    "containers": "who gets this variable; init containers and native sidecars too, if they start after ours",
    "decode": "the value is base64; its bytes are the variable",
    "encode": "the bytes are written as base64: for what an env file cannot carry",
    "optional": "what Vault itself says to be missing, a path or key, leaves the variable out instead of stopping the Pod",
    "allow-short-lease": "takes credentials that end with our login, minutes later; see mode",
}

HEAD = f"""<!-- written by docs/generate.py from the code; change it there -->
# Annotations

One annotation asks for one secret. Its prefix says what is delivered, its name says where, its value says from which path.

```yaml
metadata:
  annotations:
    file.omamori.dev/db.env:    secret/data/shop/db                          # the whole secret, as variables for a shell
    file.omamori.dev/mail.pass: "secret/data/shop/mail#password mode=0440"   # one key, its bytes as they are
    file.omamori.dev/pgpass:    "secret/data/shop/db#pgpass as=.pgpass dir=/home/app"
    file.omamori.dev/tls.pem:   "pki/issue/shop#certificate data.common_name=shop.example.com"   # a call that writes
    env.omamori.dev/DB_PASSWORD: secret/data/shop/db#password@3              # a variable; version 3 of the secret
```

They belong on the **Pod**: in a Deployment that is `spec.template.metadata.annotations`. A value is a string; quote it
in YAML, which cuts at ` #`. No value needs `{{{{`, `${{` or `$(`, so Helm, Argo, Flux and Spinnaker leave it alone.

## `{grammar.FILE_PREFIX}/NAME`

    value     := reference {{ blank option }}
    reference := path [ "#" key ] [ "@" version ]
    option    := name "=" ( JSON string in double quotes | any text without a blank )

- **path** is the API path as a Vault policy names it. For KV version 2 it has `data/` after the mount.
- **key** is one top-level name of the secret, literally; dots are part of it. Without a key it is the whole secret.
- **version** is a final `@` and digits: a KV version 2 version. Without it, the current one.
- `%XX` stands for any byte in path or key: a `#`, a space, a `%`, or an `@3` at the end that is no version.

| option | what it is | what it may be |
|---|---|---|
"""

VARIABLES = f"""
## `{grammar.ENV_PREFIX}/NAME`

The same value; what is delivered is an environment variable. No command is changed and no image is looked into: the
kubelet sets the variables from a file in memory (EnvFiles, on by default from Kubernetes 1.35), and the API server, etcd
and `kubectl describe pod` have the names alone.

| option | what it is | what it may be |
|---|---|---|
"""

VARIABLES_END = """
Ours come in front of the container's own variables, in the order of the annotations, so a variable of yours may use them:

```yaml
metadata:
  annotations:
    env.omamori.dev/DB_PASSWORD: secret/data/shop/db#password
spec:
  containers:
  - name: app
    env:
    - name: DATABASE_URL
      value: postgres://shop:$(DB_PASSWORD)@db.shop.svc/shop
```

- `$(NAME)` in `command` or `args` works, too, but puts the value into the process's arguments, which `ps` shows.
- A variable that the container declares itself is refused. One that `envFrom` gives as well is ours: `env` wins.
- Variables are read when the container starts. A new value needs a new start.
- `omamori env-names secret/data/shop/db --prefix DB_` prints such annotations for all keys of a secret, never a value;
  a comment says where a value could not be a variable.
- They are in the runtime's state on the node, and exec probes, hooks and `kubectl exec` see them, as any variable.

What an env file cannot carry ends our container with the reason and the way out, and the application does not start:

| the value has | way out |
|---|---|
| a single quote, a line that ends in CR, bytes that are not UTF-8 | `encode=base64`, a file, or the launcher |
| nothing: it is empty | the launcher |
| a line of 64 KiB, counted with `NAME='` | a file, or the launcher |
| a NUL | `encode=base64`, or a file |
| 128 KiB, counted with `NAME=` | a file |

### The launcher: `omamori.dev/env-delivery: exec`

For values that an env file cannot carry, for nodes before 1.35, and where nothing may be in the runtime's state. A static
program of 22 KB is put in front of the container's `command`, in a volume that is mounted read-only; it sets the variables
and becomes the command: same process ID, signals, arguments and exit code. It works in images without a shell and for any
user.

- The container must state its `command`: nobody here looks into images. Argo's emissary stays in front.
- Exec probes, lifecycle hooks and `kubectl exec` do **not** see the variables.
- `$(NAME)` of such a variable in `env`, `command`, `args`, a probe or a hook is refused: the kubelet has read the text
  before the launcher runs. Let a shell read `$NAME`, or the kubelet set the variable. `$$(NAME)` is the text itself.
- Whoever may read the process (`/proc/PID/environ`, the same user or root) or the file in `/omamori/launch` still can.
- A command that is missing ends with 127, one that cannot be executed with 126, with one line that says so.
"""

FORMATS = """
| format | what is written | by default for |
|---|---|---|
| `raw` | the bytes of one key | every reference with a `#key` |
| `json` | one JSON document | `.json`, and a whole secret in a file without an extension |
| `yaml` | one YAML document, read alike by YAML 1.1 and 1.2 | `.yaml`, `.yml` |
| `env` | variables for POSIX sh: `. file` | `.env` |
| `dotenv` | variables for dotenv readers; a value that they would not read alike is refused | |
| `properties` | java.util.Properties | `.properties` |
| `map` | a folder with one file for each key | |
| `pem-bundle` | what PKI gives, in one file: private key, certificate, chain; with `#ca_chain` the chain alone | |

Annotations with the same path and the same `data.` options share one call, so that key, certificate and chain fit:

```yaml
file.omamori.dev/tls.key:   "pki/issue/shop#private_key data.common_name=shop.example.com"
file.omamori.dev/tls.crt:   "pki/issue/shop#certificate data.common_name=shop.example.com"
file.omamori.dev/chain.pem: "pki/issue/shop#ca_chain format=pem-bundle data.common_name=shop.example.com"
```

A whole secret under a name with another extension (`app.toml`, `.pgpass`) is refused: it would be JSON; say `format=`.

An `env` file can carry any value but a NUL. A key whose value dotenv readers would take for something else is named in a
warning of the program's log. A whole secret as `env` or `dotenv` with a key like `PATH`, `BASH_ENV`, `LD_PRELOAD` or
`NODE_OPTIONS`, by which a shell, a loader or an interpreter runs code, is refused (exit code 15): whoever may write the
secret would choose what the application runs. `#KEY` asks for such a key on purpose.
"""

WHOSE = """
## Whose files they are

Our container runs as the application where the Pod says who that is, and as a stranger where it does not:

| what the Pod says | files | who can read them |
|---|---|---|
| `omamori.dev/run-as-user`, or one `runAsUser` for all containers that get files | 0400 | that user |
| an `fsGroup` | 0440 | the Pod's containers |
| `runAsUser: 0` | 0440 | group 0 |
| nothing: the image decides | 0444 | every process of the containers that they are mounted in |

Volumes are memory-backed, mounted read-only, and only in the containers that get their files.

## Pod-wide

| annotation | what it is | what it may be |
|---|---|---|
"""

SIDECAR = """
## `omamori.dev/mode: sidecar`

The same program as a native sidecar: the application starts when the first files are there, a Job ends without waiting
for it, and until then it keeps them fresh, by the **one login** that it began with.

| secret | how it is kept fresh |
|---|---|
| KV version 2 | its metadata are read every `refresh`; a new version, a delete or an undelete is seen. The policy gives `read` on `metadata/`; without it, the secret itself is read |
| KV version 1, and anything without a lease or a stated life | read every `refresh`, compared |
| credentials with a lease (`database/creds/…`) | the lease is renewed at two thirds of its life; before it ends for good new ones are fetched and written, while the old ones still work |
| what says itself how long it lives: certificates (`pki/issue/…`, `ssh/sign/…`), tokens with a `ttl`, an `expires_at` or a JWT's `exp` | asked for anew at two thirds of that life; a time that is left and counts down is no change |
| a reference with `@version` | never changes |

- Files of a directory change all at once, by one rename. An application that opens a file at each use has the new ones.
- Vault may be away: the last good files stay, and the program tries again: after about a second, then within
  a minute each time; what may have created something, ever more slowly.
- Leases need a role with `token_type=service`: with a batch token they would end minutes later. Such a role's token is
  revoked when the Pod ends, and its leases with it.
- A secret with a lease is refused with a batch token, in both modes, unless `allow-short-lease=true`. With a service token
  it is taken; in mode `init` a warning says that it ends.
- `kubectl exec POD -c omamori-sidecar -- omamori-agent status` shows versions, ends of leases and the last error, never a
  value.
- Variables are read when a container starts: a sidecar writes them anew for the next start.

After a change, `omamori.dev/on-change` can be:

- `signal=HUP process=nginx`: the signal goes to each process of that name. The Pod must have `shareProcessNamespace: true`
  and one `runAsUser`, not root, for all containers that get secrets.
- `restart`: all containers are started anew, in place, in about two seconds and **without preStop hooks**; for applications
  that read variables, or files once. It needs Kubernetes 1.36, and an administrator who allows it
  (`OMAMORI_ALLOW_RESTART`).

A command is never run.
"""

TAIL = f"""
## Bounds

One Pod may have at most {MAX_SECRETS} annotations of omamori with {MAX_ANNOTATION_BYTES >> 10} KiB in all, {MAX_CONTAINERS}
containers, and {MAX_DELIVERIES} files and variables, counted in each container that gets them. What is beyond is refused,
so that no Pod keeps the webhook from others.

An annotation under `omamori.dev` that is not on this page is refused, and so is a prefix in upper case: a typing error
must not leave a Pod without its secret. All problems of a Pod come in one message, each with its annotation (the first fifty, and how many there are more).
"""


def render() -> str:
    """Render the page. Raises AssertionError where this file and the code do not know the same names."""
    assert set(POD_WIDE) == set(grammar.POD_WIDE), "docs/generate.py: POD_WIDE"
    assert set(OPTIONS) == set(secrets.FILE_OPTIONS), "docs/generate.py: OPTIONS"
    assert set(VARIABLE_OPTIONS) == set(secrets.VARIABLE_OPTIONS), "docs/generate.py: VARIABLE_OPTIONS"
    file_rows = [(f"`{name}=`", OPTIONS[name], secrets.FILE_OPTIONS[name][1]) for name in OPTIONS]
    pod_rows = [(f"`omamori.dev/{name}`", POD_WIDE[name], grammar.POD_WIDE[name][1]) for name in POD_WIDE]
    parts = [
        HEAD,
        *map(_row, file_rows),
        DATA_ROW,
    ]
    variable_rows = [
        (f"`{name}=`", VARIABLE_OPTIONS[name], secrets.VARIABLE_OPTIONS[name][1]) for name in VARIABLE_OPTIONS
    ]
    parts += [FORMATS, VARIABLES, *map(_row, variable_rows), DATA_ROW, VARIABLES_END, WHOSE, *map(_row, pod_rows)]
    boolean = _what(options.parse_boolean)
    parts.append(f'| `omamori.dev/inject` | `"false"` switches everything off | {boolean} |\n')
    return "".join([*parts, SIDECAR, TAIL])


def _row(row: tuple[str, str, object]) -> str:
    name, meaning, parser = row
    return f"| {name} | {meaning} | {_what(parser)} |\n"


def _what(parser: object) -> str:
    """The parser's own words: the first line of its docstring, its verb left out."""
    words = (parser.__doc__ or "").splitlines()[0].removeprefix("Parse ").rstrip(".")
    return words.replace("|", "\\|")


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


def outcomes() -> Iterator[str]:
    """Render the table of what becomes of a request, and why."""
    yield "| outcome | reason | what it means |"
    yield "|---|---|---|"
    elsewhere = {reason for reasons in OUTCOMES.values() for reason in reasons} - {Reason.TOO_LARGE}
    denied = tuple(reason for reason in Reason if reason not in elsewhere)
    for outcome, reasons in (*list(OUTCOMES.items())[:2], ("denied", denied), *list(OUTCOMES.items())[2:]):
        for reason in reasons:
            yield f"| `{outcome}` | `{reason}` | {reason.meaning} |"


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
    "settings": settings,
    "controller-settings": controller_settings,
    "outcomes": outcomes,
}
_REGION = re.compile(r"(<!-- generated: ([\w-]+) -->\n).*?(\n<!-- /generated -->)", re.DOTALL)


def filled(page: str) -> str:
    """Give a page with its regions as the code says. Raises KeyError for a region that nothing makes."""
    return _REGION.sub(lambda found: found[1] + "\n".join(REGIONS[found[2]]()) + found[3], page)


def main() -> int:
    """Write the pages, or compare them."""
    pages = {page: filled(page.read_text()) for page in (PROJECT / "docs").glob("*.md")} | {PAGE: render()}
    stale = [page.name for page, text in pages.items() if not page.exists() or page.read_text() != text]
    if "--check" in sys.argv[1:]:
        print(f"run: python docs/generate.py ({', '.join(stale)})" if stale else "the pages are as the code says")
        return 1 if stale else 0
    for page, text in pages.items():
        page.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
