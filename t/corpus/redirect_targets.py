"""Where attackers would like a login to lead to: every way of writing another
site that the published lists know, put together from its parts."""

# Before the host. Whatever stands at the start decides.
LEADS = [
    # slashes and backslashes
    "//", "///", "////", "/////", "/\\", "\\/", "\\\\", "//\\", "/\\/", "\\//",
    "\\/\\/", "/\\\\", "//\\\\", "\\", "/\\/\\", "/\\\\/",
    # between them what browsers drop, and what they do not
    "/\t/", "/\n/", "/\r/", "/\r\n/", "\t//", "\n//", "//\t", "/\t\\", "/\n\\",
    "/\t/\t/", "/\x00/", "\x00//", "/\x01/", "/\x0b/", "/\x0c/", "/\x1f/",
    "\x1f//", "/\x7f/", " //", "/ /", "// ", "/\x85/", "/\xa0/", "\xa0//",
    "/\u2028/", "/\ufeff/", "\ufeff//", "/\u200b/", "/\u00ad/",
    # the same, encoded (once too often, or not at all for the form)
    "/%09/", "/%0a/", "/%0d%0a/", "/%00/", "/%20/", "%09//", "/%5c", "/%5C",
    "%5c%5c", "%5c/", "//%5c", "///%5c", "/%2f", "/%2F", "%2f%2f", "//%2f",
    "///%2f%2f", "/%252f", "/%255c", "/%25%32%66", "/%u2215", "/%c0%af",
    "/%ef%bc%8f", "/%0d%0aLocation:%20//", "/\r\nLocation: //",
    # letters that look like slashes
    "/\uff0f", "\uff0f\uff0f", "/\u2215", "/\u2044", "/\u29f8", "\uff3c/",
    "/\uff3c", "/\u30fc", "/\uff70", "\u309d", "\u30fc",
    # dot segments in front
    ".//", "..//", "/.//", "/..//", "/././/", "/../..//", "/x/..//",
    "/x/../..//", "/x/y/../..//", "/.\\/", "/./\\", "/..\\/", "/.\t//",
    "/.\n./\t/", "/%2e//", "/%2E%2E//", "/.%2e//", "/x/%2e%2e//", "/%2e%2e%2f/",
    "/..%2f/", "/.%2f/", "/%2e\\/", "/;//", "/x;/..//", "/?//", "/#//", "?//",
    "#//", "./", "../", "~//", "/~//", ";//", "&//", "=//", "/=//", "/,//",
    # schemes, with and without slashes
    "http://", "https://", "HTTPS://", "hTTp://", "http:/", "https:/", "http:",
    "https:", "http:\\\\", "https:\\", "http:///", "https:////", "http:/\\",
    "https:\\/\\/", "https:/\t/", "h\tttps://", "ht\ntp://", "\thttps://",
    " https://", "\x00https://", "\x1bhttps://", "https :// ", "https\t://",
    "https:%2f%2f", "https%3a//", "https%3a%2f%2f", "http%00://", "//https://",
    "//http:", "/https://", "/http:/", "/https:", "///https://", "/\\https://",
    "//https:///", "/%5chttps://", "\\https://", "https://https://",
    "ftp://", "ws://", "wss:", "file://", "file:///", "blob:https://", "x://",
    "x:", "0://", "://", ":///", ":", "filesystem:https://", "view-source:",
    "feed:https://", "intent://", "\uff48\uff54\uff54\uff50\uff53://",
    "http\uff1a//", "mailto:", "tel:", "about:", "chrome://", "steam://",
    # the base, and then something
    "@", "/@", "%40", ".", "-", "http://127.0.0.1@", "//127.0.0.1@", "//@",
    "//:@", "//x:y@", "https://:@", "//;@", "//127.0.0.1:80@", "//127.0.0.1\\@",
    "//127.0.0.1%00", "//127.0.0.1.", "//127.0.0.1#@", "//127.0.0.1?@",
    "https://127.0.0.1/@", "http://127.0.0.1/\\", "/127.0.0.1//", "//%00@",
]

HOST = "evil.example"

# Other ways to write a host, after the commonest beginnings
HOSTS = [
    "evil.example:80", "evil.example.", "EVIL.example", "x@evil.example",
    "127.0.0.1@evil.example", "127.0.0.1:80@evil.example", "x:y@evil.example",
    "evil.example#@127.0.0.1", "evil.example?@127.0.0.1",
    "evil.example\\@127.0.0.1", "evil.example%2f@127.0.0.1",
    "evil.example%5c@127.0.0.1", "evil.example%23@127.0.0.1",
    "evil.example%3f.127.0.0.1", "evil.example\\.127.0.0.1",
    "evil.example&127.0.0.1", "evil.example;127.0.0.1", "evil.example%00.x",
    "evil.example\x00.x", "evil%E3%80%82example", "evil\u3002example",
    "evil\uff0eexample", "\u24d4vil.example", "evil\u00ad.example",
    "\xe9vil.example", "xn--vil-9oa.example", "3627734734", "0xd83ad6ce",
    "0xd8.0x3a.0xd6.0xce", "0330.072.0326.0316", "00330.00072.0000326.00000316",
    "216.3856078", "0xd8.3856078", "472.314.470.462", "216.58.54990",
    "[::ffff:216.58.214.206]", "[::216.58.214.206]", "[::1]:80@evil.example",
    "[evil.example]", "localhost", "127.1", "0",
    "evil.example%0d%0aSet-Cookie:a=b",
    "evil.example\r\nSet-Cookie: a=b", "evil.example\nX: y",
    "google.com%2f%2e%2e",
    "XY>.7d8T\\205pZM@evil.example", "127.0.0.1+@evil.example",
    "evil.example/..",
]

