"""Requests that must never get through, byte for byte.

REQUESTS is a dict {name: bytes}. These words stand for what is known only when
the servers run:

  @SESSION@  a line `Cookie: ngx_auth=…` with a live session, or nothing
  @TOKEN@    another live session's token, for use where it must not count
  @REVOKED@  the token of a session that was logged out
  @FOREIGN@  a live token of another realm
  @TLS@      a live token of this realm that was given to a TLS connection

Everything is about /private/x. `mallory` is the name an attacker would like to
have.
"""

from . import http2_frames as h2

REQUESTS = {}

SESSION = b"@SESSION@"
HOST = b"Host: site.example\r\n"


def add(name, data):
    assert name not in REQUESTS, name
    REQUESTS[name] = data


def request(*lines, target=b"/private/x", method=b"GET", version=b"HTTP/1.1",
            host=HOST, body=b""):
    """A request that is well formed but for what a test puts into it."""
    return (method + b" " + target + b" " + version + b"\r\n" + host + SESSION
            + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + body)


def add_table(group, table, build):
    for number, entry in enumerate(table, 1):
        text = entry if isinstance(entry, bytes) else b" | ".join(entry)
        label = text[:40].decode("latin-1").encode("unicode_escape").decode()
        add(f"{group} {number}: {label}", build(entry))


# 1. Paths: every spelling of the protected one, and of one beside it

PATHS = [
    # the plain one, its neighbours and its parents
    b"/private/x", b"/private/", b"/private", b"/private/x/", b"/private/./",
    b"/private/open/x", b"/private/open/../x", b"/private/open/..", b"/",
    b"/private/deep/x", b"/private/deep/er/x", b"/private/deep/../x",
    b"/private/x.png", b"/private/open/x.png", b"/private/open.png/../x",
    # slashes
    b"//private/x", b"///private///x", b"/private//x", b"/private/x//",
    b"//private//x", b"/.//private/x", b"//./private/x", b"/x//../private/x",
    b"//../private/x", b"/private//../private/x", b"//site.example/private/x",
    # dots
    b"/./private/x", b"/../private/x", b"/../../../private/x",
    b"/public/../private/x", b"/public/./../private/x", b"/private/./x",
    b"/private/../private/x", b"/private/x/.", b"/private/x/..",
    b"/private/x/../x", b"/a/b/../../private/x", b"/public/...//../private/x",
    b"/...//private/x", b"/private/...", b"/public/..;/private/x",
    b"/..;/private/x", b"/private;/x", b"/private/x;a=b", b"/;/private/x",
    b"/private/;/x", b"/./.././private/./x", b"/private/open/./../x",
    # percent-encoded letters, dots and slashes
    b"/%70rivate/x", b"/%50rivate/x", b"/privat%65/%78", b"/private%2fx",
    b"/private%2Fx", b"/%2fprivate/x", b"/%2Fprivate%2Fx", b"/%2e/private/x",
    b"/public/%2e%2e/private/x", b"/public/..%2fprivate/x",
    b"/public%2f..%2fprivate%2fx", b"/public/%2e%2e%2fprivate/x",
    b"/public%2F%2E%2E/private/x", b"/private/open/%2e%2e/x",
    b"/private/open%2f..%2fx", b"/private/open/..%2fx", b"/%2e%2e/private/x",
    b"/private/%2e/x", b"/private/%2E%2E/private/x", b"/.%2e/private/x",
    b"/%2e./private/x", b"/private/x%2f..", b"/private/x%2f..%2fx",
    b"/%2f%2fprivate/x", b"/private/%2e%2e%2fpublic/../private/x",
    # encoded twice, and encodings that are none
    b"/%2570rivate/x", b"/private%252fx", b"/public/%252e%252e/private/x",
    b"/public/..%252fprivate/x", b"/%c0%afprivate/x", b"/%c0%ae/private/x",
    b"/public/%c0%ae%c0%ae/private/x", b"/public/..%c0%afprivate/x",
    b"/%u0070rivate/x", b"/private%u2215x", b"/private%ef%bc%8fx",
    b"/public/%ef%bc%8e%ef%bc%8e/private/x", b"/%zz/../private/x",
    b"/private/x%", b"/private/x%2", b"/private/x%zz", b"/%", b"/%%70rivate/x",
    b"/private/%x/..", b"/private/\xc0\xafx", b"/\xef\xbc\x8fprivate/x",
    # backslashes
    b"/\\private\\x", b"\\private\\x", b"/private\\x",
    b"/public\\..\\private/x",
    b"/public/..\\private/x", b"/%5cprivate%5cx", b"/private%5cx",
    b"/public/..%5cprivate/x", b"/public/%5c../private/x",
    # NUL and other controls, blanks
    b"/private/x%00", b"/private%00/x", b"/private/x%00.png", b"/%00/private/x",
    b"/public/%00/../private/x", b"/private/x\x00", b"/\x00private/x",
    b"/private/x%0a", b"/private/x%0d%0aRemote-User:%20mallory",
    b"/%0aprivate/x",
    b"/private/x%20", b"/%20/private/x", b"/private/x%09", b"/%09private/x",
    b"/private/x\x01", b"/private/\x7fx", b"/private/x\x1f", b"/private\x0b/x",
    b"/private/x%7f", b"/private%20/x", b"/private /x", b"/private/x y",
    b"/private/x\t", b"\t/private/x", b"/private/x%85", b"/private/x%c2%a0",
    # case
    b"/PRIVATE/x", b"/Private/X", b"/%50RIVATE/X", b"/private/X",
    b"/pr\xc4\xb1vate/x", b"/PR\xc4\xb0VATE/x",
    # query and fragment
    b"/private/x?", b"/private/x?/login", b"/private/x?a=/../../login",
    b"/private/x?next=/login", b"/private/x?.png", b"/private/x#",
    b"/private/x#/login", b"/private/x#/../../login", b"/private/x%23/login",
    b"/private/x%3f/login", b"/private/x%3F.png", b"?/private/x",
    b"/private?/x", b"/private/x?\x00", b"/private/x?%00", b"/private/x#\x00",
    b"/private/x?#?#", b"/private/x?a=b?c=d&&&=;", b"/#/../private/x",
    b"/?/../private/x", b"/login?/../private/x", b"/login#/../private/x",
    b"/public?/../private/x", b"/%3f/../private/x", b"/private/x&/login",
    # pages of ours as a disguise
    b"/login/private/x", b"/login/../private/x", b"/login/..%2fprivate/x",
    b"/login%2f..%2fprivate/x", b"/private/login", b"/private/x/login",
    b"/private/x/../../login/../private/x", b"/login;/../private/x",
    b"/login%00/../private/x", b"/logout/../private/x", b"/private/../login",
    b"/login/", b"//login", b"/%6cogin", b"/login%20", b"/LOGIN", b"/login.",
    b"/.well-known/../private/x", b"/static/../private/x",
    b"/favicon.ico/../private/x", b"/ping/../private/x",
    b"/oauth2/../private/x",
    b"/robots.txt/..%2fprivate/x", b"/api/health/..;/../private/x",
    # absolute form, authority form, asterisk, and nonsense
    b"http://site.example/private/x", b"HTTP://site.example/private/x",
    b"http://127.0.0.1/private/x", b"http://evil.example/private/x",
    b"http://site.example//private/x", b"http://site.example/../private/x",
    b"http://site.example:80/private/x", b"http://site.example:99999/private/x",
    b"http://user:pass@site.example/private/x", b"http:///private/x",
    b"http:/private/x", b"http:private/x", b"https://site.example/private/x",
    b"ftp://site.example/private/x", b"ws://site.example/private/x",
    b"file:///private/x", b"javascript:/private/x", b"h2c://a/private/x",
    b"http://[::1]/private/x", b"http://[::1/private/x", b"http://[]/private/x",
    b"http://site.example?/private/x", b"http://site.example#/private/x",
    b"http://site.example", b"http://site.example/private%2fx",
    b"http://site.example\\/private/x", b"http://\x00/private/x",
    b"http://site.example/login/../private/x", b"http://%00/private/x",
    b"site.example:80", b"*", b"*/private/x", b"private/x", b"./private/x",
    b"..", b"@/private/x", b":/private/x", b"[/private/x]", b"/private/x]",
    b"/private/x\"", b"/private/<x>", b"/private/x|", b"/~/private/x",
    b"/private/*", b"/private/?", b"/private/[x]", b"/private/{x}",
    b"/private/x::$DATA", b"/private/x/.png", b"/private/x/%2e%2e/x.png",
    b"/private./x", b"/private%2e/x", b"/private/x.", b"/priv%61te/open%2f../x",
    b"/private/open%00/x", b"/private/open%23/../x", b"/private/open?/../x",
    b"/private/open;/../x", b"/private/open%5c../x", b"/private/open%20/../x",
]
add_table("path", PATHS, lambda path: request(target=path))


