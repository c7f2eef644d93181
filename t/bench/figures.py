"""Raw figures, as they were measured, and the tables that are made of them.

What counts is a ratio within a round: a busy machine slows all contestants of
a round alike."""

import json
import os
import statistics
import time


class Figures:
    """Every single figure of a run, in the order in which it was measured."""

    def __init__(self, rows=()):
        self.rows = list(rows)
        self.skipped = []
        self.about = {}

    def add(self, measure, setting, who, round_, **values):
        """`values` are the figures of one round: rate=…, p50_ms=…"""
        self.rows.append({"measure": measure, "setting": setting, "who": who,
                          "round": round_, **values})

    def skip(self, measure, setting, who, reason):
        """What was not measured, and why."""
        self.skipped.append({"measure": measure, "setting": setting,
                             "who": who, "reason": reason})

    def write(self, path, **about):
        """As JSON, a figure a line; `about` says how it was measured."""
        about = {"measured": time.strftime("%Y-%m-%d %H:%M"),
                 "processors": os.cpu_count(), **about}
        path.write_text("{" + "".join(
            f"{json.dumps(name)}: {json.dumps(value)},\n"
            for name, value in about.items()) + ",\n".join(
                f"{json.dumps(name)}: [\n"
                + ",\n".join(map(json.dumps, rows)) + "]"
                for name, rows in (("rows", self.rows),
                                   ("skipped", self.skipped))) + "}\n")

    @classmethod
    def read(cls, path):
        read = json.loads(path.read_text())
        figures = cls(read.pop("rows"))
        figures.skipped = read.pop("skipped")
        figures.about = read
        return figures

    @classmethod
    def read_all(cls, folder):
        """Those of all measures."""
        return cls([row for path in sorted(folder.glob("*.json"))
                    for row in cls.read(path).rows])

    # What was measured

    def of(self, measure):
        return [row for row in self.rows if row["measure"] == measure]

    def settings(self, measure):
        return list(dict.fromkeys(row["setting"]
                                  for row in self.of(measure)))

    def whos(self, measure, setting):
        return list(dict.fromkeys(row["who"] for row in self.of(measure)
                                  if row["setting"] == setting))

    def values(self, measure, setting, who, value):
        """Those of all rounds, in their order."""
        return [row[value] for row in self.of(measure)
                if row["setting"] == setting and row["who"] == who
                and value in row]

    def ratios(self, measure, setting, who, to, value="rate"):
        """Of each round in which both were measured."""
        def by_round(name):
            return {row["round"]: row[value] for row in self.of(measure)
                    if row["setting"] == setting and row["who"] == name}

        ours, others = by_round(who), by_round(to)
        return [ours[key] / others[key] for key in ours if others.get(key)]


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def spread(values, form=".3f"):
    """The median, and between which figures all rounds lie."""
    if not values:
        return ""
    return (f"{statistics.median(values):{form}} "
            f"({min(values):{form}} to {max(values):{form}})")


def middle(values, form):
    return f"{statistics.median(values):{form}}" if values else ""


def table(heads, rows):
    """In Markdown, which can be read as it is."""
    widths = [max(len(str(row[i])) for row in [heads, *rows])
              for i in range(len(heads))]

    def line(cells):
        return "| " + " | ".join(
            str(cell).ljust(width) for cell, width in zip(cells, widths)
        ) + " |"

    return "\n".join([line(heads),
                      "|" + "|".join("-" * (w + 2) for w in widths) + "|",
                      *map(line, rows)]) + "\n"
