"""ngx-auth-admin takes the store and the rules from nginx's configuration."""

import os
from pathlib import Path

import pytest

from harness.accounts import PASSWORD, login
from harness.admin_tool import DONE, FAILED, FORBIDDEN, UNAVAILABLE, USAGE, run


def names_in(answer):
    assert answer.status == DONE, answer
    return [user["username"] for user in answer.json]


def test_configuration_of_a_running_nginx(people, store):
    answer = run("list", "--json", "--config", people.configuration_path)
    assert names_in(answer) == ["alice"]
    answer = run("add", "bob", "--config", people.configuration_path,
                 password=PASSWORD)
    assert answer.status == DONE
    login(people.client(), "bob")


def add_to(server, name, password):
    """Adds a user by the rules of the server's realm."""
    return run("add", name, "--config", server.configuration_path,
               password=password).status


def test_realm_has_its_own_rules(site, sqlite_store, tmp_path):
    (tmp_path / "names").write_text("from-a-file\nAnother\n")
    server = site(sqlite_store, realm=f"""
        password_hash argon2id memory=46m time=1 lanes=2;
        password_policy min=20 strength=0;
        username_reserved boss file:{tmp_path}/names;
    """)

    assert add_to(server, "bob", "a" * 19) == FORBIDDEN
    assert add_to(server, "bob", "a" * 20) == DONE
    assert add_to(server, "admin", "a" * 20) == DONE
    for name in ("boss", "Boss", "from-a-file", "another"):
        assert add_to(server, name, "a" * 20) == FORBIDDEN
    hashed = sqlite_store.find("bob")["password"]
    assert hashed.startswith("$argon2id$v=19$m=47104,t=1,p=2$")
    login(server.client(), "bob", "a" * 20)
    assert sqlite_store.find("bob")["password"] == hashed

    # with another store the realm's rules hold as well
    answer = run("passwd", "bob", "--store", sqlite_store.uri, "--config",
                 server.configuration_path, password="a" * 19)
    assert answer.status == FORBIDDEN and "20" in answer.err


@pytest.mark.parametrize("memory", ["20M", "20480k", "20480K", "20971520"])
def test_units_and_bounds_of_a_realm(site, sqlite_store, memory):
    """nginx takes them, and the tool takes them for the same."""
    server = site(sqlite_store, realm=f"""
        password_hash argon2id memory={memory};
        password_policy min=12 max=20 strength=0;
        username_reserved off;
    """)

    assert add_to(server, "admin", "a" * 20) == DONE
    assert add_to(server, "bob", "a" * 21) == FORBIDDEN
    assert add_to(server, "bob", "a" * 11) == FORBIDDEN
    stored_hash = sqlite_store.find("admin")["password"]
    assert stored_hash.startswith("$argon2id$v=19$m=20480,t=2,p=1$")
    login(server.client(), "admin", "a" * 20)
    assert sqlite_store.find("admin")["password"] == stored_hash


def test_several_realms(nginx, sqlite_store, other_store):
    server = nginx(f"""
        auth_realm staff {{ store {sqlite_store.uri}; }}
        auth_realm guests {{ store {other_store.uri}; cookie_name g; }}
        server {{ listen 127.0.0.1:%%PORT%%; }}
    """)
    config = server.configuration_path
    answer = run("list", "--config", config)
    assert answer.status == USAGE
    assert "staff" in answer.err and "guests" in answer.err
    assert run("list", "--config", config, "--realm", "none").status == USAGE
    for realm, name in (("staff", "anna"), ("guests", "gus")):
        assert run("add", name, "--config", config, "--realm", realm,
                   password=PASSWORD).status == DONE
        assert names_in(run("list", "--json", "--config", config, "--realm",
                            realm)) == [name]
    assert [d["username"] for d in other_store.documents()] == ["gus"]


def test_includes_and_odd_syntax(nginx, sqlite_store, other_store):
    """nginx itself accepts this file, and reads the same out of it."""
    server = nginx.prepare(r"""
        # auth_realm wrong { store sqlite:/comment; }
        map $uri $x { default "} auth_realm wrong {"; ~^/${a} 'it''s; {'; }
        """.replace("it''s", r"it\'s") + r"""
        log_format odd "a;b{c}" '$uri#"' escape=json;
        include realms.d/*.conf;
        include realms.d/none-*.conf;
        server {
            listen 127.0.0.1:%%PORT%%;
            location ~ "^/a{2}$" { return 200 "auth_realm wrong {"; }
            location /b#c { return 200 a\;b\{; }
        }
    """)
    folder = Path(server.folder, "realms.d")
    folder.mkdir()
    (folder / "1.conf").write_text("""
        auth_realm "one" { # the first
            store # here it comes
                "sqlite:%s";
        }""" % sqlite_store.path)
    (folder / "2.conf").write_text(
        "auth_realm\ttwo{include realms.d/two.inc;}\r\n")
    (folder / "two.inc").write_text(
        r"store 'file:\r\"i\tu\n';password_policy" "\nmin=30   strength=0;")
    Path(server.folder, '\r"i\tu\n').write_text(other_store.uri + "\n")
    status, output = server.test()
    assert status == 0, output
    server.start()
    config = server.configuration_path
    for realm, password in (("one", PASSWORD), ("two", "b" * 30)):
        assert run("add", "bob", "--config", config, "--realm", realm,
                   password=password).status == DONE
    assert run("add", "eve", "--config", config, "--realm", "two",
               password=PASSWORD).status == FORBIDDEN
    assert sqlite_store.find("bob") and other_store.find("bob")
    answer = run("list", "--config", config, "--realm", "wrong")
    assert answer.err.endswith("only one two\n")