# 2. Cookies that are no session

A43 = b"A" * 43
OWN = b"ngx_auth="

COOKIES = [
    # nothing, something else, almost
    b"", b";", b"; ;;", b"=", b"==", b"ngx_auth", OWN, OWN + b"x",
    OWN + A43, OWN + b"A" * 42, OWN + b"A" * 44, OWN + b"A" * 4000,
    OWN + b"-" * 43, OWN + b"_" * 43, OWN + b"\x00" * 43, OWN + b"\xff" * 43,
    OWN + b"%41" * 43, OWN + b"'" * 43, OWN + b"' OR '1'='1", OWN + b"null",
    OWN + b"undefined", OWN + b"{\"$ne\":null}", OWN + b"../../etc/passwd",
    OWN + b"mallory", OWN + b"alice", OWN + b"1", OWN + b"true", OWN + b"*",
    # tokens that were good somewhere, sometime
    OWN + b"@REVOKED@", OWN + b"@FOREIGN@", OWN + b"@TLS@",
    b"__Host-ngx_auth=@TLS@", b"__Secure-ngx_auth=@TLS@",
    b"guest_session=@TOKEN@", b"brief_session=@TOKEN@",
    b"__Host-guest_session=@FOREIGN@",
    # a good token, spoilt
    OWN + b"@TOKEN@x", OWN + b"x@TOKEN@", OWN + b"@TOKEN@=", OWN + b"=@TOKEN@",
    OWN + b"@TOKEN@@TOKEN@", OWN + b"@TOKEN@%00", OWN + b"@TOKEN@\x00",
    OWN + b"@TOKEN@\x01", OWN + b"@TOKEN@\x0b", OWN + b"@TOKEN@\xa0",
    OWN + b"@TOKEN@\xc2\xa0", OWN + b"@TOKEN@.", OWN + b"@TOKEN@,",
    OWN + b"@TOKEN@,a=b", OWN + b"@TOKEN@, ngx_auth=@TOKEN@",
    OWN + b"@TOKEN@ @TOKEN@", OWN + b"\"@TOKEN@\"", OWN + b"\"@TOKEN@",
    OWN + b"@TOKEN@\"", OWN + b"'@TOKEN@'", OWN + b"(@TOKEN@)",
    OWN + b"%20@TOKEN@", OWN + b"@TOKEN@%3b", OWN + b"@TOKEN@\\",
    OWN + b"@TOKEN@#", OWN + b"@TOKEN@?", OWN + b"@TOKEN@/", OWN + b"@TOKEN@:",
    OWN + b"Bearer @TOKEN@", OWN + b"@REVOKED@; ngx_auth=@REVOKED@",
    OWN + b"@REVOKED@;ngx_auth=@FOREIGN@", OWN + b"@REVOKED@; ngx_auth=",
    OWN + b"; ngx_auth=@TLS@", OWN + b"x; ngx_auth=@REVOKED@",
    OWN + b"@REVOKED@; ngx_auth=x", OWN + b"@TLS@;;;ngx_auth=x",
    OWN + b"@FOREIGN@; a=b; ngx_auth=@REVOKED@",
    # a good one behind more than are tried
    b"; ".join([OWN + A43] * 4 + [OWN + b"@TOKEN@"]),
    # a good token under a name that is not the cookie's
    b"=@TOKEN@", b"@TOKEN@", b"=ngx_auth=@TOKEN@",
    b"= ngx_auth=@TOKEN@",
    b"==ngx_auth=@TOKEN@", b"ngx_auth==@TOKEN@",
    b"ngx_auth =@TOKEN@", b"ngx_auth\t=@TOKEN@",
    b"ngx_auth:@TOKEN@",
    b"ngx_auth@TOKEN@", b"ngx_auth;@TOKEN@", b"ngx_auth,@TOKEN@",
    b"NGX_AUTH=@TOKEN@", b"Ngx_Auth=@TOKEN@", b"ngx-auth=@TOKEN@",
    b"ngx.auth=@TOKEN@", b"ngx%5fauth=@TOKEN@", b"ngx_aut=@TOKEN@",
    b"ngx_auth2=@TOKEN@", b"xngx_auth=@TOKEN@",
    b"ngx_auth[]=@TOKEN@",
    b"__Host-ngx_auth=@TOKEN@", b"__Secure-ngx_auth=@TOKEN@",
    b"__host-ngx_auth=@TOKEN@", b"$ngx_auth=@TOKEN@",
    b"__Http-ngx_auth=@TOKEN@", b"__Host-Http-ngx_auth=@TOKEN@",
    b"\x00ngx_auth=@TOKEN@", b"\x0bngx_auth=@TOKEN@",
    b"\xa0ngx_auth=@TOKEN@", b"ngx_auth\xa0=@TOKEN@",
    b"\xef\xbb\xbfngx_auth=@TOKEN@", b"n\xef\xbd\x87x_auth=@TOKEN@",
    b"\"ngx_auth\"=@TOKEN@", b"\"ngx_auth=@TOKEN@\"",
    b"ngx_auth_device=@TOKEN@", b"ngx_auth_flash=@TOKEN@", b"session=@TOKEN@",
    b"a=b, ngx_auth=@TOKEN@", b"a=b,ngx_auth=@TOKEN@",
    b"a=\"b, ngx_auth=@TOKEN@\"", b"a=b&ngx_auth=@TOKEN@",
    b"a=b ngx_auth=@TOKEN@", b"a=b\x00; ngx_auth=@TOKEN@",
    b"a=ngx_auth=@TOKEN@", b"$Version=1, ngx_auth=@TOKEN@",
    b"$Path=/,ngx_auth=@TOKEN@", b"a=b:ngx_auth=@TOKEN@",
    # more of them than anybody has
    b"; ".join(OWN + A43 for _ in range(150)), b";" * 7000, b"=" * 7000,
    b"a=b; " * 1400, OWN + b"A" * 7900, OWN + b"A" * 9000,
    b"; ".join(b"c%d=%d" % (n, n) for n in range(600)),
]
add_table("cookie", COOKIES, lambda cookie: request(b"Cookie: " + cookie))

