"""A real browser, Debian's Chromium, that tests sit at: DevTools protocol over
a pipe, without a library. It reaches this machine alone."""

import itertools
import json
import os
import select
import shutil
import signal
import subprocess
import time
from pathlib import Path

from .folders import temporary_folder
from .nginx_server import eventually

PROGRAM = "chromium"
PATIENCE = 60

# Hosts of other sites: plain HTTP from them is no "secure context", as
# 127.0.0.1 and localhost are.
HOSTS = ("MAP *.test 127.0.0.1, MAP localhost 127.0.0.1, "
         "EXCLUDE 127.0.0.1, MAP * ~NOTFOUND")

OPTIONS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
           "--no-first-run", "--disable-background-networking",
           "--disable-component-update", "--disable-sync",
           "--disable-breakpad", "--disable-dev-shm-usage",
           "--ignore-certificate-errors", "--remote-debugging-pipe",
           f"--host-resolver-rules={HOSTS}")

# Runs in every document before anything else does, outside of its policy.
WATCH = """
document.addEventListener('securitypolicyviolation', (event) =>
    violated(`${event.effectiveDirective} ${event.blockedURI}`), true);
"""


class Chromium:
    """The program. A tab is a profile of its own: no cookie, no history. All
    of them have the preferences of Chromium's own file of this name."""

    def __init__(self, preferences=None):
        assert shutil.which(PROGRAM), (
            "chromium is needed; ./build.sh test installs it")
        self._profile = temporary_folder("auth-chromium-")
        if preferences:
            folder = Path(self._profile, "profile/Default")
            folder.mkdir(parents=True)
            (folder / "Preferences").write_text(json.dumps(preferences))
        self._said = open(os.path.join(self._profile, "said"), "wb")
        # What a shell can do in a line: our pipes become its 3 and 4.
        self._process = subprocess.Popen(
            ["sh", "-c", 'exec "$@" 3<&0 4>&1 0</dev/null 1>&2', "sh",
             PROGRAM, *OPTIONS, f"--user-data-dir={self._profile}/profile"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said,
            env={**os.environ, "HOME": self._profile},
            start_new_session=True)
        self._numbers = itertools.count(1)
        self._unread = b""
        self._answers = {}
        self._tabs = {}

    def tab(self):
        context = self.send("Target.createBrowserContext",
                            disposeOnDetach=True)["browserContextId"]
        target = self.send("Target.createTarget", url="about:blank",
                           browserContextId=context)["targetId"]
        session = self.send("Target.attachToTarget", targetId=target,
                            flatten=True)["sessionId"]
        self._tabs[session] = tab = Tab(self, session, context)
        tab.prepare()
        return tab

    def send(self, method, session=None, **params):
        """One command; returns its result."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params}
        if session is not None:
            message["sessionId"] = session
        self._process.stdin.write(json.dumps(message).encode() + b"\0")
        self._process.stdin.flush()
        deadline = time.monotonic() + PATIENCE
        while number not in self._answers:
            assert self.listen(deadline - time.monotonic()), (
                f"no answer to {method}")
        answer = self._answers.pop(number)
        assert "error" not in answer, (method, params, answer["error"])
        return answer["result"]

    def listen(self, seconds):
        """Takes in what the browser says, but waits no longer than that for
        it; False if it says nothing."""
        out = self._process.stdout.fileno()
        if not select.select([out], [], [], max(0, seconds))[0]:
            return False
        data = os.read(out, 1 << 20)
        assert data, "chromium is gone"
        *messages, self._unread = (self._unread + data).split(b"\0")
        for message in map(json.loads, messages):
            if "id" in message:
                self._answers[message["id"]] = message
            elif message.get("sessionId") in self._tabs:
                self._tabs[message["sessionId"]].hear(message)
        return True

    def forget(self, tab):
        self.send("Target.disposeBrowserContext",
                  browserContextId=tab.context)
        del self._tabs[tab.session]

    def close(self):
        """Ends it and everything that it has started."""
        os.killpg(self._process.pid, signal.SIGKILL)  # its own group
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()
        self._said.close()
        try:
            eventually(lambda: not self._left_over(),
                       "processes of chromium are left")
        finally:
            shutil.rmtree(self._profile, ignore_errors=True)

    def _left_over(self):
        """Processes of the profile."""
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                command = path.read_bytes()
            except OSError:
                continue
            if self._profile.encode() in command:
                found.append(path.parent.name)
        return found


class Tab:
    def __init__(self, browser, session, context):
        self._browser = browser
        self.session = session
        self.context = context
        self.violations = []  # of a Content-Security-Policy
        self.complaints = []  # what the console shows in yellow and red
        self.answers = []     # (status, URL) of documents, redirects too
        self._document = None
        self._shown = None    # the URL of that document
        self._loaded = set()

    def prepare(self):
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")
        self.send("Page.setLifecycleEventsEnabled", enabled=True)
        self.send("Runtime.addBinding", name="violated")
        self.send("Page.addScriptToEvaluateOnNewDocument", source=WATCH)

    def send(self, method, **params):
        return self._browser.send(method, self.session, **params)

    def hear(self, message):
        """An event."""
        params = message["params"]
        kind = message["method"]
        if kind == "Page.lifecycleEvent":
            if params["name"] == "load":
                self._loaded.add(params["loaderId"])
        elif kind == "Page.frameNavigated":
            frame = params["frame"]
            if "parentId" not in frame:
                self._document = frame["loaderId"]
                self._shown = frame["url"] + frame.get("urlFragment", "")
        elif kind == "Runtime.bindingCalled":
            self.violations.append(params["payload"])
        elif kind == "Log.entryAdded":
            entry = params["entry"]
            # a page that is shown with its own status is no mistake
            if entry["level"] in ("error", "warning") and not (
                    entry["source"] == "network"
                    and "responded with a status of" in entry["text"]):
                self.complaints.append(f"{entry['source']}: {entry['text']}")
        elif kind == "Runtime.consoleAPICalled":
            if params["type"] in ("error", "warning", "assert"):
                self.complaints.append(str(params["args"]))
        elif kind == "Runtime.exceptionThrown":
            self.complaints.append(str(params["exceptionDetails"]))
        elif kind == "Network.requestWillBeSent":
            before = params.get("redirectResponse")
            if before and params["type"] == "Document":
                self.answers.append((before["status"], before["url"]))
        elif kind == "Network.responseReceived":
            if params["type"] == "Document":
                response = params["response"]
                self.answers.append((response["status"], response["url"]))

    # What a person does

    def visit(self, url):
        def visit():
            result = self.send("Page.navigate", url=url)
            assert "errorText" not in result, (url, result)

        self.after(visit)

    def click(self, selector):
        """With the mouse, where the element is."""
        x, y = self.evaluate("""((element) => {
            element.scrollIntoView({block: 'center', behavior: 'instant'});
            const box = element.getBoundingClientRect();
            return [box.x + box.width / 2, box.y + box.height / 2];
        })(document.querySelector(%s))""" % json.dumps(selector))
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y,
                      button="left", clickCount=1)

    def follow(self, selector):
        """Clicks what leads to another page, and waits for that."""
        self.after(lambda: self.click(selector))

    def fill(self, **fields):
        """Types into the inputs of these names."""
        for name, text in fields.items():
            selector = f'main [name="{name}"]'
            self.click(selector)
            self.evaluate("document.querySelector(%s).select()"
                          % json.dumps(selector))
            self.send("Input.insertText", text=text)

    def go_back(self):
        history = self.send("Page.getNavigationHistory")
        entry = history["entries"][history["currentIndex"] - 1]
        self.after(lambda: self.send("Page.navigateToHistoryEntry",
                                     entryId=entry["id"]))

    def after(self, action):
        """Does what leads to another page, and waits for that."""
        before = self._document
        action()
        self.wait_until(lambda: self._document != before
                        and self._document in self._loaded,
                        "no other page was loaded")

    # What a person sees

    @property
    def url(self):
        return self.evaluate("location.href")

    @property
    def text(self):
        return self.evaluate("document.body.innerText")

    @property
    def history(self):
        """The addresses that "back" and "forward" know."""
        return [entry["url"] for entry in
                self.send("Page.getNavigationHistory")["entries"]
                if entry["url"] != "about:blank"]

    def evaluate(self, expression):
        result = self.send("Runtime.evaluate", expression=expression,
                           returnByValue=True, awaitPromise=True,
                           userGesture=True)
        assert "exceptionDetails" not in result, (expression, result)
        return result["result"].get("value")

    def wait_until(self, condition, complaint):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, complaint
            self._browser.listen(0.05)

    def wait_for_focus(self, name):
        """A page's autofocus comes some time after the page."""
        self.wait_until(
            lambda: self.evaluate("document.activeElement.name") == name,
            f"the focus is not on {name}")

    def wait_for_url(self, url):
        """It listens only: the document that is there may be on its way out,
        and the next not be there yet."""
        self.wait_until(lambda: self._shown == url
                        and self._document in self._loaded,
                        f"never came to {url}")

    def listen(self, seconds):
        """Waits: for what must not happen."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._browser.listen(left)

    def close(self):
        self._browser.forget(self)
