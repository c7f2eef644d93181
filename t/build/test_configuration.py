"""A mistake in the configuration fails nginx -t, and the message says where
it is and what to write instead."""

import os
import re
import signal

import pytest

from harness.shipped import ROOT

SECRET = "s3cr3t-pa55"
CONF = str(ROOT / "conf")

# (what is wrong, configuration of http, words that the message has to hold)
#
# The line that the message has to name ends in "# <-". Where a mistake is made
# by two lines together both may be marked; one of them has to be named.
# %%STORE%% is a store that works.
MISTAKES = [
    ("an unknown realm", """
        auth_realm site { store %%STORE%%; }
        server { location / {
            auth_login other;  # <-
        } }
    """, ["other", "auth_realm"]),

    ("a page of an unknown realm", """
        auth_realm site { store %%STORE%%; }
        server { location = /login {
            auth_page other login;  # <-
        } }
    """, ["other", "auth_realm"]),

    ("an unknown page", """
        auth_realm site { store %%STORE%%; }
        server { location = /x {
            auth_page site profile;  # <-
        } }
    """, ["profile", "auth_page", "dashboard"]),

    ("auth_login without any realm", """
        server { location / {
            auth_login on;  # <-
        } }
    """, ["auth_login", "auth_realm"]),

    ("a page without any realm", """
        server { location = /login {
            auth_page login;  # <-
        } }
    """, ["auth_page", "auth_realm"]),

    ("a realm left out where there are two", """
        auth_realm one { store %%STORE%%; }
        auth_realm two { store %%STORE%%; }
        server { location / {
            auth_login on;  # <-
        } }
    """, ["auth_login", "name"]),

    ("a page's realm left out where there are two", """
        auth_realm one { store %%STORE%%; }
        auth_realm two { store %%STORE%%; }
        server { location = /login {
            auth_page login;  # <-
        } }
    """, ["auth_page", "name"]),

    ("two realms of one name", """
        auth_realm site { store %%STORE%%; }
        auth_realm site { store %%STORE%%; }  # <-
    """, ["site", "twice"]),

    *[(f'a realm named "{name}"', f"""
        auth_realm {name} {{ store %%STORE%%; }}  # <-
      """, [name, "auth_realm"]) for name in ("on", "off", "optional")],

    ("a realm without a name", """
        auth_realm { store %%STORE%%; }  # <-
    """, ["auth_realm", "invalid number of arguments"]),

    ("a realm outside of http's own level", """
        server {
            auth_realm site { store %%STORE%%; }  # <-
        }
    """, ["auth_realm", "not allowed here"]),

    ("no store", """
        auth_realm site {  # <-
            session_limit 5;
        }  # <-
    """, ["store", "site"]),

    ("a store without a scheme", """
        auth_realm site {
            store /var/lib/users.db;  # <-
        }
    """, ["store", "sqlite:"]),

    ("a store of an unknown scheme", """
        auth_realm site {
            store mysql://localhost/users;  # <-
        }
    """, ["store", "sqlite:"]),

    ("a MongoDB URI without a database", """
        auth_realm site {
            store mongodb://localhost:27017;  # <-
        }
    """, ["store", "database"]),

    ("a MongoDB URI with a slash but no database", f"""
        auth_realm site {{
            store mongodb://root:{SECRET}@localhost:27017/;  # <-
        }}
    """, ["store", "database"]),

    ("a MongoDB URI that is none", f"""
        auth_realm site {{
            store mongodb://root:{SECRET}@/?x@y/test;  # <-
        }}
    """, ["store"]),

    ("a password with a bare percent sign", f"""
        auth_realm site {{
            store mongodb://root:{SECRET}%@localhost/test;  # <-
        }}
    """, ["store"]),

    ("an environment variable that is not set", """
        auth_realm site {
            store env:AUTH_TEST_UNSET;  # <-
        }
    """, ["store", "AUTH_TEST_UNSET"]),

    ("a bad URI in an environment variable", """
        auth_realm site {
            store env:AUTH_TEST_BAD_URI;  # <-
        }
    """, ["store", "database"]),

    ("an URI in a file that is not there", """
        auth_realm site {
            store file:%%DIR%%/no-such-file;  # <-
        }
    """, ["store", "no-such-file"]),

    ("a bad URI in a file", """
        auth_realm site {
            store file:%%DIR%%/bad-uri;  # <-
        }
    """, ["store", "database"]),

    ("a folder of the database that is not there", """
        auth_realm site {  # <-
            store sqlite:%%DIR%%/no-such-folder/users.db;  # <-
        }
    """, ["no-such-folder"]),

    ("a database that is a folder", """
        auth_realm site {  # <-
            store sqlite:%%DIR%%;  # <-
        }
    """, ["%%DIR%%", "file"]),

    ("a database that is a symbolic link", """
        auth_realm site {  # <-
            store sqlite:%%STATE%%/link.db;  # <-
        }
    """, ["link.db", "link"]),

    ("no path after sqlite:", """
        auth_realm site {
            store sqlite:;  # <-
        }
    """, ["store", "sqlite:"]),

    ("an unknown directive in the block", """
        auth_realm site {
            store %%STORE%%;
            sesion_limit 5;  # <-
        }
    """, ["sesion_limit"]),

    ("nginx's directive in the block", """
        auth_realm site {
            store %%STORE%%;
            root /tmp;  # <-
        }
    """, ["root", "not allowed here"]),

    ("our directive outside of the block", """
        auth_realm site { store %%STORE%%; }
        store %%STORE%%;  # <-
    """, ["store", "not allowed here"]),

    ("our directive in a location", """
        auth_realm site { store %%STORE%%; }
        server { location / {
            session_limit 3;  # <-
        } }
    """, ["session_limit", "not allowed here"]),

    ("a directive twice", """
        auth_realm site {
            store %%STORE%%;
            session_limit 5;
            session_limit 6;  # <-
        }
    """, ["session_limit", "duplicate"]),

    ("two stores", """
        auth_realm site {
            store %%STORE%%;
            store mongodb://localhost/test;  # <-
        }
    """, ["store", "duplicate"]),

    *[(f"bad value: {line}", f"""
        auth_realm site {{
            store %%STORE%%;
            {line};  # <-
        }}{"  # <-" if line.startswith("templates") else ""}
      """, [line.split()[0], *words]) for line, *words in (
          ("session_idle_timeout soon",),
          ("session_idle_timeout 0",),
          ("session_idle_timeout -1m",),
          ("session_lifetime 12parsecs",),
          ("session_lifetime 0",),
          ("session_zone lots",),
          ("session_zone 8k",),
          ("session_zone 0",),
          ("session_limit 0",),
          ("session_limit many",),
          ("session_limit",),
          ("cookie_name 'a b'",),
          ("cookie_name a=b",),
          ("cookie_name 'a;b'",),
          ("cookie_name ''",),
          ("cookie_domain https://example.com",),
          ("cookie_domain 'a; Secure'",),
          ("cookie_samesite none", "lax", "strict"),
          ("cookie_secure maybe", "auto", "on", "off"),
          ("password_hash argon2id memory=8m time=1", "19m"),
          ("password_hash argon2id memory=1k",),
          ("password_hash argon2id time=0",),
          ("password_hash argon2id memory=64m rounds=3", "memory", "time"),
          ("password_hash argon2id memory=999g",),
          ("password_hash bcrypt", "argon2id"),
          ("password_concurrency 0",),
          ("password_concurrency few",),
          ("password_concurrency 2 queue=-1",),
          ("password_concurrency 2 line=3", "queue"),
          ("password_policy min=0",),
          ("password_policy min=20 max=10",),
          ("password_policy strength=5", "4"),
          ("password_policy words=3", "min", "max", "strength"),
          ("username_reserved file:/no/such/file", "/no/such/file"),
          ("login_url https://example.com/login", "/login"),
          ("login_url //example.com/login",),
          ("login_url login", "/login"),
          ("home_url /\\\\evil",),
          ("dashboard_url ''",),
          ("origin https://example.com/path",),
          ("origin example.com", "https://"),
          ("origin null",),
          ("identity_header 'Remote User'",),
          ("identity_header Remote:User",),
          ("identity_header Host",),
          ("identity_header Cookie",),
          ("identity_header X-User roles=X-User",),
          ("identity_header X-User groups=X-Groups", "roles"),
          ("templates /no/such/folder", "/no/such/folder"),
          ("audit_log /no/such/folder/auth.log", "/no/such/folder"),
          ("audit_log %%DIR%%", "directory"),
          ("audit_log syslog:server=127.0.0.1", "off"),
          ("audit_log |/usr/bin/logger", "off"),
          ("audit_log $host.log", "variables"),
          ("audit_log ''", "off"),
          ("login_limit user=many",),
          ("login_limit users=5", "user=N", "device=N", "window=TIME"),
          ("login_limit delay=0",),
          ("login_limit off user=5",),
          ("registration_limit address=-1",),
          ("registration_limit user=5", "address=N", "window=TIME"),
          ("attempt_zone 32k", "64k"),
          ("secret 0123456789", "file:PATH", "env:NAME"),
          ("secret env:AUTH_NO_SUCH_VARIABLE", "AUTH_NO_SUCH_VARIABLE"),
          ("secret env:AUTH_TEST_SHORT", "32 bytes", "head -c 32"),
          ("secret file:/no/such/file", "/no/such/file"),
          ("secret file:%%DIR%%/everybodys", "chmod o-rwx"),
          ("username_reserved file:%%DIR%%/pipe", "regular file"),
          ("username_reserved file:%%DIR%%/large", "64k"),
      )],

    ("two pages in one location", """
        auth_realm site { store %%STORE%%; }
        server { location = /login {
            auth_page login;
            auth_page register;  # <-
        } }
    """, ["auth_page"]),

    ("a page and then proxy_pass", """
        auth_realm site { store %%STORE%%; }
        server { location = /login {
            auth_page login;  # <-
            proxy_pass http://127.0.0.1:1;  # <-
        } }
    """, ["auth_page"]),

    ("proxy_pass and then a page", """
        auth_realm site { store %%STORE%%; }
        server { location = /login {
            proxy_pass http://127.0.0.1:1;
            auth_page login;  # <-
        } }
    """, ["auth_page"]),

    ("a page in a location that asks for a login itself", """
        auth_realm site { store %%STORE%%; }
        server { location = /dashboard {
            auth_page dashboard;  # <-
            auth_login on;  # <-
        } }
    """, ["auth_page", "auth_login"]),

    ("a page outside of a location", """
        auth_realm site { store %%STORE%%; }
        server {
            auth_page login;  # <-
        }
    """, ["auth_page", "not allowed here"]),

    ("auth_login twice in one location", """
        auth_realm site { store %%STORE%%; }
        server { location / {
            auth_login on;
            auth_login site;  # <-
        } }
    """, ["auth_login", "duplicate"]),

    ("an unknown parameter of auth_login", """
        auth_realm site { store %%STORE%%; }
        server { location / {
            auth_login site optionally;  # <-
        } }
    """, ["auth_login", "optionally"]),

    ("auth_login off with a parameter", """
        auth_realm site { store %%STORE%%; }
        server { location / {
            auth_login off optional;  # <-
        } }
    """, ["auth_login"]),

    ("auth_login off with an exception", """
        geo $lan { default 0; }
        auth_realm site { store %%STORE%%; }
        server { location / {
            auth_login off unless=$lan;  # <-
        } }
    """, ["auth_login", "unless=$lan", "off"]),

    ("auth_login optional with an exception", """
        geo $lan { default 0; }
        auth_realm site { store %%STORE%%; }
        server { location / {
            auth_login on optional unless=$lan;  # <-
        } }
    """, ["auth_login", "optional", "unless=", "leave one"]),

    ("two exceptions", """
        geo $lan { default 0; }
        auth_realm site { store %%STORE%%; }
        server { location / {
            auth_login on unless=$lan unless=$lan;  # <-
        } }
    """, ["auth_login", "unless=$lan", "once"]),

    ("an exception that is no variable", """
        auth_realm site { store %%STORE%%; }
        server { location / {
            auth_login on unless=lan;  # <-
        } }
    """, ["auth_login", "lan", "unless=$NAME"]),

    ("an exception of two variables", """
        auth_realm site { store %%STORE%%; }
        server { location / {
            auth_login on unless=$uri$args;  # <-
        } }
    """, ["auth_login", "$uri$args", "unless=$NAME"]),

    ("an empty exception", """
        auth_realm site { store %%STORE%%; }
        server { location / {
            auth_login on unless=$;  # <-
        } }
    """, ["auth_login", "unless"]),

    ("an exception by a variable that nobody defines", """
        auth_realm site { store %%STORE%%; }
        server { location / {
            root /;
            auth_login on unless=$lan;  # <-
        } }
    """, ["auth_login", "unknown", "$lan", "geo, map or set"]),

    ("an empty list of users", """
        auth_realm site { store %%STORE%%; }
        server { location / {
            auth_login site users=;  # <-
        } }
    """, ["auth_login", "users"]),

    ("two realms with one cookie name in one server", """
        auth_realm one { store %%STORE%%; }
        auth_realm two { store %%STORE%%; }  # <-
        server {  # <-
            location /a/ { auth_login one; }  # <-
            location /b/ { auth_login two; }  # <-
        }
    """, ["cookie_name", "one", "two"]),

    *[(f"the session's cookie of one realm is another's for {ending}", f"""
        auth_realm one {{ store %%STORE%%; cookie_name own; }}
        auth_realm two {{
            store %%STORE%%;
            cookie_name own_{ending};  # <-
        }}
        server {{
            location /a/ {{ auth_login {first}; }}
            location /b/ {{ auth_login {then}; }}
        }}
      """, ["cookie_name", "one", "two", f"own_{ending}"])
      for ending, first, then in (("device", "one", "two"),
                                  ("flash", "one", "two"),
                                  ("pending", "one", "two"))],

    ("two exact locations for one page", """
        auth_realm site { store %%STORE%%; }
        server {  # <-
            location = /login  { auth_page login; }  # <-
            location = /signin { auth_page login; }  # <-
        }
    """, ["login_url"]),

    ("a template that does not parse", """
        auth_realm site {
            store %%STORE%%;
            templates %%DIR%%/broken;  # <-
        }  # <-
    """, ["broken/login.html"]),

    ("a template that would not be escaped", """
        auth_realm site {
            store %%STORE%%;
            templates %%DIR%%/unescaped;  # <-
        }  # <-
    """, ["unescaped/login.html", "AUTOESCAPE"]),

    ("an unknown thread pool", """
        auth_realm site {
            store %%STORE%%;
            thread_pool nowhere;  # <-
        }
    """, ["thread pool", "nowhere"]),
]