COOKIE_LINES = [
    (b"Cookie: ngx_auth=@REVOKED@", b"Cookie: ngx_auth=@FOREIGN@"),
    (b"Cookie: ngx_auth=x", b"Cookie: ngx_auth=@REVOKED@"),
    (b"Cookie: ngx_auth=@REVOKED@", b"Cookie: ngx_auth="),
    (b"Cookie: ngx_auth=@TLS@", b"cookie: a=b; ngx_auth=@REVOKED@"),
    (b"Cookie: ngx_auth", b"Cookie: =@TOKEN@"),
    (b"Cookie: ngx_auth=", b"Cookie: @TOKEN@"),
    (b"Cookie: ngx_", b"Cookie: auth=@TOKEN@"),
    (b"Cookie: a=b", b" ; ngx_auth=@TOKEN@"),
    (b"Cookie: ngx_auth=", b" @TOKEN@"),
    (b"Cookie:", b"\tngx_auth=@TOKEN@"),
    (b" Cookie: ngx_auth=@TOKEN@",),
    (b"\tCookie: ngx_auth=@TOKEN@",),
    (b"Cookie : ngx_auth=@TOKEN@",),
    (b"Cookie\t: ngx_auth=@TOKEN@",),
    (b"Cookie; ngx_auth=@TOKEN@",),
    (b"Cookie = ngx_auth=@TOKEN@",),
    (b"Cookie\x00: ngx_auth=@TOKEN@",),
    (b"\x00Cookie: ngx_auth=@TOKEN@",),
    (b"Co\x00okie: ngx_auth=@TOKEN@",),
    (b"Cookie\xa0: ngx_auth=@TOKEN@",),
    (b"\xef\xbb\xbfCookie: ngx_auth=@TOKEN@",),
    (b"Cookie2: ngx_auth=@TOKEN@",),
    (b"Cookies: ngx_auth=@TOKEN@",),
    (b"_Cookie: ngx_auth=@TOKEN@",),
    (b"Cookie_: ngx_auth=@TOKEN@",),
    (b"Cookie-: ngx_auth=@TOKEN@",),
    (b"Set-Cookie: ngx_auth=@TOKEN@; Path=/",),
    (b"X-Cookie: ngx_auth=@TOKEN@",),
    (b"Authorization: Bearer @TOKEN@",),
    (b"Authorization: Basic YWxpY2U6QFRPS0VOQA==",),
    (b"Authorization: Cookie ngx_auth=@TOKEN@",),
    (b"Proxy-Authorization: Bearer @TOKEN@",),
    (b"X-Auth-Token: @TOKEN@", b"X-Session-Id: @TOKEN@"),
    (b"ngx_auth: @TOKEN@", b"Ngx-Auth: @TOKEN@"),
    (b"X: y\rCookie: ngx_auth=@TOKEN@",),
    (b"X: y\x00\r", b"Cookie: ngx_auth=@REVOKED@; ngx_auth=x"),
]
add_table("cookie line", COOKIE_LINES, lambda lines: request(*lines))

for where, data in {
    "query": request(target=b"/private/x?ngx_auth=@TOKEN@"),
    "path": request(target=b"/private/x;ngx_auth=@TOKEN@"),
    "path segment": request(target=b"/private/(ngx_auth=@TOKEN@)/x"),
    "fragment": request(target=b"/private/x#ngx_auth=@TOKEN@"),
    "user information": request(
        target=b"http://ngx_auth:@TOKEN@@site.example/private/x"),
    "body": request(b"Content-Type: application/x-www-form-urlencoded",
                    b"Content-Length: 56", method=b"POST",
                    body=b"ngx_auth=@TOKEN@"),
    "trailer": request(b"Transfer-Encoding: chunked", b"Trailer: Cookie",
                       method=b"POST",
                       body=b"1\r\nx\r\n0\r\nCookie: ngx_auth=@TOKEN@"
                            b"\r\n\r\n"),
    "trailer, not announced": request(
        b"Transfer-Encoding: chunked", method=b"POST",
        body=b"0\r\nCookie: ngx_auth=@TOKEN@\r\nRemote-User: mallory"
             b"\r\n\r\n"),
    "host": request(host=b"Host: ngx_auth=@TOKEN@\r\n"),
    "after the end": request(body=b"Cookie: ngx_auth=@TOKEN@\r\n\r\n"),
}.items():
    add(f"token in the {where}", data)


# 3. Identity that the client brings along

IDENTITY = [
    b"Remote-User: mallory", b"remote-user: mallory", b"REMOTE-USER: mallory",
    b"rEmOtE-uSeR: mallory", b"Remote_User: mallory", b"REMOTE_USER: mallory",
    b"remote_user: mallory", b"Remote.User: mallory", b"Remote!User: mallory",
    b"Remote~User: mallory", b"Remote|User: mallory", b"Remote#User: mallory",
    b"Remote$User: mallory", b"Remote%User: mallory", b"Remote&User: mallory",
    b"Remote'User: mallory", b"Remote*User: mallory", b"Remote+User: mallory",
    b"Remote^User: mallory", b"Remote`User: mallory", b"Remote/User: mallory",
    b"Remote@User: mallory", b"Remote\\User: mallory", b"Remote\"User: mallory",
    b"Remote(User: mallory", b"Remote;User: mallory", b"Remote,User: mallory",
    b"Remote=User: mallory", b"Remote?User: mallory", b"Remote[User: mallory",
    b"Remote{User: mallory", b"Remote User: mallory", b"Remote\tUser: mallory",
    b"Remote\x00User: mallory", b"Remote\x01User: mallory",
    b"Remote\x7fUser: mallory", b"Remote\x80User: mallory",
    b"Remote\xa0User: mallory", b"Remote\xadUser: mallory",
    b"Remote\xffUser: mallory",
    b"Remote-User:mallory", b"Remote-User:\tmallory", b"Remote-User: mallory ",
    b"Remote-User:", b"Remote-User: ", b"Remote-User", b"Remote-User:\x00",
    b"Remote-User : mallory", b"Remote-User\t: mallory",
    b" Remote-User: mallory",
    b"\tRemote-User: mallory", b"Remote-User\r: mallory",
    b"Remote-User\x0b: mallory", b"Remote-User\x00: mallory",
    b"X: y\rRemote-User: mallory", b"X: y\x00\nRemote-User: mallory",
    b"X: y\nRemote-User: mallory", b"X: y\n\rRemote-User: mallory",
    b"X: y\r\rRemote-User: mallory", b"X:\r\nRemote-User: mallory",
    b"X: y\r\n Remote-User: mallory", b"Remote-User:\r\n mallory",
    b"Remote-User: mallory\nRemote-User: mallory",
    b"Remote-User: alice\r\nRemote-User: mallory",
    b"Remote-Groups: mallory", b"remote_groups: mallory",
    b"REMOTE.GROUPS: mallory", b"Remote-Groups:", b"Remote_Groups: a, mallory",
    b"X-Guest: mallory", b"x_guest: mallory", b"X.Guest: mallory",
    b"X-Guests: mallory", b"x_guests: mallory",
    b"Connection: Remote-User", b"Connection: close, Remote-User, Cookie",
    b"Connection: keep-alive, Host", b"Connection: Remote-User\r\n"
    b"Remote-User: mallory", b"Connection: X-Guest, Remote_User",
    b"Proxy-Connection: Remote-User", b"Keep-Alive: Remote-User",
    b"Transfer-Encoding: identity\r\nRemote-User: mallory",
    b"Authorization: Basic bWFsbG9yeTp4", b"Authorization: Basic YWxpY2U6eA==",
    b"Authorization: Basic Og==", b"Authorization: Basic",
    b"Authorization: basic bWFsbG9yeTp4\r\nAuthorization: Basic YTpi",
    b"Authorization: Digest username=\"mallory\"",
    b"Authorization: Negotiate bWFsbG9yeQ==",
]
add_table("identity", IDENTITY, lambda line: request(line))
add_table("identity beside the site", [
    b"Remote-User: mallory", b"Remote_User: mallory", b"REMOTE.USER: mallory",
    b"Remote-Groups: mallory", b"Remote\x80User: mallory",
    b"Connection: Remote-User", b"X-Guest: mallory",
], lambda line: request(line, target=b"/public/x"))

add("identity in the 40th and 41st header", request(
    *[b"X-%d: y" % n for n in range(39)], b"Remote-User: mallory",
    b"Remote_User: mallory", *[b"Y-%d: y" % n for n in range(40)]))
add("identity in every second header", request(
    *[line for n in range(60) for line in (b"X-%d: y" % n,
                                           b"Remote-User: mallory")]))
