"""What clients say of themselves when they ask for something, and what they
get where a login is needed.

Each is (name, method, headers, what it gets). Header names are left as the
client writes them; {SITE} is the site's own origin."""

# A redirect to the login page: 302, or 303 for a form.
REDIRECT = "redirect"
# 401 with a page that has a link to the login page.
PAGE = "page"
# 401, for programs.
REFUSAL = "refusal"

BROWSER_ACCEPT = ("text/html,application/xhtml+xml,application/xml;q=0.9,"
                  "image/avif,image/webp,image/apng,*/*;q=0.8,"
                  "application/signed-exchange;v=b3;q=0.7")
CHROMIUM = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 "
                  "(KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "Accept": BROWSER_ACCEPT, "Accept-Encoding": "gzip, deflate",
    "Upgrade-Insecure-Requests": "1"}
FIREFOX = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 "
                  "Firefox/140.0",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "en-US,en;q=0.5"}
SAFARI = {
    "User-Agent": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) "
                  "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.3 "
                  "Safari/605.1.15",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
WEBVIEW = {
    "User-Agent": "Mozilla/5.0 (Linux; Android 13; Pixel 6 Build/TQ3A; wv) "
                  "AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
                  "Chrome/120.0.0.0 Mobile Safari/537.36",
    "Accept": BROWSER_ACCEPT, "X-Requested-With": "com.example.app"}
FORM = {"Content-Type": "application/x-www-form-urlencoded",
        "Origin": "{SITE}", "Referer": "{SITE}/private/form?step=2"}
UPLOAD = {**FORM, "Content-Type":
          "multipart/form-data; boundary=----WebKitFormBoundaryx"}


def fetch_metadata(mode, destination, site="same-origin"):
    """What browsers add over https, and to the local machine."""
    return {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode,
            "Sec-Fetch-Dest": destination}


DOCUMENT = fetch_metadata("navigate", "document", "none")
SUBMITTED = fetch_metadata("navigate", "document")
FETCH = fetch_metadata("cors", "empty")