@pytest.mark.parametrize("http, words", [m[1:] for m in MISTAKES],
                         ids=[m[0] for m in MISTAKES])
def test_mistake_is_explained(nginx, sqlite_store, http, words):
    state = sqlite_store.folder
    os.symlink("/nowhere", f"{state}/link.db")
    server = nginx.prepare(
        http, store=sqlite_store.uri, state=state, environment={
            "AUTH_TEST_BAD_URI": f"mongodb://root:{SECRET}@localhost",
            "AUTH_TEST_SHORT": SECRET})
    make_files(server.folder)

    status, output = server.test()

    assert status == 1, output
    server.allow(r"\[emerg\]")
    complaint = re.search(r"\[emerg\].*", output)
    assert complaint, output
    complaint = complaint.group()
    lines = [str(number) for number, line in
             enumerate(server.configuration.splitlines(), 1) if "# <-" in line]
    assert re.search(re.escape(server.configuration_path)
                     + f":({'|'.join(lines)})( \\(.*\\))?$",
                     complaint), (complaint, lines)
    for word in words:
        assert word.replace("%%DIR%%", server.folder) in complaint
    assert SECRET not in output and "pa55" not in output
    assert SECRET not in server.error_log
    assert os.listdir(state) == ["link.db"], "-t left something behind"