add("identity in nothing but headers", request(*[b"Remote-User: mallory"] * 90))
add("identity before Host", b"GET /private/x HTTP/1.1\r\nRemote-User: mallory"
    b"\r\n" + HOST + SESSION + b"\r\n")
add("identity as first and last line", b"GET /private/x HTTP/1.1\r\n"
    b"Remote-User: mallory\r\n" + HOST + SESSION + b"Remote_User: mallory"
    b"\r\n\r\n")


# 4. Methods

METHODS = [
    b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"PATCH", b"TRACE",
    b"TRACK", b"CONNECT", b"MKCOL", b"COPY", b"MOVE", b"PROPFIND", b"PROPPATCH",
    b"LOCK", b"UNLOCK", b"SEARCH", b"QUERY", b"PURGE", b"BAN", b"DEBUG",
    b"LINK",
    b"UNLINK", b"REPORT", b"MERGE", b"BREW", b"M-SEARCH", b"SUBSCRIBE",
    b"VERSION-CONTROL", b"PRI", b"SOURCE", b"get", b"Get", b"gET", b"post",
    b"head", b"options", b"GETX", b"GE", b"G", b"GET_", b"_GET", b"G-ET",
    b"GET,POST", b"GET/", b"\x00GET", b"GET\x00", b"G\x00ET", b"GET\t",
    b"\tGET",
    b" GET", b"GET ", b"\xffGET", b"GET\xa0", b"A" * 300, b"A" * 9000, b"",
    b"0",
    b"HTTP/1.1", b"/private/x", b"*", b"GET /private/x GET",
]
add_table("method", METHODS, lambda method: request(method=method))
add("method CONNECT to a host", request(method=b"CONNECT", target=b"a:443"))
add("method CONNECT to ourselves", request(method=b"CONNECT",
                                           target=b"127.0.0.1:80"))
add("method OPTIONS of everything", request(method=b"OPTIONS", target=b"*"))
add("method OPTIONS as preflight", request(
    b"Origin: https://evil.example", b"Access-Control-Request-Method: PUT",
    b"Access-Control-Request-Headers: remote-user, cookie",
    b"Remote-User: mallory", method=b"OPTIONS"))
add("method TRACE with cookies", request(
    b"Cookie: ngx_auth=@REVOKED@", b"Max-Forwards: 0", method=b"TRACE"))
add_table("method override", [
    b"X-HTTP-Method-Override: OPTIONS", b"X-HTTP-Method: HEAD",
    b"X-Method-Override: GET", b"X-Forwarded-Method: OPTIONS",
    b"X-Original-Method: OPTIONS"],
    lambda line: request(line, b"Content-Length: 0", method=b"POST"))


# 5. Versions and request lines

VERSIONS = [
    b"HTTP/1.0", b"HTTP/1.1", b"HTTP/1.2", b"HTTP/1.9", b"HTTP/1.10",
    b"HTTP/1.01", b"HTTP/1.", b"HTTP/1", b"HTTP/0.9", b"HTTP/2.0", b"HTTP/2",
    b"HTTP/3", b"HTTP/9.9", b"HTTP/10.1", b"HTTP/999999999999.1", b"HTTP/-1.1",
    b"HTTP/1.1.1", b"HTTP/1,1", b"HTTP/", b"HTTP", b"http/1.1", b"hTTP/1.1",
    b"HTTPS/1.1", b"XHTTP/1.1", b"HTTP/1.1 ", b"HTTP/1.1x", b"HTTP/1.1\x00",
    b"HTTP/1.1\t", b" HTTP/1.1", b"HTTP/1.1 HTTP/1.1", b"FTP/1.1", b"ICE/1.0",
]
add_table("version", VERSIONS, lambda v: request(version=v))

for name, line in {
    "0.9": b"GET /private/x\r\n",
    "0.9 with LF": b"GET /private/x\n",
    "0.9 with a cookie": b"GET /private/x\r\nCookie: ngx_auth=@TOKEN@"
                         b"\r\n\r\n",
    "0.9 with a blank": b"GET /private/x \r\n",
    "0.9 POST": b"POST /private/x\r\n",
    "0.9, and then one": b"GET /private/x\r\n" + request(),
    "no target": b"GET  HTTP/1.1\r\n" + HOST + SESSION + b"\r\n",
    "no target, no blank": b"GET HTTP/1.1\r\n" + HOST + SESSION + b"\r\n",
    "many blanks": b"GET    /private/x    HTTP/1.1\r\n" + HOST + SESSION
                   + b"\r\n",
    "tabs": b"GET\t/private/x\tHTTP/1.1\r\n" + HOST + SESSION + b"\r\n",
    "empty lines first": b"\r\n\r\n\r\n" + request(),
    "empty LF lines first": b"\n\n\n" + request(),
    "CR first": b"\r" + request(),
    "NUL first": b"\x00" + request(),
    "blank first": b" " + request(),
    "byte order mark first": b"\xef\xbb\xbf" + request(),
    "CR in the middle": b"GET /private/x\rHTTP/1.1\r\n" + HOST + SESSION
                        + b"\r\n",
    "LF after the target": b"GET /private/x\nHTTP/1.1\r\n" + HOST + SESSION
                           + b"\r\n",
    "CR CR LF": b"GET /private/x HTTP/1.1\r\r\n" + HOST + SESSION + b"\r\n",
    "injected": b"GET /private/x HTTP/1.1 HTTP/1.1\r\n" + HOST + SESSION
                + b"\r\n",
    "another request in it": b"GET /public/x HTTP/1.1\rHost: a\r\r"
                             b"GET /private/x HTTP/1.1\r\n" + HOST + SESSION
                             + b"\r\n",
    "all bare LF": b"GET /private/x HTTP/1.1\nHost: site.example\n\n",
    "all bare CR": b"GET /private/x HTTP/1.1\rHost: site.example\r\r",
    "end of headers by LF LF": b"GET /private/x HTTP/1.1\r\n"
                               b"Host: site.example\n\n",
    "never ends": b"GET /private/x HTTP/1.1\r\n" + HOST + SESSION,
    "ends in a name": b"GET /private/x HTTP/1.1\r\n" + HOST + SESSION + b"Coo",
    "ends in the line": b"GET /private/x HTT",
    "nothing": b"",
    "one byte": b"G",
    "TLS hello": b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00",
    "PROXY line": b"PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n" + request(),
    "PROXY 2 header": b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c" + bytes(12)
                      + request(),
    "SSH": b"SSH-2.0-x\r\n",
    "answer": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" + request(),
    "memcached": b"get x\r\nset x 0 0 1\r\n1\r\n",
}.items():
    add(f"line: {name}", line)


# 6. Hosts

HOSTS = [
    b"", b"Host:\r\n", b"Host: \r\n", b"Host: evil.example\r\n",
    b"Host: localhost\r\n", b"Host: 127.0.0.1\r\n", b"Host: [::1]\r\n",
    b"Host: [::1\r\n", b"Host: ::1\r\n", b"Host: site.example:80:80\r\n",
    b"Host: site.example:\r\n", b"Host: site.example:x\r\n", b"Host: :80\r\n",
    b"Host: SITE.EXAMPLE\r\n", b"Host: site.example.\r\n", b"Host: ..\r\n",
    b"Host: site..example\r\n", b"Host: a/b\r\n", b"Host: a\\b\r\n",
    b"Host: site.example/private/x\r\n", b"Host: a@site.example\r\n",
    b"Host: a\x00b\r\n", b"Host: a%00b\r\n", b"Host: a b\r\n",
    b"Host: a,site.example\r\n", b"Host: site.example#x\r\n", b"Host: a?b\r\n",
    b"Host: \xff\r\n", b"Host: xn--\r\n", b"Host: a\tb\r\n", b"Host: '\r\n",
    b"Host: <script>\r\n", b"Host: ${jndi:ldap://a/b}\r\n", b"Host: $uri\r\n",
    b"Host: a\r\nHost: b\r\n", b"Host: site.example\r\nHost: site.example\r\n",
    b"Host : site.example\r\n", b" Host: site.example\r\n",
    b"Host: site.example\r\n evil.example\r\n", b"host:site.example\r\n",
    b"Host: " + b"a" * 260 + b"\r\n", b"Host: " + b"a." * 3900 + b"\r\n",
    b"Host: \"\r\n\tX-Guest: mallory\r\n", b"Host_: a\r\nHost: b\r\n",
]
add_table("host", HOSTS, lambda host: request(host=host))
add_table("host of a redirect", [
    b"Host: evil.example\r\n", b"Host: evil.example:99\r\n", b"",
    b"Host: a\r\nX-Forwarded-Host: evil.example\r\n",
], lambda host: request(b"Sec-Fetch-Mode: navigate", host=host))