SHORT_LEADS = ["//", "/\\", "https://", "http:", "/https://", "/%09/", "@"]

# After it: what makes a filter that resolves dots forget the beginning
TAILS = ["/%2f..", "/%2e%2e", "/..", "//", "/%2e%2e%2f", "/%2f%2e%2e", "/../..",
         "/?next=/", "/#/", "/login", "?/dashboard", "#/dashboard", "/;/..",
         "\\..", "%5c..", "/%252e%252e", "/.", "/x/../../..//evil.example"]

TAIL_LEADS = ["//", "///", "////", "/\\", "https://", "https:///",
"//https:///",
              "/x/..//", "/.//"]

# Scripts, and what is not written with a host at all
OTHERS = [
    "javascript:alert(1)", "JavaScript:alert(1)", "java\tscript:alert(1)",
    "java\nscript:alert(1)", "java\r\nscript:alert(1)", "\tjavascript:alert(1)",
    " javascript:alert(1)", "\x01javascript:alert(1)",
    "\x00javascript:alert(1)",
    "javascript://%0aalert(1)", "javascript://evil.example/%0aalert(1)",
    "javascript:%61lert(1)", "javascript:alert(1)//https://127.0.0.1/",
    "//javascript:alert(1)", "/javascript:alert(1)", "/\\javascript:alert(1)",
    "/%5cjavascript:alert(1)", "\\j\\av\\a\\s\\cr\\i\\pt\\:\\a\\l\\ert\\(1\\)",
    "java%0d%0ascript%0d%0a:alert(0)", "java%09script:alert(1)",
    "javascript&colon;alert(1)", "javascript\\x3aalert(1)",
    "javascript\u003aalert(1)",
    "data:text/html,<script>alert(1)</script>", "DATA:text/html;base64,PHA+",
    "data:,x", "vbscript:msgbox(1)", "livescript:x",
    "jar:https://evil.example!/",
    "<>javascript:alert(1)", "\"><script>alert(1)</script>", "/\"><script>",
    "'-alert(1)-'", "</title>", "/<svg/onload=alert(1)>", "{{7*7}}", "${7*7}",
    "", " ", "/", "\t", "\x00", "/ ", "/\x00", "/\r\nSet-Cookie: a=b",
    "/%0d%0aSet-Cookie:%20a=b", "/\u560d\u560aSet-Cookie: a=b",
    "/%E5%98%8A%E5%98%8DSet-Cookie: a=b", "/\x85Set-Cookie: a=b", "/x\ry",
    "/" + "a" * 4095, "/" + "a" * 4096, "/" + "a" * 6000, "/" + "/.." * 600,
    "/" + "x/../" * 400 + "/evil.example", "/%", "/%z", "/%2", "/\xff",
    "/\u00e9",
    "\udcff", "/\udcff\udcfe", "/a?b=//evil.example", "/a#//evil.example",
    "/a?next=https://evil.example", "/a;//evil.example", "/a//evil.example",
    "/dashboard", "/dashboard?x=1#y", "/private/a%20b", "/private/a b",
]

# Pages of ours that would lead back, or out of the session
PAGES = ["login", "logout", "register"]
LOOPS = [
    "/{}", "/{}/", "/{}/.", "/{}/..", "/{}?", "/{}?a=b", "/{}#", "/{}#x",
    "/{}?next=/{}", "/./{}", "/../{}", "/.//{}", "/x/../{}", "/x//../{}",
    "/x/..//{}", "/%2e/{}", "/%2e%2e/{}", "/x/%2e%2e/{}", "/x/..%2f{}",
    "/x%2f..%2f{}", "/%2f{}", "/x/..%2f%2f{}", "/{}%20", "/{} ", "/{}  ",
    "/{}%00",
    "/{}%0a", "/{}%3f", "/{}%23", "/{};x", "/{}.", "/{}%2f", "/{}%2f.",
    "/{}/x/..",
    "/{}/x/%2e%2e", "/{}/%2e", "/{}\t", "/\t{}", "/%09{}", "/{}\\", "/\\{}",
    "/x/.\t./{}", "/x/..\\{}", "/{}?%00", "/{}?#", "/{}#?", "/{}&x",
    "/{}?x#y?z",
    "/private/../{}", "/private%2f../{}", "/..%2f{}", "/%2e%2e%2f{}",
    "/x/..//./{}",
    "{}", "./{}", "?next=/{}", "/{}\u00a0", "/{}%a0", "/{}\xad",
]


def spellings(word):
    yield word
    yield word.upper()
    yield "".join(f"%{ord(c):02x}" for c in word)
    yield f"%{ord(word[0]):02X}" + word[1:]
    yield word[:-1] + f"%{ord(word[-1]):02x}"
    yield "%25" + f"{ord(word[0]):02x}" + word[1:]


def make():
    targets = [lead + HOST for lead in LEADS]
    targets += [lead + host for lead in SHORT_LEADS for host in HOSTS]
    targets += [lead + HOST + tail for lead in TAIL_LEADS for tail in TAILS]
    targets += OTHERS
    for page in PAGES:
        targets += [form.replace("{}", page) for form in LOOPS]
        targets += [form.replace("{}", word) for word in spellings(page)
                    for form in LOOPS[:6]]
    return list(dict.fromkeys(targets))


TARGETS = make()