def make_files(folder):
    """What the mistakes refer to."""
    with open(f"{folder}/bad-uri", "w") as file:
        file.write(f"mongodb://root:{SECRET}@localhost\n")
    with open(f"{folder}/everybodys", "w") as file:
        file.write(SECRET * 4)
    os.chmod(f"{folder}/everybodys", 0o644)
    os.mkfifo(f"{folder}/pipe")
    with open(f"{folder}/large", "w") as file:
        file.write("name\n" * 20000)
    for name, text in (
            ("broken", '{{%AUTOESCAPE context="HTML"}}<p>{{#OPEN}}</p>'),
            ("unescaped", "<p>{{USERNAME}}</p>")):
        os.mkdir(f"{folder}/{name}")
        with open(f"{folder}/{name}/login.html", "w") as file:
            file.write(text)


@pytest.mark.skipif(os.geteuid() != 0, reason="the worker is the same user")
def test_folder_that_the_worker_cannot_write(nginx, tmp_path):
    os.chmod(tmp_path, 0o755)
    server = nginx.prepare("""
        auth_realm site {
            store sqlite:%%PATH%%/users.db;
        }
    """, path=tmp_path)
    status, output = server.test()
    assert status == 1, output
    server.allow(r"\[emerg\]")
    assert str(tmp_path) in output
    assert "nobody" in output or "writ" in output
    assert os.listdir(tmp_path) == []