# 7. Incidents of other products

DECISION_HEADERS = [
    # oauth2-proxy CVE-2026-40575 and -76835, CVE-2025-54576, ingress-nginx
    b"X-Forwarded-Uri: /login", b"X-Forwarded-URI: /private/open/x",
    b"X-Forwarded-Uri: /private/x?/login", b"X_Forwarded_Uri: /login",
    b"X-Original-URI: /login", b"X-Original-URL: http://site.example/login",
    b"X-Original-Url: /login", b"X-Rewrite-URL: /login", b"X-Rewrite-Url: /",
    b"X-Auth-Request-Redirect: /login", b"X-Forwarded-Path: /login",
    b"X-Forwarded-Prefix: /login", b"X-Envoy-Original-Path: /login",
    b"X-Envoy-Internal: true", b"X-Replaced-Path: /login",
    b"X-Forwarded-Proto: https", b"X-Forwarded-Scheme: https",
    b"X-Forwarded-Ssl: on", b"Front-End-Https: on", b"X-Url-Scheme: https",
    b"X-Forwarded-Host: evil.example", b"X-Forwarded-Server: evil.example",
    b"X-Host: evil.example", b"Forwarded: for=127.0.0.1;host=evil.example",
    b"X-Forwarded-For: 127.0.0.1", b"X-Real-IP: 127.0.0.1",
    b"X-Client-IP: 127.0.0.1", b"True-Client-IP: ::1", b"CF-Connecting-IP: ::1",
    b"X-Cluster-Client-Ip: 10.0.0.1", b"X-Remote-Addr: 127.0.0.1",
    b"X-Forwarded-Client-Cert: By=x;Subject=\"CN=mallory\"",
    b"X-SSL-Client-Verify: SUCCESS", b"X-Forwarded-Tls-Client-Cert: x",
    # what other proxies' applications believe
    b"X-Forwarded-User: mallory", b"X-Auth-Request-User: mallory",
    b"X-Remote-User: mallory", b"X-Authenticated-User: mallory",
    b"X-WEBAUTH-USER: mallory", b"X-Webauth-User: mallory",
    b"OIDC_CLAIM_sub: mallory", b"X-Auth-User: mallory",
    b"Remote-Name: mallory",
    b"X-Authentik-Username: mallory", b"Cf-Access-Jwt-Assertion: x.y.z",
    # oauth2-proxy CVE-2026-34457: the health check's User-Agent
    b"User-Agent: kube-probe/1.29", b"User-Agent: GoogleHC/1.0",
    b"User-Agent: ELB-HealthChecker/2.0", b"User-Agent: Envoy/HC",
    b"User-Agent: AlwaysOn", b"User-Agent: Edge Health Probe",
    b"User-Agent: GoogleStackdriverMonitoring-UptimeChecks", b"User-Agent: ",
    b"User-Agent: () { :;}; echo mallory", b"User-Agent: PingdomBot",
    # Next.js CVE-2025-29927 and kin: marks of an internal request
    b"X-Middleware-Subrequest: middleware:middleware:middleware",
    b"X-Internal: 1", b"X-Nginx-Internal: 1", b"Internal: true",
    b"X-Accel-Redirect: /private/x", b"X-Accel-Internal: /private/x",
    b"X-Sendfile: /private/x", b"X-Accel-Expires: 99",
    b"X-Requested-With: XMLHttpRequest", b"Sec-Purpose: prefetch",
    b"Purpose: prefetch", b"Sec-Fetch-Site: same-origin",
    b"Sec-Fetch-Site: none", b"Sec-Fetch-Mode: navigate",
    b"Sec-Fetch-Mode: cors\r\nSec-Fetch-Mode: navigate",
    b"Sec-Fetch-Dest: document", b"Origin: null",
    b"Origin: http://site.example",
    b"Referer: http://site.example/login",
    b"Referer: http://site.example/private/",
    b"Accept: text/html", b"Accept: text/html;q=0", b"Accept: ,,,;;;q=,",
    b"Content-Type: application/x-www-form-urlencoded", b"Content-Type: ",
    b"Via: 1.1 nginx", b"Max-Forwards: 0", b"Date: x", b"Pragma: no-cache",
    # conditional and partial requests
    b"If-None-Match: *", b"If-Match: *", b"If-Modified-Since: x",
    b"If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT",
    b"If-Range: \"x\"\r\nRange: bytes=0-0",
    b"Range: bytes=0-", b"Range: bytes=-1", b"Range: bytes=0-0,0-0,0-0",
    b"Range: bytes=" + b"0-," * 1200 + b"0-0",
    b"Range: bytes=0-18446744073709551615",
    b"Range: bytes=18446744073709551615-",
    b"Range: bytes=-9223372036854775608,-9223372036854773000",
    b"Range: lines=0-1", b"Range: bytes=1-0", b"Range: x\r\nRange: bytes=0-0",
    b"Range: bytes=0-0\r\nCache-Control: no-store", b"Cache-Control: no-cache",
    b"Accept-Encoding: gzip, deflate, br", b"Accept-Encoding: identity;q=0",
    # other protocols on this connection
    b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n"
    b"HTTP2-Settings: AAMAAABkAAQAAP__",
    b"Upgrade: h2c\r\nConnection: Upgrade", b"Upgrade: h2c",
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13"
    b"\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    b"Upgrade: TLS/1.0\r\nConnection: Upgrade",
    b"Upgrade: HTTP/2.0, h2c\r\nConnection: keep-alive, Upgrade",
    b"Expect: 100-continue", b"Expect: 200-ok", b"Expect:",
    b"Expect: 100-continue\r\nContent-Length: 5", b"TE: trailers, deflate",
    b"Connection: close", b"Connection: keep-alive, close, upgrade, x",
    b"Connection: transfer-encoding\r\nTransfer-Encoding: chunked",
    b"Alt-Used: evil.example", b"Early-Data: 1", b"Priority: u=0, i",
]
add_table("header", DECISION_HEADERS, lambda line: request(line))

