"""A database that cannot grow any more: users who are logged in go on, people who
log in or register are told to come again, and what was confirmed is kept."""

from harness.accounts import (PASSWORD, is_logged_in, logged_in,
                              login, register, try_to_log_in)

# Stands for a disk that is full: no file of nginx's grows beyond 256 KiB.
FULL_DISK = ["sh", "-c", 'trap "" XFSZ; ulimit -f 512; exec "$@"', "sh"]


def test_full_disk(site, sqlite_store):
    server = site(sqlite_store, wrapper=FULL_DISK)
    alice = logged_in(server)
    confirmed = ["alice"]
    for i in range(200):
        response = server.client().post(
            "/register", {"username": f"user{i}", "password": PASSWORD})
        if response.status != 303:
            break
        confirmed.append(f"user{i}")
    assert response.status == 503
    assert "Please try again" in response.text
    assert is_logged_in(alice)
    response = try_to_log_in(server.client(), "alice", PASSWORD)
    assert response.status == 503 and "Please try again" in response.text
    assert "ngx_auth" not in response.cookies
    assert is_logged_in(alice)
    server.wait_for_log(r"\[error\].*cannot write to .*users\.db.*free space")
    server.finish()

    server = site(sqlite_store)
    for name in confirmed:
        login(server.client(), name)
    register(server.client(), "bobby")
    with sqlite_store._open() as database:
        [[sound]] = database.execute("PRAGMA integrity_check")
    assert sound == "ok"
    assert sqlite_store.find(f"user{len(confirmed) - 1}") is None
