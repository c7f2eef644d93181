"""What a person sees of an HTML page: its text, links and forms."""

import html.parser
import re


class Page(html.parser.HTMLParser):
    HIDDEN = {"style", "script", "head"}

    def __init__(self, markup, path=""):
        super().__init__()
        self.path = path   # that the browser has asked for
        self.links = []    # href of each <a>
        self.forms = []    # {"action", "method", "fields": {name: value}}
        self._pieces = []
        self._hidden = []
        self.feed(markup)
        self.close()

    @property
    def text(self):
        return re.sub(r"\s+", " ", " ".join(self._pieces)).strip()

    def field(self, name):
        """The value of the form field of that name."""
        for form in self.forms:
            if name in form["fields"]:
                return form["fields"][name]
        raise AssertionError(f"no field {name!r} in {self.forms}")

    def form_to(self, path):
        """The form that is sent to that path; one without an action goes to
        the page's own address."""
        for form in self.forms:
            if form["action"].partition("?")[0] == path:
                return form
        raise AssertionError(f"no form for {path!r} in {self.forms}")

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag in self.HIDDEN:
            self._hidden.append(tag)
        elif tag == "a" and "href" in attributes:
            self.links.append(attributes["href"])
        elif tag == "form":
            self.forms.append({"action": attributes.get("action") or self.path,
                               "method": attributes.get("method", "get"),
                               "fields": {}})
        elif tag == "input" and self.forms and attributes.get("name"):
            self.forms[-1]["fields"][attributes["name"]] = \
                attributes.get("value") or ""

    def handle_endtag(self, tag):
        if self._hidden and self._hidden[-1] == tag:
            self._hidden.pop()

    def handle_data(self, data):
        if not self._hidden:
            self._pieces.append(data)