EVERYTHING = """
    auth_realm site {
        store                sqlite:%%STATE%%/users.db;
        session_zone         1m;
        session_idle_timeout 30m;
        session_lifetime     12h;
        session_limit        20;
        cookie_name          sid;
        cookie_domain        example.com;
        cookie_samesite      strict;
        cookie_secure        on;
        password_hash        argon2id memory=46m time=1 lanes=1;
        password_concurrency 2 queue=16;
        password_policy      min=15 max=64 strength=3;
        username_reserved    admin root;
        login_limit          user=5 user_total=0 device=5 address=20
                             window=15m delay=15m;
        registration_limit   address=10 window=1h;
        attempt_zone         1m;
        secret               env:AUTH_SECRET;
        secret               file:%%STATE%%/secret;
        origin               https://a.example.com http://b.example:8080;
        home_url             /home;
        register_url         /join;
        login_url            /auth/login;
        dashboard_url        /me;
        logout_url           /bye;
        account_url          /me/account;
        identity_header      X-User roles=X-Roles;
        audit_log            %%DIR%%/audit.log;
        thread_pool          default;
    }

    server {
        listen 127.0.0.1:%%PORT%%;
        auth_login site optional;
        location = /auth/login { auth_page site login; }
        location /team/ { auth_login site users=alice,bob roles=ops; }
        location /free/ { auth_login off; }
        location /limited/ { limit_except GET { auth_login site; } }
    }
"""


