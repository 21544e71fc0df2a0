"""Draw the figures that `make bench` and `make soak` left, each as NAME.svg beside this file."""

from __future__ import annotations

import json
import math
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt

HERE = Path(__file__).parent
COLOUR, GREY = "#2f6f73", "#b5bcbf"
COLOURS = (COLOUR, "#c2703d", "#7a5c99", "#8a8f3c", "#3d6fc2", "#a33b4a", GREY)
LOADS = {"load, rate-20": "20 Pods a second", "load, rate-50": "50 Pods a second", "load, burst": "all at once"}
UNITS = {"s": (1000, "ms"), "bytes": (2**-20, "MiB"), "reqps": (1, "a second"), "d": (1, "days"), "cores": (1, "cores")}
BESIDE = ("with", "without")
COLUMNS, FEW = 3, 4

# the same figures give the same file: no date, and element names that do not change
mpl.rcParams.update({"svg.hashsalt": "omamori", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False})


def is_comparison(kept: object) -> bool:
    """Whether it is rows of medians, each measured against the first."""
    rows = kept.get("rows", {"": ""}) if isinstance(kept, dict) else {"": ""}
    return all({"median", "ratio"} <= set(row) for row in rows.values())


def bars(tables: dict[str, dict[str, object]], target: Path) -> None:
    """Draw each comparison as bars; the first row of a table is what the others are measured against."""
    heights = [len(table["rows"]) + 1 for table in tables.values()]
    figure, axes = plt.subplots(len(tables), 1, figsize=(8, 0.32 * sum(heights)), height_ratios=heights)
    for axis, (title, table) in zip(axes, tables.items(), strict=True):
        rows = list(reversed(table["rows"].items()))
        names = [name for name, _ in rows]
        medians = [figures["median"] for _, figures in rows]
        drawn = axis.barh(names, medians, color=[COLOUR] * (len(rows) - 1) + [GREY], height=0.6)
        labels = [f"{figures['median']:.1f} ({figures['ratio']:.2f})" for _, figures in rows]
        axis.bar_label(drawn, labels, padding=3, fontsize=8)
        axis.set_title(f"{title} ({table['unit']})", loc="left", fontsize=9)
        axis.margins(x=0.18)
        axis.xaxis.set_visible(False)
        axis.spines["bottom"].set_visible(False)
    figure.tight_layout()
    figure.savefig(target, metadata={"Date": None})


def memory(figures: dict[str, object], target: Path) -> None:
    """Draw the webhook's resident memory over its requests."""
    samples = figures["resident_mib"]
    step = figures["sent"] / len(samples)
    figure, axis = plt.subplots(figsize=(8, 2.6))
    axis.plot([step * (number + 1) for number in range(len(samples))], samples, color=COLOUR)
    axis.set_ylim(0, max(samples) * 1.2)
    axis.set_xlabel("reviews answered")
    axis.set_ylabel("resident memory, MiB")
    figure.tight_layout()
    figure.savefig(target, metadata={"Date": None})


def stampede(figures: dict[str, object], target: Path) -> None:
    """Draw the requests of each second before, in and after an outage of Vault's; 0 is the first answer after it."""
    series = figures["series"]
    seconds = range(figures["series_from_seconds"], figures["series_from_seconds"] + len(series))
    mean = figures["mean_per_second"]
    figure, axis = plt.subplots(figsize=(8, 2.6))
    axis.axvspan(-figures["outage_seconds"], 0, color=GREY, alpha=0.3, linewidth=0)
    axis.bar(seconds, series, width=1, align="edge", color=COLOUR)
    axis.hlines([mean, 3 * mean], 0, len(series) + seconds[0], color="black", linewidth=0.8, linestyles=["-", ":"])
    axis.set_xlim(seconds[0], seconds[-1] + 1)
    axis.set_xlabel(
        "seconds from Vault's first answer after the outage; the lines are the mean, and three times the mean"
    )
    axis.set_ylabel("requests answered a second")
    figure.tight_layout()
    figure.savefig(target, metadata={"Date": None})


