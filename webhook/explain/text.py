"""A Pod as lines for a terminal, and as Markdown for a review."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vault.contract.shown import shown
from webhook.explain.picture import ContainerView, Item, LoginView, PodView

_MAX_CHARACTERS = 4000
_KINDS = {"init": "init container", "ours": "omamori's container", "app": "container"}


def render_text(pods: Sequence[PodView]) -> str:
    """Render Pods, an empty line between two."""
    return "\n\n".join("\n".join(_text(each)) for each in pods)


def _text(pod: PodView) -> Iterator[str]:
    yield f"{pod.subject} ({pod.place})"
    mode = f", mode {pod.mode}" if pod.mode else ""
    yield f"  {pod.outcome}{mode}; ServiceAccount {pod.namespace}/{pod.service_account}"
    yield from (f"  problem: {each}" for each in pod.problems)
    yield from (f"  warning: {each}" for each in pod.warnings)
    for each in pod.containers:
        nothing = "" if _has(each) or each.kind == "ours" else ": gets nothing"
        yield f"  {_KINDS[each.kind]} {each.name}{nothing}"
        yield from (f"    {line}" for line in _aligned(each))
    for login in pod.logins:
        yield f"  login to the Vault {login.vault} {_where(login)}"
        yield from (f"    {line}" for line in login.policy.splitlines())
    yield from (f"  unknown: what {each} reads is computed in the Pod" for each in pod.unknown)


def _has(container: ContainerView) -> bool:
    return bool(container.files or container.variables)


def _aligned(container: ContainerView) -> Iterator[str]:
    rows = [(each.name, each.mode, each.source) for each in container.files]
    rows += [(f"${each.name}", each.by, each.source) for each in container.variables]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)] if rows else []
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _where(login: LoginView) -> str:
    namespace = f" of the namespace {login.namespace}" if login.namespace else ""
    audience = f", by a token for {login.audience}" if login.audience else ""
    return f"as {login.role} at {login.mount}{namespace}{audience}"


def render_markdown(pods: Sequence[PodView]) -> str:
    """Render Pods, a section each."""
    return "\n\n".join("\n".join(_markdown(each)) for each in pods)


def _markdown(pod: PodView) -> Iterator[str]:
    yield f"### {_escaped(pod.subject)}"
    yield ""
    mode = f", mode `{pod.mode}`" if pod.mode else ""
    yield f"{pod.outcome}{mode}, ServiceAccount `{pod.namespace}/{pod.service_account}`, `{pod.place}`"
    notes = [f"**problem**: {_escaped(each)}" for each in pod.problems]
    notes += [f"warning: {_escaped(each)}" for each in pod.warnings]
    notes += [f"unknown: what `{each}` reads is computed in the Pod" for each in pod.unknown]
    if notes:
        yield ""
        yield from (f"- {each}" for each in notes)
    served = [each for each in pod.containers if _has(each)]
    if served:
        yield ""
        yield "| container | file or variable | mode, or who sets it | from |"
        yield "|---|---|---|---|"
        for each in served:
            yield from (_row(each.name, item.name, item) for item in each.files)
            yield from (_row(each.name, f"${item.name}", item) for item in each.variables)
    for login in pod.logins:
        yield ""
        yield f"Login to the Vault `{login.vault}` {_escaped(_where(login))}, with a policy that has:"
        yield ""
        yield "```hcl"
        yield login.policy
        yield "```"


def _row(container: str, name: str, item: Item) -> str:
    return f"| `{container}` | `{name}` | {item.mode or item.by} | {_escaped(item.source)} |"


def _escaped(text: str) -> str:
    """Escape control characters, and what Markdown would read as its own, in a line."""
    return "".join(f"\\{each}" if each in r"\`*_{}[]<>|#" else each for each in shown(text, _MAX_CHARACTERS))