@pytest.fixture
def config(tmp_path, sqlite_store):
    """Writes a configuration and lists with it."""
    (Path(sqlite_store.path)).touch(0o600)
    if os.geteuid() == 0:
        owner = os.stat(sqlite_store.folder)
        os.chown(sqlite_store.path, owner.st_uid, owner.st_gid)

    def list_with(text, *arguments, **options):
        path = tmp_path / "nginx.conf"
        path.write_text(text.replace("STORE", sqlite_store.uri))
        return run("list", "--config", str(path), *arguments, **options)

    return list_with


def test_realms_outside_of_http_are_none(config):
    answer = config("stream { auth_realm a { store STORE; } }"
                    "http { server { auth_realm b { store STORE; } } }")
    assert answer.status == FAILED and "no auth_realm" in answer.err


@pytest.mark.parametrize("http", [
    "content_by_lua_block { ngx.say('}') -- }\n }",
    'init_by_lua_block { local t = {a = "}\\"}"} }',
    "init_by_lua_block { --[[ } ]] local s = [==[ } ]] ]==] }",
    "init_by_lua_block { local t = {7}; t[t[1]] = [[}]] }",
])
def test_lua_is_skipped(config, http):
    answer = config("http { %s auth_realm a { store STORE; } }" % http)
    assert answer.status == DONE, answer


def test_deep_nesting_is_skipped(config):
    answer = config("a {" * 200_000 + "}" * 200_000 +
                    "http { auth_realm a { store STORE; } }")
    assert answer.status == DONE, answer


@pytest.mark.parametrize("text, line", [
    ("http {\n auth_realm a { store STORE;", 2),
    ("http {\n auth_realm a { store STORE }\n}", 2),
    ("http {\n auth_realm a { store STORE; }\n}\n}", 4),
    ("http {\n auth_realm a { store 'STORE; }\n}", 3),
    ("http {\n auth_realm a { store 'STORE'x; }\n}", 2),
    ("http {\n ;\n}", 2),
    ("http {\n {}\n}", 2),
    ("http {\n include nothing.conf;\n}", 2),
    ("http {\n include a b;\n}", 2),
    ("\n\ninclude nginx.conf;\n", 3),
    ("http {\n auth_realm a { }\n}", 2),
    ("http {\n auth_realm a { store STORE STORE; }\n}", 2),
    ("http {\n auth_realm a {\n store STORE;\n store STORE; }\n}", 4),
    ("http {\n auth_realm { store STORE; }\n}", 2),
    ("http {\n auth_realm a { store STORE; }\n"
     " auth_realm a { store STORE; }\n}", 3),
    ("http {\n auth_realm a { store foo:bar; }\n}", 2),
    ("http {\n auth_realm a { store env:THAT_IS_NOT_SET; }\n}", 2),
    ("http {\n auth_realm a { store file:nothing; }\n}", 2),
    ("http {\n auth_realm a { store mongodb://u:pa55word@h/; }\n}", 2),
    ("http {\n auth_realm a { store STORE;\n password_hash bcrypt; }\n}", 3),
    ("http {\n auth_realm a { store STORE;\n"
     " password_hash argon2id memory=1m; }\n}", 3),
    ("http {\n auth_realm a { store STORE;\n"
     " password_hash argon2id memory=2048m; }\n}", 3),
    ("http {\n auth_realm a { store STORE;\n password_policy min=x; }\n}", 3),
    ("http {\n auth_realm a { store STORE;\n"
     " password_policy strength=5; }\n}", 3),
    ("http {\n auth_realm a { store STORE;\n"
     " username_reserved file:nothing; }\n}", 3),
    ("http {\n init_by_lua_block { '}'\n", 2),
    ("http {\n a \\", 2),
    ("http {\n auth_realm a { store\nSTORE", 3),
    ("http {\n server { listen 80;\n\n", 2),
    ("http {\n auth_realm a { store file:; }\n}", 2),
    ("http {\n auth_realm a { store env:mongodb://u:pa55word@h/d; }\n}", 2),
    ("http {\n auth_realm a { store STORE;\n"
     " password_hash argon2id cpus=1; }\n}", 3),
    ("http {\n auth_realm a { store STORE;\n"
     " password_hash argon2id memory=m; }\n}", 3),
    ("http {\n auth_realm a { store STORE;\n password_policy long; }\n}", 3),
])
def test_mistakes_name_file_and_line(config, text, line):
    answer = config(text)
    assert answer.status == FAILED, answer
    assert f"nginx.conf:{line}: " in answer.err, answer
    assert "pa55word" not in answer.err


def test_configuration_that_is_not_there(tmp_path):
    for path in (tmp_path / "none.conf", tmp_path, "/dev/null"):
        answer = run("list", "--config", str(path))
        assert answer.status == FAILED and str(path) in answer.err


def test_relative_paths_of_a_configuration(config, sqlite_store, tmp_path):
    """sqlite: belongs to nginx's prefix, file: to the configuration."""
    text = "http { auth_realm a { store %s; } }"
    assert config(text % "sqlite:users.db", "--prefix",
                  sqlite_store.folder).status == DONE
    answer = config(text % "sqlite:users.db")
    assert answer.status == UNAVAILABLE and "/usr/share/nginx/" in answer.err
    (tmp_path / "uri").write_text("sqlite:users.db\n")
    for path in ("uri", f"//{tmp_path}/uri"):
        assert config(text % f"file:{path}", "--prefix",
                      sqlite_store.folder).status == DONE
    assert config(text % "env:THE_URI", environment={
        "THE_URI": sqlite_store.uri}).status == DONE
