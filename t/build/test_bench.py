"""The bench compares like with like, and makes ratios within a round."""

import json
import os
import sys
import time

import pytest

from harness.shipped import ROOT

sys.path.insert(0, str(ROOT / "t/bench"))

# Those that need nothing but Debian's nginx and its modules.
OF_NGINX = ("Contestant", "Module", "Basic", "BasicBcrypt", "Request204", "Lua")


@pytest.fixture
def contestants(request, unsanitized_nginx, monkeypatch):
    import contestant
    import contestants
    import nginx_contestants
    for module in contestant, nginx_contestants:
        monkeypatch.setattr(module, "NGINX", unsanitized_nginx)
    monkeypatch.setattr(contestants.Module, "module",
                        request.config.getoption("--module"))
    return contestants


@pytest.mark.once
@pytest.mark.parametrize("kind", OF_NGINX)
def test_contestants_serve_the_same_files(contestants, kind):
    from contestant import SIZES
    contestant = getattr(contestants, kind)(1, None)
    try:
        bodies = [contestant.nginx.client().get(
            contestant.file(size), headers=contestant.credentials()).body
            for size in SIZES]
    finally:
        contestant.close()
    assert bodies == [b"x" * 1024, b"x" * 102400]


@pytest.mark.once
def test_a_contestant_that_lets_strangers_in_is_refused(contestants):
    class Open(contestants.Request204):
        protect = ""

    with pytest.raises(AssertionError, match="200"):
        Open(1, None)


@pytest.mark.once
def test_a_contestant_that_cannot_be_had_is_named(contestants, monkeypatch,
                                                  tmp_path):
    import oauth2_proxy_contestant
    from figures import Figures
    monkeypatch.setattr(oauth2_proxy_contestant, "OAUTH2_PROXY",
                        tmp_path / "none")
    figures = Figures()
    with contestants.Started([contestants.OAuth2Proxy], 1, None, figures,
                             "static") as running:
        assert running == []
    row, = figures.skipped
    assert row["who"] == "oauth2-proxy"
    assert "was not built" in row["reason"]


def test_ratios_are_those_of_a_round(tmp_path):
    from figures import Figures
    figures = Figures()
    for round_, (ours, bare) in enumerate([(90, 100), (45, 50), (8, 10)]):
        figures.add("static", "1 KiB", "ours", round_, rate=ours)
        figures.add("static", "1 KiB", "bare", round_, rate=bare)
    figures.add("static", "1 KiB", "ours", 3, rate=7)  # the other is missing
    assert figures.ratios("static", "1 KiB", "ours", "bare") == [0.9, 0.9, 0.8]
    figures.write(tmp_path / "figures.json", rounds=4)
    assert Figures.read(tmp_path / "figures.json").rows == figures.rows
    assert json.loads((tmp_path / "figures.json").read_text())["rounds"] == 4


def test_a_table_says_between_what_figures_the_rounds_lie():
    from figures import spread, table
    assert spread([0.5, 0.7, 0.6]) == "0.600 (0.500 to 0.700)"
    head, rule, row = table(("", "to bare"), [("ours", "0.6")]).splitlines()
    assert head == "|      | to bare |"
    assert rule == "|------|---------|"
    assert row.startswith("| ours | 0.6")


def test_processor_time_is_that_of_the_process():
    from processor import seconds_of
    before = time.process_time()
    measured = seconds_of([os.getpid()])
    assert before <= measured <= time.process_time()


def test_hashes_are_compared_in_a_round():
    import hashes
    from figures import Figures
    figures = Figures()
    figures.add("hashes", "logins", hashes.BARE_LOOP, 0, rate=100)
    figures.add("hashes", "logins", "ours", 0, rate=90, cheapness=0.8,
                store_ms=3, at_work=0.97)
    (_, table), = hashes.tables(figures)
    assert [cell.strip() for cell in table.splitlines()[-1].split("|")] == [
        "", "ours", "90.0", "0.90 (0.90 to 0.90)", "0.80 (0.80 to 0.80)",
        "97%", "3.00", ""]
