"""axe-core in a tab: what keeps people with disabilities out of a page."""

import json

from .shipped import ROOT

PROGRAM = ROOT / "build/axe/axe_playwright_python/axe.min.js"

# target-size is of WCAG 2.2, and the only rule of ours that axe leaves off.
RUN = """axe.run(document, {rules: {'target-size': {enabled: true}}})
    .then((found) => found.violations.concat(found.incomplete).flatMap(
        (rule) => rule.nodes.map((node) => [rule.id, node.html,
            node.failureSummary || node.any.map((check) => check.message)])))
"""


def put_into(tab):
    """The page that the tab shows can then be asked for its findings."""
    assert PROGRAM.exists(), "axe-core is needed; t/set_up.sh installs it"
    tab.evaluate(PROGRAM.read_text() + ";axe.version")


def findings(tab):
    """What axe objects to in the page as it is shown now, and what it cannot
    tell: [rule, element, why]."""
    return tab.evaluate(RUN)


def readable(found):
    return json.dumps(found, indent=1, ensure_ascii=False)