def test_every_directive_is_accepted(nginx, sqlite_store):
    server = nginx.prepare(EVERYTHING, state=sqlite_store.folder,
                           environment={"AUTH_SECRET": "s" * 32})
    with open(os.open(f"{sqlite_store.folder}/secret",
                      os.O_WRONLY | os.O_CREAT, 0o640), "w") as file:
        file.write("t" * 32 + "\n")
    status, output = server.test()
    assert status == 0, output
    assert os.listdir(sqlite_store.folder) == ["secret"], (
        "-t left something behind")


@pytest.mark.parametrize("uri", [
    "mongodb://localhost:27017/test",
    "mongodb://user:pass%40word@db.example:27017,db2.example/app"
    "?replicaSet=rs0&tls=true&authSource=admin",
    '"mongodb://localhost/test"',
])
def test_store_uris_that_work(nginx, uri):
    status, output = nginx.prepare(
        "auth_realm site { store %%URI%%; }", uri=uri).test()
    assert status == 0, output
    assert "word" not in output


def test_a_page_may_come_before_its_realm(nginx, sqlite_store):
    status, output = nginx.prepare("""
        server { location = /login { auth_page site login; }
                 location / { auth_login site; } }
        auth_realm site { store %%STORE%%; }
    """, store=sqlite_store.uri).test()
    assert status == 0, output


def test_block_with_an_include(nginx, sqlite_store):
    server = nginx.prepare("""
        auth_realm site { include %%DIR%%/realm.conf; }
    """)
    with open(f"{server.folder}/realm.conf", "w") as file:
        file.write(f"store {sqlite_store.uri};\nsession_limit 0;\n")
    status, output = server.test()
    assert status == 1
    server.allow(r"\[emerg\]")
    assert f"{server.folder}/realm.conf:2" in output


def test_mistake_in_an_included_page(nginx, sqlite_store):
    """Mistakes found after the whole file was read name the right file."""
    server = nginx.prepare("""
        auth_realm site { store %%STORE%%; }
        server { include %%DIR%%/pages.conf; }
    """, store=sqlite_store.uri)
    with open(f"{server.folder}/pages.conf", "w") as file:
        file.write("\nlocation = /x { auth_page nobody login; }\n")
    status, output = server.test()
    assert status == 1
    server.allow(r"\[emerg\]")
    assert f"{server.folder}/pages.conf:2" in output, output


@pytest.mark.parametrize("name", ["auth_pages.conf", "auth_gate.conf"])
def test_ready_made_configuration(nginx, sqlite_store, name):
    server = nginx.prepare("""
        auth_realm site { store %%STORE%%; }
        server {
            listen 127.0.0.1:%%PORT%%;
            auth_login on;
            include %%CONF%%;
            location /app/ { proxy_pass http://127.0.0.1:1; }
        }
    """, store=sqlite_store.uri, conf=os.path.join(CONF, name))
    status, output = server.test()
    assert status == 0, output


def test_module_loaded_and_unused(nginx):
    server = nginx("""
        server { listen 127.0.0.1:%%PORT%%; location / { return 204; } }
    """)
    assert server.client().get("/").status == 204


def test_reload_with_a_mistake_keeps_the_old_configuration(site, sqlite_store):
    server = site(sqlite_store)
    server.edit("auth_page dashboard", "auth_page dashbord")
    os.kill(server.pid, signal.SIGHUP)
    server.wait_for_log("dashbord")
    server.allow(r"\[emerg\].*dashbord")
    assert server.client().get("/login").status == 200
