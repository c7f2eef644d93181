"""plots.py FOLDER: draws the figures of FOLDER/*.json as PNG and SVG. Bars are
medians, and lines on them reach from the least to the greatest figure."""

import statistics
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

from figures import Figures  # noqa: E402

OURS, OTHERS = "#4f46e5", "#9ca3af"
MODULE = "this module"

# Equal figures make equal files: no time of drawing is in them.
matplotlib.rcParams.update({
    "svg.hashsalt": "bench", "font.size": 9, "axes.spines.top": False,
    "axes.spines.right": False, "savefig.bbox": "tight",
    "figure.constrained_layout.use": True})


def bars(axes, title, values, form, logarithmic=False):
    """`values` is {who: figures of all rounds}."""
    names = list(values)[::-1]
    middles = [statistics.median(values[name]) for name in names]
    reach = [[middle - min(values[name])
              for middle, name in zip(middles, names)],
             [max(values[name]) - middle
              for middle, name in zip(middles, names)]]
    drawn = axes.barh(
        names, middles, xerr=reach, ecolor="#374151", capsize=2,
        color=[OURS if name.startswith(MODULE) else OTHERS for name in names])
    axes.bar_label(drawn, [format(middle, form) for middle in middles],
                   padding=8)
    axes.set_title(title, loc="left", fontsize=10)
    if logarithmic:
        axes.set_xscale("log")
        axes.set_xlim(min(middles) / 3, 4 * max(middles))
    else:
        axes.set_xlim(0, 1.2 * max(max(values[name]) for name in names))


def of_all(figures, measure, setting, value):
    return {who: figures.values(measure, setting, who, value)
            for who in figures.whos(measure, setting)}


def save(folder, name):
    for ending, about in (("png", {"Software": None}), ("svg", {"Date": None})):
        plt.savefig(folder / f"{name}.{ending}", dpi=120, metadata=about)
    plt.close()


def protected_files(figures, folder):
    settings = figures.settings("static")
    if not settings:
        return
    _, axes = plt.subplots(len(settings), 1, figsize=(7, 2.3 * len(settings)))
    for place, setting in zip(list(getattr(axes, "flat", [axes])), settings):
        bars(place, f"A protected file, {setting}: requests to bare nginx's",
             {who: figures.ratios("static", setting, who, "bare nginx")
              for who in figures.whos("static", setting)}, ".3f")
    save(folder, "protected-file")


def logins(figures, folder):
    if not figures.of("logins"):
        return
    _, (rates, tails) = plt.subplots(2, 1, figsize=(7, 4.5))
    bars(rates, "Logins per second, as many as it can",
         of_all(figures, "logins", "", "rate"), ".1f")
    bars(tails, "p99 of a protected file during a flood of logins, ms",
         of_all(figures, "file during logins", "with a flood", "p99_ms"),
         ".2f", logarithmic=True)
    save(folder, "logins")


def of_each_setting(figures, folder, measure, title, value, form, height,
                    logarithmic=False):
    """Bars for each setting of a measure, one above the other."""
    settings = figures.settings(measure)
    if not settings:
        return
    _, axes = plt.subplots(len(settings), 1, squeeze=False,
                           figsize=(7, height * len(settings)))
    for place, setting in zip(axes.flat, settings):
        bars(place, title(setting), of_all(figures, measure, setting, value),
             form, logarithmic=logarithmic)
    save(folder, measure)


def pages(figures, folder):
    of_each_setting(figures, folder, "pages",
                    lambda page: f"{page.capitalize()}s per second", "rate",
                    ",.0f", 1.6, logarithmic=True)


def memory(figures, folder):
    of_each_setting(figures, folder, "memory",
                    lambda when: f"Memory of all processes, {when}: PSS, MiB",
                    "pss_mib", ".1f", 2)


def main():
    folder = Path(sys.argv[1])
    figures = Figures.read_all(folder)
    for draw in protected_files, logins, pages, memory:
        draw(figures, folder)


if __name__ == "__main__":
    main()
