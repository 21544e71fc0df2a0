"""Write docs/annotations.md from the grammar in the code, so that the page says what the webhook does.

python docs/generate.py            write the page
python docs/generate.py --check    exit code 1 where the page is not what the code says
"""

from __future__ import annotations

import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

from webhook.dialects.own import annotations as grammar  # noqa: E402 - only now can it be found
from webhook.dialects.own import options  # noqa: E402
from webhook.settings import DEFAULT_DIRECTORY, DEFAULT_ROLE_PATTERN  # noqa: E402

PAGE = PROJECT / "docs/annotations.md"

# what each means; what it may be comes from its parser. A name that is here or in the code alone fails.
POD_WIDE = {
    "role": f"the Vault role; without it, the administrator's pattern (`{DEFAULT_ROLE_PATTERN.text}`)",
    "vault": "which Vault; without it, the administrator's first",
    "containers": "who gets the files; without it, `spec.containers` that no tool added",
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
    "optional": "a missing path or key leaves the file out instead of stopping the Pod",
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

FORMATS = """
| format | what is written | by default for |
|---|---|---|
| `raw` | the bytes of one key | every reference with a `#key` |
| `json` | one JSON document | a whole secret, unless the file's extension says otherwise |
| `yaml` | one YAML document, read alike by YAML 1.1 and 1.2 | `.yaml`, `.yml` |
| `env` | variables for POSIX sh: `. file` | `.env` |
| `dotenv` | variables for dotenv readers; a value that they would not read alike is refused | |
| `properties` | java.util.Properties | `.properties` |
| `map` | a folder with one file for each key | |

An `env` file can carry any value but a NUL. A key whose value dotenv readers would take for something else is named in a
warning of the program's log.

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

TAIL = """
An annotation under `omamori.dev` that is not on this page is refused, and so is a prefix in upper case: a typing error
must not leave a Pod without its secret. All problems of a Pod come in one message, each with its annotation.
"""


def render() -> str:
    """Render the page. Raises AssertionError where this file and the code do not know the same names."""
    assert set(POD_WIDE) == set(grammar.POD_WIDE), "docs/generate.py: POD_WIDE"
    assert set(OPTIONS) == set(grammar.FILE_OPTIONS), "docs/generate.py: OPTIONS"
    file_rows = [(f"`{name}=`", OPTIONS[name], grammar.FILE_OPTIONS[name][1]) for name in OPTIONS]
    pod_rows = [(f"`omamori.dev/{name}`", POD_WIDE[name], grammar.POD_WIDE[name][1]) for name in POD_WIDE]
    parts = [
        HEAD,
        *map(_row, file_rows),
        "| `data.NAME=` | makes the call a write, with this field; may repeat | any text |\n",
    ]
    parts += [FORMATS, *map(_row, pod_rows)]
    parts.append("| `omamori.dev/mode` | `init`; `sidecar` comes in a later release | `init` |\n")
    boolean = _what(options.parse_boolean)
    parts.append(f'| `omamori.dev/inject` | `"false"` switches everything off | {boolean} |\n')
    return "".join([*parts, TAIL])


def _row(row: tuple[str, str, object]) -> str:
    name, meaning, parser = row
    return f"| {name} | {meaning} | {_what(parser)} |\n"


def _what(parser: object) -> str:
    """The parser's own words: the first line of its docstring, its verb left out."""
    words = (parser.__doc__ or "").splitlines()[0].removeprefix("Parse ").rstrip(".")
    return words.replace("|", "\\|")


def main() -> int:
    """Write the page, or compare it."""
    page = render()
    if "--check" in sys.argv[1:]:
        same = PAGE.exists() and PAGE.read_text() == page
        print("docs/annotations.md is as the code says" if same else "run: python docs/generate.py")
        return 0 if same else 1
    PAGE.write_text(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
