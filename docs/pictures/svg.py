"""Boxes, arrows and words as an SVG that is readable in light and dark, 700 pixels wide.

A picture is 720 units wide, and its words are 13.5 and 15 units high. It has a background of its own, for any page.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

WIDTH = 720
TEXT = 15
SMALL = 13.5

_STYLE = """
  .page { fill: #ffffff; stroke: #d0d7de; }
  .box, .ours { stroke-width: 1.2; }
  .box { fill: #f2f4f7; stroke: #8c959f; }
  .ours { fill: #e3ecff; stroke: #3558c0; }
  .frame { fill: none; stroke: #8c959f; stroke-dasharray: 5 4; }
  .line { fill: none; stroke: #57606a; stroke-width: 1.4; }
  .thin { stroke-dasharray: 4 4; }
  .lane { stroke: #b6bec7; stroke-width: 1; }
  .head { fill: #57606a; }
  text { font-family: system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328; }
  .note { fill: #4b545d; }
  .behind { stroke: #ffffff; stroke-width: 5; paint-order: stroke; stroke-linejoin: round; }
  @media (prefers-color-scheme: dark) {
    .page { fill: #161b22; stroke: #30363d; }
    .box { fill: #21262d; stroke: #6e7681; }
    .ours { fill: #1b2a52; stroke: #7d9bff; }
    .frame, .lane { stroke: #6e7681; }
    .line { stroke: #9da7b1; }
    .head { fill: #9da7b1; }
    text { fill: #e6edf3; }
    .note { fill: #b4bec8; }
    .behind { stroke: #161b22; }
  }
"""


@dataclass(slots=True)
class Words:
    """A line of words, and where it begins, is in the middle, or ends."""

    text: str
    x: float
    y: float
    size: float = TEXT
    anchor: str = "middle"
    name: str = ""

    def svg(self) -> str:
        """Give the element."""
        named = f" class={quoteattr(self.name)}" if self.name else ""
        return (
            f'<text x="{self.x:g}" y="{self.y:g}" font-size="{self.size:g}" text-anchor="{self.anchor}"{named}>'
            f"{escape(self.text)}</text>"
        )


@dataclass(slots=True)
class Picture:
    """What is drawn, from the back to the front."""

    title: str
    description: str
    height: float
    shapes: list[str] = field(default_factory=list)
    words: list[Words] = field(default_factory=list)

    def box(self, x: float, y: float, width: float, height: float, lines: tuple[str, ...], name: str = "box") -> None:
        """Draw a box; its first line is its name."""
        self.shapes.append(f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="7" class="{name}"/>')
        top = y + height / 2 - (len(lines) - 1) * 9.5 + 5
        for number, line in enumerate(lines):
            size = TEXT if number == 0 else SMALL
            self.words.append(Words(line, x + width / 2, top + number * 19, size, name="note" if number else ""))

    def frame(self, x: float, y: float, width: float, height: float, text: str) -> None:
        """Draw a dashed frame with its name at the top."""
        self.shapes.append(f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="9" class="frame"/>')
        self.words.append(Words(text, x + 14, y + 22, SMALL, "start", "note"))

    def arrow(self, points: tuple[tuple[float, float], ...], *, both: bool = False, thin: bool = False) -> None:
        """Draw a line with a head at its end, and with `both` at its beginning."""
        path = " ".join(f"{'L' if number else 'M'}{x:g} {y:g}" for number, (x, y) in enumerate(points))
        ends = 'marker-end="url(#head)"' + (' marker-start="url(#head)"' if both else "")
        self.shapes.append(f'<path d="{path}" class="line{" thin" if thin else ""}" {ends}/>')

    def lane(self, x: float, top: float, bottom: float) -> None:
        """Draw the life of a part, downwards."""
        self.shapes.append(f'<path d="M{x:g} {top:g} L{x:g} {bottom:g}" class="lane"/>')

    def say(self, text: str, x: float, y: float, anchor: str = "middle") -> None:
        """Write a note over what is drawn."""
        self.words.append(Words(text, x, y, SMALL, anchor, "note behind"))

    def svg(self) -> str:
        """Give the file."""
        drawn = "\n".join([*self.shapes, *(each.svg() for each in self.words)])
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height:g}" role="img" '
            f'width="{WIDTH}" height="{self.height:g}" aria-labelledby="title description">\n'
            f'<title id="title">{escape(self.title)}</title>\n'
            f'<desc id="description">{escape(self.description)}</desc>\n'
            f"<style>{_STYLE}</style>\n"
            '<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" '
            'orient="auto-start-reverse"><path d="M0 0 L10 5 L0 10 z" class="head"/></marker></defs>\n'
            f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{self.height - 1:g}" rx="10" class="page"/>\n'
            f"{drawn}\n</svg>\n"
        )