for name, data in {
    "Authelia CVE-2021-32637, malformed URI": request(
        b"X-Original-URL: http://site.example/%zz", target=b"/private/%zz/x"),
    "Envoy CVE-2019-9901, dots": request(target=b"/public/..//private/x"),
    "Envoy CVE-2021-29492, escaped slashes": request(
        target=b"/public%2F..%5C..%2Fprivate/x"),
    "Envoy CVE-2021-32779, fragment": request(target=b"/private/x#.open"),
    "Envoy CVE-2021-32777, header twice": request(
        b"Remote-User: alice", b"Remote-User: mallory", b"remote-user: alice"),
    "Envoy CVE-2019-18802, blank after the value": request(
        b"Remote-User: mallory \t ", b"Cookie: ngx_auth=@TOKEN@ \x0b"),
    "oauth2-proxy GHSA-7rh7-c77v-6434, query": request(
        target=b"/private/x?path=/private/open/"),
    "oauth2-proxy CVE-2025-64484, underscores": request(
        b"X_Forwarded_User: mallory", b"Remote_User: mallory",
        b"Remote_user: mallory"),
    "Aruba CVE-2026-23813, .*login": request(target=b"/private/x/login.html"),
    "Traefik CVE-2024-45410, hop by hop": request(
        b"Connection: Remote-User, X-Forwarded-For, Cookie, Host"),
    "Traefik CVE-2025-32431, dots after a prefix": request(
        target=b"/private/open/../../private/x"),
    "Traefik CVE-2025-66490, escaped characters": request(
        target=b"/private%2Fopen%5C..%3Bx%3F%23%00"),
    "Traefik CVE-2026-54763, dots in header names": request(
        b"Remote.User: mallory", b"remote.groups: mallory"),
    "Caddy CVE-2026-30851, header without a value of ours": request(
        b"Remote-Groups: mallory", target=b"/public/x"),
    "Caddy, case of the path": request(target=b"/pRivate/%78"),
    "mod_auth_openidc 2026, OPTIONS": request(
        b"Remote-User: mallory", b"Remote_Groups: mallory", method=b"OPTIONS",
        target=b"/public/x"),
    "mod_auth_openidc CVE-2023-28625, crafted cookie": request(
        b"Cookie: ;;=;ngx_auth;=;ngx_auth_device=;;ngx_auth_flash"),
    "mod_auth_openidc CVE-2025-3891, empty POST": request(
        method=b"POST", target=b"/login"),
    "mod_auth_openidc GHSA-59jp-rwph-878r, POST": request(
        b"Content-Type: application/x-www-form-urlencoded",
        b"Content-Length: 3", method=b"POST", body=b"a=b"),
    "Malcolm 1081, case of path and host": request(
        target=b"/PRIVATE/x", host=b"Host: SITE.EXAMPLE\r\n"),
    "ingress-nginx CVE-2026-24513, code header": request(
        b"X-Code: 401", b"X-Format: text/html", b"X-Original-URI: /"),
    "ingress-nginx, auth-url in a header": request(
        b"X-Auth-Request-Redirect: http://evil.example",
        b"X-Original-URL: http://a#;}location=/private/x{"),
    "Werkzeug CVE-2023-23934, nameless cookie": request(
        b"Cookie: =__Host-ngx_auth=@TOKEN@; =ngx_auth=@TOKEN@"),
    "mod_session CVE-2018-1283, Session header": request(
        b"Session: user=mallory", b"Remote-User: mallory"),
    "spnego CVE-2021-21335, malformed name": request(
        b"Authorization: Basic " + b"Q" * 4096),
    "Apache CVE-2021-41773, dots": request(
        target=b"/icons/.%2e/%2e%2e/private/x"),
    "IIS, Tomcat: path parameters": request(
        target=b"/public/..;jsessionid=1/private;x/x"),
    "Spring CVE-2023-34035: double slash": request(target=b"//private//x"),
    "nginx CVE-2013-4547, blank before NUL": request(
        target=b"/public/x \x00/../private/x"),
    "nginx CVE-2019-20372, error_page smuggling": request(
        b"Content-Length: 44", target=b"/private/none",
        body=b"GET /private/x HTTP/1.1\r\nHost: site.ex\r\n\r\n"),
    "nginx, alias off by a slash": request(target=b"/private../private/x"),
}.items():
    add(f"incident: {name}", data)


# 8. Framing: what one parser takes for a body and the next for a request

SMUGGLED = (b"GET /private/x HTTP/1.1\r\nHost: site.example\r\n"
            b"Remote-User: mallory\r\nX: ")
CHUNKED_TAIL = b"0\r\n\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded"


def both_ways(name, *lines, body):
    """To a page of ours, to the application beside it, to the protected one;
    each with a good request behind it."""
    for where, target in (("page", b"/login"), ("application", b"/public/x"),
                          ("protected", b"/private/x")):
        add(f"framing: {name}, {where}",
            request(FORM, *lines, method=b"POST", target=target, body=body)
            + request(target=b"/public/after"))


both_ways("CL.TE", b"Content-Length: %d" % len(CHUNKED_TAIL + SMUGGLED),
          b"Transfer-Encoding: chunked", body=CHUNKED_TAIL + SMUGGLED)
both_ways("TE.CL", b"Transfer-Encoding: chunked", b"Content-Length: 4",
          body=b"%x\r\n%s\r\n0\r\n\r\n" % (len(SMUGGLED), SMUGGLED))
both_ways("CL.0", b"Content-Length: %d" % len(SMUGGLED), body=SMUGGLED)
both_ways("0.CL", b"Content-Length: 0", body=SMUGGLED)
both_ways("chunked, body goes on", b"Transfer-Encoding: chunked",
          body=CHUNKED_TAIL + SMUGGLED)

CHUNKED_NAMES = [
    b"Transfer-Encoding : chunked", b"Transfer-Encoding\t: chunked",
    b" Transfer-Encoding: chunked", b"Transfer_Encoding: chunked",
    b"Transfer-Encoding:\tchunked", b"Transfer-Encoding:chunked",
    b"Transfer-Encoding: \x0bchunked", b"Transfer-Encoding: chunked\x00",
    b"Transfer-Encoding: xchunked", b"Transfer-Encoding: chunkedx",
    b"Transfer-Encoding: \"chunked\"", b"Transfer-Encoding: CHUNKED",
    b"Transfer-Encoding: Chunked ", b"Transfer-Encoding: chunked;q=1",
    b"Transfer-Encoding: chunked, identity",
    b"Transfer-Encoding: gzip, chunked",
    b"Transfer-Encoding: identity", b"Transfer-Encoding: identity, chunked",
    b"Transfer-Encoding:", b"Transfer-Encoding: ,chunked",
    b"Transfer-Encoding: chunked, chunked", b"Transfer-Encoding: cow",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: cow",
    b"Transfer-Encoding: cow\r\nTransfer-Encoding: chunked",
    b"Transfer-Encoding\r\n : chunked", b"Transfer-Encoding:\r\n chunked",
    b"X: y\nTransfer-Encoding: chunked", b"X: y\rTransfer-Encoding: chunked",
    b"Transfer-Encoding\x00: chunked", b"\x00Transfer-Encoding: chunked",
    b"transfer-encoding: chunked", b"TRANSFER-ENCODING: chunked",
    b"Transfer-Encoding\xa0: chunked", b"Transfer-Encoding: \xa0chunked",
    b"Transfer-Encoding: chunked\r\nContent-Encoding: gzip",
    b"Content-Encoding: chunked", b"TE: chunked", b"Transfer-Encodin: chunked",
]
add_table("framing: encoding", CHUNKED_NAMES, lambda line: request(
    FORM, b"Content-Length: %d" % len(CHUNKED_TAIL + SMUGGLED), line,
    method=b"POST", target=b"/public/x", body=CHUNKED_TAIL + SMUGGLED))

LENGTHS = [
    b"Content-Length: 5\r\nContent-Length: 5",
    b"Content-Length: 5\r\nContent-Length: 0",
    b"Content-Length: 0\r\nContent-Length: 5", b"Content-Length: 5, 5",
    b"Content-Length: 5,0", b"Content-Length: +5", b"Content-Length: -5",
    b"Content-Length: 05", b"Content-Length: 0x5", b"Content-Length: 5.0",
    b"Content-Length: 5e0", b"Content-Length: 5 5", b"Content-Length: ",
    b"Content-Length: 5x", b"Content-Length: \x0b5", b"Content-Length: 5\x00",
    b"Content-Length:\t5", b"Content-Length : 5", b"Content_Length: 5",
    b" Content-Length: 5", b"Content-Length: \"5\"", b"Content-Length: 5\r",
    b"Content-Length: 18446744073709551621", b"Content-Length: 4294967301",
    b"Content-Length: 9223372036854775807",
    b"Content-Length: 99999999999999999",
    b"Content-Length: \xb25", b"Content-Length: 5;a=b", b"Content-Lengt\x68: 5",
    b"Content-Length:\r\n 5", b"Content-Length\x00: 5",
    b"X: y\nContent-Length: 5",
    b"Expect: 100-continue\r\nContent-Length: 5",
]
add_table("framing: length", LENGTHS, lambda line: request(
    FORM, line, method=b"POST", target=b"/public/x", body=b"a=b&c" + SMUGGLED))

