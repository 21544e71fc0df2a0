"""A Pod as a picture: its containers in the order of their start, what each gets, and the logins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from vault.contract.shown import shown
from webhook.explain.picture import ContainerView, PodView

_WIDTH, _MARGIN, _LINE = 960, 24, 20
_MAX_CHARACTERS = 110
_STYLE = (
    "text{font:13px ui-monospace,monospace;fill:#1f2937}.name{font-weight:bold}.title{font:bold 15px sans-serif}"
    ".box{fill:#f8fafc;stroke:#94a3b8}.ours{fill:#fef3c7;stroke:#d97706}.vault{fill:#ecfdf5;stroke:#059669}"
    ".bad{fill:#fef2f2;stroke:#dc2626}.page{fill:#ffffff}"
)


def render_svg(pods: Sequence[PodView]) -> str:
    """Render Pods below each other."""
    svg = Element("svg", xmlns="http://www.w3.org/2000/svg", role="img")
    SubElement(svg, "style").text = _STYLE
    page = SubElement(svg, "rect", {"class": "page", "width": str(_WIDTH)})
    top = _MARGIN
    for pod in pods:
        top = _pod(svg, pod, top) + _MARGIN
    for name, value in (("width", _WIDTH), ("height", top)):
        svg.set(name, str(value))
    svg.set("viewBox", f"0 0 {_WIDTH} {top}")
    page.set("height", str(top))
    indent(svg)
    return tostring(svg, encoding="unicode")


def _pod(svg: Element, pod: PodView, top: int) -> int:
    """Draw a Pod from a height on. Returns the height of its end."""
    mode = f", mode {pod.mode}" if pod.mode else ""
    _text(svg, "title", _MARGIN, top + 12, f"{pod.subject}: {pod.outcome}{mode}")
    top += _LINE + 4
    for each in pod.containers:
        top = _box(svg, "ours" if each.kind == "ours" else "box", _title(each), list(_lines(each)), top)
    for login in pod.logins:
        title = f"Vault {login.vault}: {login.role} at {login.mount}"
        top = _box(svg, "vault", title, login.policy.splitlines(), top)
    notes = [*pod.problems, *(f"warning: {each}" for each in pod.warnings)]
    notes += [f"unknown: what {each} reads is computed in the Pod" for each in pod.unknown]
    if notes:
        top = _box(svg, "bad" if pod.problems else "box", "", notes, top)
    return top


def _title(container: ContainerView) -> str:
    return f"{container.name} (omamori)" if container.kind == "ours" else f"{container.name} ({container.kind})"


def _lines(container: ContainerView) -> Iterator[str]:
    yield from (f"{each.name}  {each.mode}  {each.source}" for each in container.files)
    yield from (f"${each.name}  by the {each.by}  {each.source}" for each in container.variables)


def _box(svg: Element, kind: str, title: str, lines: list[str], top: int) -> int:
    """Draw a box with lines. Returns the height at which the next begins."""
    shown_lines = ([title] if title else []) + lines
    height = _LINE * len(shown_lines) + 12
    where = {"x": str(_MARGIN), "y": str(top), "width": str(_WIDTH - 2 * _MARGIN), "height": str(height), "rx": "6"}
    SubElement(svg, "rect", {"class": kind, **where})
    for number, line in enumerate(shown_lines):
        name = "name" if title and not number else "line"
        _text(svg, name, _MARGIN + 12, top + 22 + number * _LINE, line)
    return top + height + 8


def _text(svg: Element, kind: str, x: int, y: int, text: str) -> None:
    SubElement(svg, "text", {"class": kind, "x": str(x), "y": str(y)}).text = shown(text, _MAX_CHARACTERS)
