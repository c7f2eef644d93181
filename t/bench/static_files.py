"""Requests per second of a protected file, against the same file of bare
nginx; one thing is varied at a time."""

import shutil

import contestants
import load
from figures import middle, spread, table

MEASURE = "static"

# (name, workers, connections, size, protocol)
PLAIN, TLS, HTTP2 = "HTTP/1.1", "HTTP/1.1 over TLS", "HTTP/2 over TLS"
SETTINGS = (
    ("1 KiB, 32 connections", 1, 32, "1k", PLAIN),
    ("100 KiB", 1, 32, "100k", PLAIN),
    ("512 connections", 1, 512, "1k", PLAIN),
    (TLS, 1, 32, "1k", TLS),
    (HTTP2, 1, 32, "1k", HTTP2),
    ("2 workers", 2, 32, "1k", PLAIN),
)


def ask(contestant, connections, size, protocol, seconds):
    tls = protocol != PLAIN
    headers = contestant.credentials(tls)
    url = contestant.url(contestant.file(size), tls)
    if protocol == HTTP2:
        return load.h2load(url, headers, connections, seconds)
    return load.Wrk(url, headers, connections, seconds).result()


def measure(figures, options):
    for workers in dict.fromkeys(setting[1] for setting in SETTINGS):
        with contestants.Started(contestants.ALL, workers, options.mongo,
                                 figures, MEASURE) as running:
            for setting in SETTINGS:
                if setting[1] == workers:
                    measure_setting(figures, options, setting, running)


def measure_setting(figures, options, setting, running):
    name, _, connections, size, protocol = setting
    if protocol == HTTP2 and shutil.which("h2load") is None:
        figures.skip(MEASURE, name, "all", "no h2load (nghttp2-client)")
        return
    if protocol != PLAIN:
        for contestant in running:
            if contestant.port(tls=True) is None:
                figures.skip(MEASURE, name, contestant.name, "has no TLS")
    running = [contestant for contestant in running
               if protocol == PLAIN or contestant.port(tls=True)]
    for round_ in range(options.rounds):
        for contestant in rotated(running, round_):
            figures.add(MEASURE, name, contestant.name, round_, **ask(
                contestant, connections, size, protocol, options.seconds))


def rotated(running, round_):
    """Another one is first in each round."""
    first = 4 * round_ % len(running)
    return running[first:] + running[:first]


def tables(figures):
    bare = contestants.Contestant.name
    for setting in figures.settings(MEASURE):
        rows = []
        for who in figures.whos(MEASURE, setting):
            def values(value, contestant=who, among=setting):
                return figures.values(MEASURE, among, contestant, value)

            rows.append((
                who, middle(values("rate"), ",.0f"),
                spread(figures.ratios(MEASURE, setting, who, bare)),
                middle(values("p50_ms"), ".2f"),
                middle(values("p99_ms"), ".2f")))
        yield setting, table(("", "requests/s", "to bare nginx",
                              "p50, ms", "p99, ms"), rows)