CHUNKS = [
    b"5;a=b\r\na=b&c\r\n0\r\n\r\n", b"5;\x00\r\na=b&c\r\n0\r\n\r\n",
    b"5;a=\"\r\n\"\r\na=b&c\r\n0\r\n\r\n", b"5;" + b"a" * 5000
    + b"\r\na=b&c\r\n0\r\n\r\n", b"5 \r\na=b&c\r\n0\r\n\r\n",
    b" 5\r\na=b&c\r\n0\r\n\r\n", b"+5\r\na=b&c\r\n0\r\n\r\n",
    b"0x5\r\na=b&c\r\n0\r\n\r\n", b"-1\r\na=b&c\r\n0\r\n\r\n",
    b"5\na=b&c\n0\n\n", b"5\r\na=b&c0\r\n\r\n", b"5\r\na=b&cXX0\r\n\r\n",
    b"5\ra=b&c\r0\r\r", b"5\r\na=b&c\r\n", b"5\r\na=b&c\r\n0\r\n",
    b"5\r\na=b&c\r\n00000000000000000\r\n\r\n", b"005\r\na=b&c\r\n0\r\n\r\n",
    b"ffffffffffffffff\r\na=b&c\r\n0\r\n\r\n",
    b"10000000000000005\r\na=b&c\r\n0\r\n\r\n",
    b"7fffffffffffffff\r\na=b&c\r\n0\r\n\r\n", b"g\r\na=b&c\r\n0\r\n\r\n",
    b"\r\n5\r\na=b&c\r\n0\r\n\r\n", b"0\r\nRemote-User: mallory\r\n\r\n",
    b"0\r\nTransfer-Encoding: x\r\nContent-Length: 9\r\n\r\n", b"0;\r\n\r\n",
    b"0\r\n\n", b"0\n\r\n", b"0\r\n\r", b"0\r\nX\r\n\r\n",
    b"5;\na=b&c\r\n0\r\n\r\n",
    b"1\r\na\r\n" * 400 + b"0\r\n\r\n", b"5\r\r\na=b&c\r\n0\r\n\r\n",
    b"2\r\nxx\r\n0\r\n" + b"X: y\r\n" * 2000 + b"\r\n",
]
add_table("framing: chunks", CHUNKS, lambda body: request(
    FORM, b"Transfer-Encoding: chunked", method=b"POST", target=b"/public/x",
    body=body + SMUGGLED))
add_table("framing: chunks to a page", CHUNKS, lambda body: request(
    FORM, b"Transfer-Encoding: chunked", method=b"POST", target=b"/login",
    body=body + SMUGGLED))

for name, data in {
    "GET with a body": request(b"Content-Length: %d" % len(SMUGGLED),
                               body=SMUGGLED),
    "GET of a page with a body": request(
        b"Content-Length: %d" % len(SMUGGLED), target=b"/login", body=SMUGGLED),
    "GET of a page with a chunked body": request(
        b"Transfer-Encoding: chunked", target=b"/login",
        body=CHUNKED_TAIL + SMUGGLED),
    "HEAD with a body": request(b"Content-Length: %d" % len(SMUGGLED),
                                method=b"HEAD", body=SMUGGLED),
    "1.0 chunked": request(b"Transfer-Encoding: chunked", version=b"HTTP/1.0",
                           method=b"POST", body=CHUNKED_TAIL + SMUGGLED),
    "1.0 kept open": request(b"Connection: keep-alive", version=b"HTTP/1.0",
                             target=b"/public/x") + request(),
    "CONNECT with a request in it": request(
        method=b"CONNECT", target=b"a:1", body=SMUGGLED),
    "upgrade with a request in it": request(
        b"Connection: Upgrade", b"Upgrade: websocket", target=b"/public/x",
        body=SMUGGLED),
    "h2c with a preface in it": request(
        b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c",
        b"HTTP2-Settings: AAMAAABkAAQAAP__", target=b"/public/x",
        body=h2.connection(h2.get(b"/private/x"))),
    "Expect, and the body at once": request(
        b"Expect: 100-continue", b"Content-Length: %d" % len(SMUGGLED),
        method=b"POST", target=b"/login", body=SMUGGLED),
    "Expect nonsense, and a body": request(
        b"Expect: x", b"Content-Length: %d" % len(SMUGGLED), method=b"POST",
        target=b"/public/x", body=SMUGGLED),
    "body after 401": request(b"Content-Length: %d" % len(SMUGGLED),
                              method=b"PUT", body=SMUGGLED + b"\r\n\r\n"),
    "body after 415": request(
        b"Content-Type: text/plain", b"Content-Length: %d" % len(SMUGGLED),
        method=b"POST", target=b"/login", body=SMUGGLED),
    "body after 405": request(b"Content-Length: %d" % len(SMUGGLED),
                              method=b"PUT", target=b"/login", body=SMUGGLED),
    "body after 413": request(FORM, b"Content-Length: 9000", method=b"POST",
                              target=b"/login", body=SMUGGLED * 120),
    "body after 403": request(
        FORM, b"Sec-Fetch-Site: cross-site", b"Content-Length: %d"
        % len(SMUGGLED), method=b"POST", target=b"/login", body=SMUGGLED),
    "body after 303": request(FORM, b"Content-Length: %d" % len(SMUGGLED),
                              method=b"POST", target=b"/dashboard",
                              body=SMUGGLED),
    "short body": request(FORM, b"Content-Length: 100", method=b"POST",
                          target=b"/login", body=b"username=alice"),
}.items():
    add(f"framing: {name}", data)


# 9. Pipelines: what a request leaves behind for the next one

NEXT = b"GET /private/x HTTP/1.1\r\nHost: site.example\r\n\r\n"

for name, data in {
    "twice": NEXT * 2,
    "fifty times": NEXT * 50,
    "public, then private": request(target=b"/public/x") + NEXT,
    "page, then private": request(target=b"/login") + NEXT,
    "private, then public": NEXT + request(target=b"/public/x"),
    "spoilt, then private": request(b"Host: b") + NEXT,
    "403, then private": request(target=b"/private/%zz") + NEXT,
    "POST, then private": request(FORM, b"Content-Length: 3", method=b"POST",
                                  target=b"/public/x", body=b"a=b") + NEXT,
    "wrong login, then private": request(
        FORM, b"Content-Length: 29", method=b"POST", target=b"/login",
        body=b"username=alice&password=wrong") + NEXT,
    "identity, then private": request(b"Remote-User: mallory",
                                      target=b"/public/x") + NEXT,
    "spoilt cookie, then private": request(
        b"Cookie: ngx_auth=@TOKEN@x", target=b"/public/x") + NEXT,
    "private with LF between": NEXT + b"\n\n" + NEXT,
    "private with NUL between": NEXT + b"\x00" + NEXT,
    "private, and garbage": NEXT + b"\xff\xfe\xfd" * 100,
    "every page, then private": b"".join(
        request(target=page) for page in (b"/login", b"/register",
        b"/dashboard"))
        + NEXT,
    "HEAD, then private": request(method=b"HEAD", target=b"/public/x") + NEXT,
    "1.0, then private": request(version=b"HTTP/1.0",
                                 target=b"/public/x") + NEXT,
    "OPTIONS, then private": request(method=b"OPTIONS") + NEXT,
}.items():
    add(f"pipeline: {name}", data)


# 10. Too much of everything

