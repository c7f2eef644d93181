"""conf/grafana-dashboard.json and the alarms in docs/operating.md ask for what
the page of figures has, and leave nothing out."""

import json
import re

import pytest

from harness.prometheus import figures_of
from harness.shipped import ROOT, section

DASHBOARD = ROOT / "conf/grafana-dashboard.json"
# What Prometheus itself adds to each sample.
OF_PROMETHEUS = {"instance"}


@pytest.fixture
def figures(site, sqlite_store):
    server = site(sqlite_store,
                  server="location = /status { auth_page status; }")
    return figures_of(server.client())


@pytest.fixture
def dashboard():
    return json.loads(DASHBOARD.read_text())


def targets(dashboard):
    return [target for panel in dashboard["panels"]
            for target in panel["targets"]]


def names_in(expressions):
    return set(re.findall(r"\bngx_auth_\w+", "\n".join(expressions)))


def labels_in(expression):
    """The labels that an expression asks for."""
    matched = re.findall(r'(\w+)=~?"', expression)
    grouped = re.findall(r"\bby \(([^)]*)\)", expression)
    return set(matched) | {label.strip() for group in grouped
                           for label in group.split(",")}


def known_labels(figures, expression):
    return OF_PROMETHEUS.union(*(figures.labels(name)
                                 for name in names_in([expression])))


def test_every_metric_exists_and_is_shown(dashboard, figures):
    expressions = [target["expr"] for target in targets(dashboard)]
    assert names_in(expressions) == set(figures.types)
    for variable in dashboard["templating"]["list"]:
        assert names_in([variable["query"]]) <= set(figures.types)


def test_labels_exist(dashboard, figures):
    for target in targets(dashboard):
        labels = labels_in(target["expr"]) | set(
            re.findall(r"{{(\w+)}}", target["legendFormat"]))
        assert labels <= known_labels(figures, target["expr"]), target


def test_counters_are_rates_and_gauges_are_not(dashboard, figures):
    for target in targets(dashboard):
        rates = set(re.findall(r"rate\((\w+)", target["expr"]))
        counters = {name for name in names_in([target["expr"]])
                    if figures.types[name] == "counter"}
        assert rates == counters, target


def test_source_is_a_variable(dashboard):
    variables = {v["name"]: v for v in dashboard["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    assert variables["datasource"]["query"] == "prometheus"
    for part in [*dashboard["panels"], *targets(dashboard),
                 variables["realm"]]:
        assert part["datasource"] == {"type": "prometheus",
                                      "uid": "${datasource}"}


def test_panels_do_not_overlap(dashboard):
    places = [(p["gridPos"]["x"], p["gridPos"]["y"])
              for p in dashboard["panels"]]
    assert len(set(places)) == len(places)
    assert len({p["id"] for p in dashboard["panels"]}) == len(places)


# docs/operating.md

def test_document_names_each_figure_with_its_labels(figures):
    rows = re.findall(r"^\| `(ngx_auth_\w+)` \|([^|]*)\|",
                      section("docs/operating.md", "Monitoring"), re.M)
    assert {name for name, _ in rows} == set(figures.types)
    for name, text in rows:
        labels = {label: values for label, values in
                  figures.labels(name).items() if label != "realm"}
        label = next(iter(labels), None)
        if label is None:
            assert "`" not in text, name
        else:
            named, *values = re.findall(r"`(\w+)`", text)
            assert (named, set(values)) == (label, labels[label])


def test_alarms_exist(figures):
    alarms = re.findall(r"^\| `([^`]*ngx_auth_[^`]*[<>][^`]*)`",
                        section("docs/operating.md", "Monitoring"), re.M)
    assert len(alarms) >= 8
    for alarm in alarms:
        assert names_in([alarm]) <= set(figures.types), alarm
        assert labels_in(alarm) <= known_labels(figures, alarm), alarm
        for label, value in re.findall(r'(\w+)="(\w+)"', alarm):
            assert all(value in figures.labels(name)[label]
                       for name in names_in([alarm])), alarm