def load(kept: dict[str, object], target: Path) -> None:
    """Draw how long the API server took to create a Pod, with the webhook and without, in the middle and at worst."""
    rows = [
        (f"{words}, {quantile.removesuffix('_ms')}", *(kept[name][each]["creations"][quantile] for each in BESIDE))
        for name, words in LOADS.items()
        for quantile in ("p50_ms", "p99_ms")
    ]
    figure, axis = plt.subplots(figsize=(8, 3.2))
    for number, (each, colour) in enumerate(zip(BESIDE, (COLOUR, GREY), strict=True)):
        places = [-(row + 0.38 * number) for row in range(len(rows))]
        drawn = axis.barh(
            places, [row[1 + number] for row in rows], color=colour, height=0.36, label=f"{each} the webhook"
        )
        axis.bar_label(drawn, [f"{row[1 + number]:.0f} ms" for row in rows], padding=3, fontsize=8)
    axis.set_yticks([-(row + 0.19) for row in range(len(rows))], [row[0] for row in rows])
    axis.margins(x=0.12)
    axis.xaxis.set_visible(False)
    axis.spines["bottom"].set_visible(False)
    axis.legend(frameon=False, loc="lower right", bbox_to_anchor=(1, 1), ncols=len(BESIDE))
    figure.tight_layout()
    figure.savefig(target, metadata={"Date": None})


def dashboard(kept: dict[str, object], target: Path) -> None:
    """Draw the dashboard's panels over a load test, as Grafana would; a line marks where each load begins."""
    panels, step = kept["panels"], kept["step_seconds"] / 60
    rows = math.ceil(len(panels) / COLUMNS)
    minutes = max(len(values) for panel in panels.values() for values in panel["series"].values()) * step
    figure, grid = plt.subplots(rows, COLUMNS, figsize=(12, 2.1 * rows))
    for axis, (title, panel) in zip(grid.flat, panels.items(), strict=False):
        factor, unit = UNITS.get(panel["unit"], (1, ""))
        for (legend, values), colour in zip(panel["series"].items(), COLOURS * 9, strict=False):
            times = [step * number for number in range(len(values))]
            shown = [math.nan if value is None else value * factor for value in values]
            lonely = sum(map(math.isfinite, shown)) < FEW  # points that no line would show
            axis.plot(times, shown, color=colour, linewidth=1, label=legend, marker="." if lonely else None)
        for at in kept["loads"].values():
            axis.axvline(at / 60, color=GREY, linewidth=0.5)
        axis.set_title(f"{title} ({unit})" if unit else title, loc="left", fontsize=9)
        axis.set_ylim(bottom=0)
        axis.set_xlim(0, minutes)
        if 0 < len(panel["series"]) < FEW:  # more would hide the lines
            axis.legend(frameon=False, fontsize=6, loc="upper left")
    for axis in grid.flat[len(panels) :]:
        axis.set_visible(False)
    for axis in grid[-1]:
        axis.set_xlabel("minutes")
    figure.tight_layout()
    figure.savefig(target, metadata={"Date": None})


def start(figures: dict[str, object], target: Path) -> None:
    """Draw how long a Pod takes to its application's first line, with the least and the most."""
    rows = list(reversed(figures["rows"].items()))
    medians = [each["median"] for _, each in rows]
    spread = [[each["median"] - each["least"] for _, each in rows], [each["most"] - each["median"] for _, each in rows]]
    colours = [COLOUR if name.startswith("mode") else GREY for name, _ in rows]
    figure, axis = plt.subplots(figsize=(8, 0.32 * len(rows) + 0.6))
    drawn = axis.barh([name for name, _ in rows], medians, xerr=spread, color=colours, height=0.6, ecolor="black")
    labels = [f"{each['median']:.2f} s (+{each['over plain']:.2f})" for _, each in rows]
    axis.bar_label(drawn, labels, padding=3, fontsize=8)
    axis.margins(x=0.22)
    axis.xaxis.set_visible(False)
    axis.spines["bottom"].set_visible(False)
    figure.tight_layout()
    figure.savefig(target, metadata={"Date": None})


def main() -> None:
    """Draw what there is."""
    bench = HERE / "bench.json"
    if bench.exists():
        figures = json.loads(bench.read_text())
        starts = figures.pop("start", None)
        tables = {name: each for name, each in figures.items() if is_comparison(each)}
        bars(tables, HERE / "bench.svg")
        if starts is not None:
            start(starts, HERE / "start.svg")
    soak = HERE / "soak.json"
    kept = json.loads(soak.read_text()) if soak.exists() else {}
    for name, draw in {"memory": memory, "stampede": stampede}.items():
        if name in kept:
            draw(kept[name], HERE / f"{name}.svg")
    if LOADS.keys() <= kept.keys():
        load(kept, HERE / "load.svg")
    panels = HERE / "dashboard.json"
    if panels.exists():
        dashboard(json.loads(panels.read_text()), HERE / "dashboard.svg")


main()
