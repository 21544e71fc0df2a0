"""What becomes of a Pod, as values to be shown."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Item:
    """A file or a variable of a container: its path or name, what it is made of, and the annotation that asks for it.

    `mode` is a file's, in octal; of a variable "". `by` is who sets a variable: `kubelet` or `launcher`; of a file "".
    """

    name: str
    source: str
    annotation: str
    mode: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class ContainerView:
    """A container in the order of its start. `kind`: `init`, `ours`, or `app`; of ours there are no items."""

    name: str
    kind: str
    files: tuple[Item, ...] = ()
    variables: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class LoginView:
    """A login to a Vault. `policy` is what its role has to allow, of what is known here, as a policy of Vault."""

    vault: str
    role: str
    mount: str
    namespace: str
    audience: str
    policy: str


@dataclass(frozen=True, slots=True)
class PodView:
    """A Pod of an object. `outcome`: patched, unchanged or denied; with the last, `problems` say why.

    `unknown` are annotations whose paths are known in the Pod alone: templates that compute them.
    """

    subject: str
    place: str
    namespace: str
    service_account: str
    outcome: str
    mode: str = ""
    containers: tuple[ContainerView, ...] = ()
    logins: tuple[LoginView, ...] = ()
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
