"""Pages per second: the login page, which nobody is logged in for, and the
dashboard of somebody."""

import contestants
import load
from figures import middle, spread, table

MEASURE = "pages"
KINDS = (contestants.Module, contestants.FlaskAlone, contestants.OAuth2Proxy)


def measure(figures, options):
    with contestants.Started(KINDS, 1, options.mongo, figures,
                             MEASURE) as running:
        for round_ in range(options.rounds):
            for contestant in running:
                for page, path in contestant.pages.items():
                    headers = ({} if page == "login page"
                               else contestant.credentials())
                    figures.add(MEASURE, page, contestant.name, round_,
                                **load.Wrk(contestant.url(path), headers, 32,
                                           options.seconds).result())


def tables(figures):
    flask = contestants.FlaskAlone.name
    for page in figures.settings(MEASURE):
        yield page, table(
            ("", "pages/s", "to Flask alone", "p50, ms", "p99, ms"),
            [(who,
              middle(figures.values(MEASURE, page, who, "rate"), ",.0f"),
              spread(figures.ratios(MEASURE, page, who, flask), ".2f"),
              middle(figures.values(MEASURE, page, who, "p50_ms"), ".2f"),
              middle(figures.values(MEASURE, page, who, "p99_ms"), ".2f"))
             for who in figures.whos(MEASURE, page)])