for name, data in {
    "path of 7 KiB": request(target=b"/private/" + b"x" * 7000),
    "path of 9 KiB": request(target=b"/private/" + b"x" * 9000),
    "path of 40 KiB": request(target=b"/private/" + b"x" * 40000),
    "path of dots": request(target=b"/a/.." * 1200 + b"/private/x"),
    "path of slashes": request(target=b"/" * 7000 + b"private/x"),
    "path of escapes": request(target=b"/" + b"%2e/" * 1700 + b"private/x"),
    "path of up and up": request(target=b"/.." * 2300 + b"/private/x"),
    "query of 7 KiB": request(target=b"/private/x?" + b"a=b&" * 1750),
    "query of 40 KiB": request(target=b"/private/x?" + b"a=b&" * 10000),
    "header of 9 KiB": request(b"X: " + b"x" * 9000),
    "header of 40 KiB": request(b"X: " + b"x" * 40000),
    "identity of 7 KiB": request(b"Remote-User: " + b"mallory" * 1000),
    "identity of 40 KiB": request(b"Remote-User: " + b"mallory" * 6000),
    "name of 7 KiB": request(b"X" * 7000 + b": y"),
    "name of 9 KiB": request(b"Remote-User" + b"-" * 9000 + b": mallory"),
    "headers, 900": request(*[b"X-%d: y" % n for n in range(900)]),
    "headers, 4000": request(*[b"X-%d: y" % n for n in range(4000)]),
    "headers without end": request(b"X: y\r\n" * 9000),
    "cookie of 40 KiB": request(b"Cookie: " + b"a=b; " * 8000),
    "cookie headers, 800": request(*[b"Cookie: ngx_auth=x"] * 800),
    "cookie headers, 3000": request(*[b"Cookie: ngx_auth=x"] * 3000),
    "host of 40 KiB": request(host=b"Host: " + b"a" * 40000 + b"\r\n"),
    "body of 100 KiB": request(b"Content-Length: 102400", method=b"POST",
                               body=b"x" * 102400),
    "body of 2 MiB, told": request(b"Content-Length: 2097152", method=b"POST",
                                   body=b"x" * 8192),
    "body of a terabyte, told": request(
        b"Content-Length: 1099511627776", method=b"POST", body=b"x" * 8192),
    "form of 100 KiB": request(FORM, b"Content-Length: 102400", method=b"POST",
                               target=b"/login", body=b"x" * 102400),
    "form, chunked": request(
        FORM, b"Transfer-Encoding: chunked", method=b"POST", target=b"/login",
        body=(b"400\r\n" + b"x" * 1024 + b"\r\n") * 20 + b"0\r\n\r\n"),
    "form fields, 4000": request(
        FORM, b"Content-Length: 8000", method=b"POST", target=b"/login",
        body=b"a&" * 4000),
    "user name of 8000": request(
        FORM, b"Content-Length: 8020", method=b"POST", target=b"/login",
        body=b"username=" + b"a" * 8000 + b"&password=x"),
    "user name with NUL": request(
        FORM, b"Content-Length: 28", method=b"POST", target=b"/login",
        body=b"username=a%00lice&password=x"),
    "empty lines, 2000": b"\r\n" * 2000 + request(),
    "next of 8000": request(target=b"/login?next=/" + b"a" * 7000),
    "random bytes": bytes(n * 167 % 256 for n in range(4096)),
}.items():
    add(f"size: {name}", data)


# 11. HTTP/2

H2 = {
    "get": h2.get(b"/private/x"),
    "dots": h2.get(b"/public/../private/x"),
    "encoded": h2.get(b"/private%2fx"),
    "double slash": h2.get(b"//private/x"),
    "no slash": h2.get(b"private/x"),
    "empty path": h2.get(b""),
    "asterisk": h2.get(b"*"),
    "absolute path": h2.get(b"http://site.example/private/x"),
    "blank in the path": h2.get(b"/private/x HTTP/1.1\r\nRemote-User: mallory"),
    "NUL in the path": h2.get(b"/private/x\x00"),
    "identity": h2.get(b"/private/x", (b"remote-user", b"mallory")),
    "identity with underscore": h2.get(b"/private/x",
                                       (b"remote_user", b"mallory")),
    "identity in capitals": h2.get(b"/private/x", (b"Remote-User", b"mallory")),
    "identity with a colon": h2.get(b"/private/x",
                                    (b"remote-user: mallory\r\nx", b"y")),
    "identity injected in a value": h2.get(
        b"/private/x", (b"x", b"y\r\nremote-user: mallory")),
    "identity injected with LF": h2.get(
        b"/private/x", (b"x", b"y\nremote-user: mallory")),
    "identity with a blank": h2.get(b"/private/x", (b"remote-user ",
    b"mallory")),
    "identity as a pseudo header": h2.get(b"/private/x",
                                          (b":remote-user", b"mallory")),
    "cookie in crumbs": h2.get(b"/private/x", (b"cookie", b"ngx_auth="),
                               (b"cookie", h2.TOKEN)),
    "cookie twice": h2.get(b"/private/x", (b"cookie", OWN + A43),
                           (b"cookie", OWN + b"B" * 43)),
    "cookie of another spelling": h2.get(
        b"/private/x", (b"cookie", b"NGX_AUTH=" + h2.TOKEN)),
    "transfer-encoding": h2.get(b"/private/x", (b"transfer-encoding",
                                                b"chunked")),
    "connection": h2.get(b"/private/x", (b"connection", b"remote-user")),
    "content-length that lies": h2.post(b"/private/x", SMUGGLED,
                                        (b"content-length", b"3")),
    "content-length 0, body": h2.post(b"/public/x", SMUGGLED,
                                      (b"content-length", b"0")),
    "body": h2.post(b"/private/x", SMUGGLED),
    "two paths": h2.get(b"/public/x", (b":path", b"/private/x")),
    "two methods": h2.get(b"/private/x", (b":method", b"OPTIONS")),
    "pseudo header late": h2.get(b"/private/x", (b"x", b"y"),
                                 (b":authority", b"a")),
    "no method": h2.headers((b":path", b"/private/x"), (b":scheme", b"http"),
                            (b":authority", b"site.example")),
    "no path": h2.headers((b":method", b"GET"), (b":scheme", b"http"),
                          (b":authority", b"site.example")),
    "no authority": h2.headers((b":method", b"GET"), (b":scheme", b"http"),
                               (b":path", b"/private/x")),
    "host and authority": h2.get(b"/private/x", (b"host", b"evil.example")),
    "scheme": h2.headers((b":method", b"GET"), (b":path", b"/private/x"),
                         (b":scheme", b"http://site.example/login?"),
                         (b":authority", b"site.example")),
    "CONNECT": h2.headers((b":method", b"CONNECT"),
                          (b":authority", b"127.0.0.1:80")),
    "extended CONNECT": h2.headers(
        (b":method", b"CONNECT"), (b":protocol", b"websocket"),
        (b":scheme", b"http"), (b":path", b"/private/x"),
        (b":authority", b"site.example")),
    "method with a blank": h2.headers(
        (b":method", b"GET /public/x HTTP/1.1\r\nX:"), (b":scheme", b"http"),
        (b":path", b"/private/x"), (b":authority", b"site.example")),
    "lower-case method": h2.headers(
        (b":method", b"get"), (b":scheme", b"http"), (b":path", b"/private/x"),
        (b":authority", b"site.example")),
    "trailers": h2.post(b"/private/x", b"x", trailers=(
        (b"remote-user", b"mallory"), (b"cookie",
        b"ngx_auth=" + h2.TOKEN))),
    "many streams": b"".join(h2.get(b"/private/x", stream=n)
                             for n in range(1, 99, 2)),
    "reset at once": b"".join(h2.get(b"/private/x", stream=n) + h2.reset(n)
                              for n in range(1, 99, 2)),
    "header without end": h2.unfinished(b"/private/x"),
    "page, reset at once": h2.get(b"/login") + h2.reset(1),
}
for name, frames in H2.items():
    add(f"http2: {name}", h2.connection(frames))
add("http2: preface alone", h2.PREFACE)
add("http2: preface and a request", h2.PREFACE + request())