CLIENTS = [
    # Browsers that send Fetch Metadata
    ("chromium", "GET", {**CHROMIUM, **DOCUMENT, "Sec-Fetch-User": "?1"},
     REDIRECT),
    ("chromium-head", "HEAD", {**CHROMIUM, **DOCUMENT}, REDIRECT),
    ("chromium-form", "POST", {**CHROMIUM, **SUBMITTED, **FORM}, REDIRECT),
    ("chromium-upload", "POST", {**CHROMIUM, **SUBMITTED, **UPLOAD}, REDIRECT),
    ("chromium-frame", "GET",
     {**CHROMIUM, **fetch_metadata("navigate", "iframe")}, REDIRECT),
    ("chromium-pdf", "GET",
     {**CHROMIUM, **fetch_metadata("navigate", "embed")}, REDIRECT),
    ("chromium-link-elsewhere", "GET",
     {**CHROMIUM, **fetch_metadata("navigate", "document", "cross-site")},
     REDIRECT),
    ("firefox", "GET", {**FIREFOX, **DOCUMENT}, REDIRECT),
    ("firefox-form", "POST", {**FIREFOX, **SUBMITTED, **FORM}, REDIRECT),
    ("chromium-download", "GET",
     {**CHROMIUM, **fetch_metadata("navigate", "empty")}, PAGE),
    ("chromium-image", "GET",
     {**CHROMIUM, **fetch_metadata("no-cors", "image"),
      "Accept": "image/avif,image/webp,image/apng,*/*;q=0.8"}, REFUSAL),
    ("chromium-script", "GET",
     {**CHROMIUM, **fetch_metadata("no-cors", "script"), "Accept": "*/*"},
     REFUSAL),
    ("chromium-prefetch", "GET",
     {**CHROMIUM, **fetch_metadata("no-cors", "empty"), "Accept": "*/*",
      "Sec-Purpose": "prefetch"}, REFUSAL),
    ("chromium-manifest", "GET",
     {**CHROMIUM, **fetch_metadata("cors", "manifest"), "Accept": "*/*"},
     REFUSAL),
    ("chromium-websocket", "GET",
     {**CHROMIUM, **fetch_metadata("websocket", "empty"), "Accept": "*/*"},
     REFUSAL),
    ("service-worker-passes-navigation-on", "GET", {**CHROMIUM, **DOCUMENT},
     REDIRECT),
    ("service-worker-fetches-page", "GET",
     {**CHROMIUM, **FETCH, "Accept": "*/*"}, REFUSAL),
    ("fetch-json", "POST",
     {**CHROMIUM, **FETCH, "Accept": "*/*", "Origin": "{SITE}",
      "Content-Type": "application/json"}, REFUSAL),
    ("fetch-put", "PUT", {**CHROMIUM, **FETCH, "Accept": "*/*"}, REFUSAL),
    ("turbo", "GET",
     {**CHROMIUM, **FETCH, "Accept": "text/html, application/xhtml+xml"}, PAGE),
    ("turbo-form", "POST",
     {**CHROMIUM, **FETCH, **FORM, "Accept":
      "text/vnd.turbo-stream.html, text/html, application/xhtml+xml"}, PAGE),
    ("htmx", "GET",
     {**CHROMIUM, **FETCH, "Accept": "*/*", "HX-Request": "true",
      "HX-Current-URL": "{SITE}/"}, REFUSAL),

    # Browsers over plain HTTP, and those that know no Fetch Metadata
    ("chromium-plain", "GET", CHROMIUM, REDIRECT),
    ("chromium-plain-form", "POST", {**CHROMIUM, **FORM}, REDIRECT),
    ("chromium-plain-upload", "POST", {**CHROMIUM, **UPLOAD}, REDIRECT),
    ("chromium-plain-image", "GET",
     {**CHROMIUM, "Accept": "image/avif,image/webp,*/*;q=0.8"}, REFUSAL),
    ("chromium-plain-fetch", "GET", {**CHROMIUM, "Accept": "*/*"}, REFUSAL),
    ("chromium-plain-json", "POST",
     {**CHROMIUM, "Accept": "application/json, text/plain, */*",
      "Content-Type": "application/json"}, REFUSAL),
    ("firefox-plain", "GET", FIREFOX, REDIRECT),
    ("firefox-plain-form", "POST", {**FIREFOX, **FORM}, REDIRECT),
    ("safari-16.3", "GET", SAFARI, REDIRECT),
    ("safari-16.3-form", "POST", {**SAFARI, **FORM}, REDIRECT),
    ("webview-plain", "GET", WEBVIEW, REDIRECT),
    ("webview-plain-form", "POST", {**WEBVIEW, **FORM}, REDIRECT),
    ("webview", "GET", {**WEBVIEW, **DOCUMENT}, REDIRECT),
    ("googlebot", "GET",
     {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1; "
                    "+http://www.google.com/bot.html)",
      "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,"
                "*/*;q=0.8"}, REDIRECT),
    ("turbo-plain", "GET",
     {**CHROMIUM, "Accept": "text/html, application/xhtml+xml"}, REDIRECT),
    ("htmx-plain", "GET",
     {**CHROMIUM, "Accept": "*/*", "HX-Request": "true"}, REFUSAL),
    ("jquery-load-plain", "GET",
     {**CHROMIUM, "Accept": "text/html, */*; q=0.01",
      "X-Requested-With": "XMLHttpRequest"}, PAGE),
    ("jquery-json-plain", "GET",
     {**CHROMIUM, "Accept": "application/json, text/javascript, */*; q=0.01",
      "X-Requested-With": "XMLHttpRequest"}, REFUSAL),
    ("xhr-plain", "POST",
     {**CHROMIUM, "Accept": "*/*", "X-Requested-With": "XMLHttpRequest",
      "Content-Type": "application/x-www-form-urlencoded"}, REFUSAL),

    # Text browsers
    ("lynx", "GET",
     {"User-Agent": "Lynx/2.9.0dev.12 libwww-FM/2.14 SSL-MM/1.4.1",
      "Accept": "text/html, text/plain, text/sgml, text/css, "
                "application/xhtml+xml, */*;q=0.01"}, PAGE),
    ("lynx-form", "POST",
     {"User-Agent": "Lynx/2.9.0dev.12 libwww-FM/2.14 SSL-MM/1.4.1",
      "Accept": "text/html, text/plain, text/sgml, text/css, "
                "application/xhtml+xml, */*;q=0.01",
      "Content-Type": "application/x-www-form-urlencoded",
      "Referer": "{SITE}/private/form?step=2"}, PAGE),
    ("w3m", "GET",
     {"User-Agent": "w3m/0.5.3+git20230121",
      "Accept": "text/html, text/*;q=0.5, image/*, application/*"}, PAGE),
    ("links", "GET",
     {"User-Agent": "Links (2.28; Linux 6.1.0 x86_64; GNU C 12.2; text)",
      "Accept": "*/*"}, REFUSAL),

    # Programs
    ("java", "GET",
     {"User-Agent": "Java/17.0.9",
      "Accept": "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"}, PAGE),
    ("pip", "GET",
     {"User-Agent": 'pip/23.0.1 {"ci":null,"cpu":"x86_64"}',
      "Accept": "application/vnd.pypi.simple.v1+json, "
                "application/vnd.pypi.simple.v1+html; q=0.1, "
                "text/html; q=0.01"}, PAGE),
    ("curl", "GET", {"User-Agent": "curl/7.88.1", "Accept": "*/*"}, REFUSAL),
    ("curl-form", "POST",
     {"User-Agent": "curl/7.88.1", "Accept": "*/*",
      "Content-Type": "application/x-www-form-urlencoded"}, REFUSAL),
    ("wget", "GET",
     {"User-Agent": "Wget/1.21.3", "Accept": "*/*",
      "Accept-Encoding": "identity"}, REFUSAL),
    ("git", "GET",
     {"User-Agent": "git/2.39.2", "Accept": "*/*",
      "Git-Protocol": "version=2"}, REFUSAL),
    ("python-requests", "GET",
     {"User-Agent": "python-requests/2.31.0", "Accept": "*/*"}, REFUSAL),
    ("go", "GET",
     {"User-Agent": "Go-http-client/1.1", "Accept-Encoding": "gzip"}, REFUSAL),
    ("node-request", "GET", {}, REFUSAL),
    ("feed-reader", "GET",
     {"User-Agent": "Mozilla/5.0 (compatible; FeedReader/1.0)",
      "Accept": "application/atom+xml, application/rss+xml, "
                "application/xml;q=0.8, text/html;q=0.7, */*;q=0.1"}, PAGE),
    ("liferea", "GET",
     {"User-Agent": "Liferea/1.14.1 (Linux; https://lzone.de/liferea/)",
      "Accept": "application/atom+xml,application/xml;q=0.9,"
                "text/xml;q=0.8,*/*;q=0.7"}, REFUSAL),
    ("webdav", "PROPFIND",
     {"User-Agent": "davfs2/1.6.1 neon/0.32.4", "Depth": "1"}, REFUSAL),
]
