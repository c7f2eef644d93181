"""Prometheus' text exposition format, version 0.0.4, read strictly."""

import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"'
SAMPLE = re.compile(rf"({NAME})\{{((?:{LABEL})(?:,{LABEL})*)\}} "
                    r"(\d+(?:\.\d+)?)")
TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Figures:
    """What a page says: {(name, ((label, value), …)): number}, and the type and
    the help of each name. Any page that is not of this form fails."""

    def __init__(self, text):
        self.samples, self.types, self.helps = {}, {}, {}
        assert text.endswith("\n") and "\r" not in text
        name = None
        for line in text[:-1].split("\n"):
            if line.startswith("# HELP "):
                name = self._begin(line)
            elif line.startswith("# TYPE "):
                self._take_type(name, line)
            else:
                self._take_sample(name, line)
        assert set(self.types) == set(self.helps)
        assert {sample for sample, _ in self.samples} == set(self.types)

    def _begin(self, line):
        found = re.fullmatch(rf"# HELP ({NAME}) (\S.*)", line)
        assert found, line
        name, text = found.groups()
        assert name not in self.helps, "a metric comes in two places"
        self.helps[name] = text
        return name

    def _take_type(self, name, line):
        found = re.fullmatch(rf"# TYPE ({NAME}) (counter|gauge)", line)
        assert found and found[1] == name and name not in self.types, line
        self.types[name] = found[2]
        assert (found[2] == "counter") == name.endswith("_total"), line

    def _take_sample(self, name, line):
        found = SAMPLE.fullmatch(line)
        assert found and found[1] == name and name in self.types, line
        labels = tuple(sorted(re.findall(LABEL, found[2])))
        assert len(dict(labels)) == len(labels), line
        assert (name, labels) not in self.samples, line
        self.samples[name, labels] = float(line.rpartition(" ")[2])

    def get(self, name, **labels):
        """The sample with these labels besides the realm; "ngx_auth_" need not
        be written."""
        return self.samples["ngx_auth_" + name, tuple(sorted(
            {"realm": "site", **labels}.items()))]

    def labels(self, name):
        """{label: its values} of a metric."""
        found = {}
        for sample, labels in self.samples:
            for label, value in labels if sample == name else ():
                found.setdefault(label, set()).add(value)
        return found


def figures_of(client, path="/status"):
    answer = client.get(path)
    assert answer.status == 200, answer
    assert answer.header("Content-Type") == TYPE
    return Figures(answer.text)
