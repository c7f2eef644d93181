"""Passwords are hashed in threads of their own, as many as hashes may run at
once. They leave the processor to whatever else nginx has to do."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import preload
from harness.accounts import SITE, login, register
from harness.nginx_server import eventually
from harness.workers import threads

HASHES = 3
# The module's own threads: logins, look-ups, other work, what has ended.
STORE_CALLS = 8 + 4 + 4 + 1

# A hash takes about a quarter of a second.
SLOW = "password_hash argon2id memory=128m time=2;"
NICER = 10

# Instead of the C library's: what a filter of system calls does.
SETPRIORITY = """
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

int setpriority(__priority_which_t which, id_t who, int value)
{
    (void)which, (void)who, (void)value;
    %s;
    errno = EACCES;
    return -1;
}
"""


class Thread:
    def __init__(self, stat):
        fields = stat.rpartition(")")[2].split()
        self.ticks = int(fields[11]) + int(fields[12])
        self.nice = int(fields[16])


def threads_of(server):
    """All threads of its only worker."""
    [worker] = server.workers()
    return [Thread(stat) for stat in threads(worker, "stat")]


@pytest.fixture
def start(nginx, sqlite_store):
    def start(realm=SLOW, **options):
        server = nginx(SITE, store=sqlite_store.uri, workers=1, server="",
                       realm=f"{realm} password_concurrency {HASHES};",
                       **options)
        register(server.client(), "alice")
        return server

    return start


def log_in_together(server, times=4 * HASHES):
    def attempt(_):
        login(server.client(), "alice")

    with ThreadPoolExecutor(2 * HASHES) as pool:
        list(pool.map(attempt, range(times)))


def test_worker_at_rest_has_a_handful_of_threads(start):
    server = start("")
    assert len(threads_of(server)) == 1 + HASHES + STORE_CALLS


def test_threads_of_many_hashes_at_once(nginx, sqlite_store):
    """Each worker has the threads: no more than nginx's own pool."""
    server = nginx(SITE, store=sqlite_store.uri, workers=1, server="",
                   realm="password_concurrency 100;")
    assert len(threads_of(server)) == 1 + 32 + STORE_CALLS


def test_named_pool_is_for_stores(start):
    server = start("thread_pool stores;",
                   main="thread_pool stores threads=2;")
    assert len(threads_of(server)) == 1 + HASHES + 2
    log_in_together(server)


def test_all_hashes_run_at_a_lower_priority(start):
    server = start()
    usual = threads_of(server)[0].nice

    def niced():
        return [thread for thread in threads_of(server)
                if thread.nice == min(usual + NICER, 19)]

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(log_in_together, server)
        eventually(lambda: len(niced()) == HASHES or done.done(),
                   "hashes run at the usual priority")
        done.result()
    assert len(niced()) == HASHES
    others = [thread for thread in threads_of(server) if thread.nice == usual]
    assert len(others) == 1 + STORE_CALLS
    # Nearly all of the time has gone into hashes.
    assert all(thread.ticks > 0 for thread in niced())
    assert sum(thread.ticks for thread in niced()) > \
        3 * sum(thread.ticks for thread in others)


@pytest.mark.parametrize("ends", ["", "kill(getpid(), SIGKILL)"],
                         ids=["refused", "killed"])
def test_logins_where_no_priority_may_be_set(start, tmp_path, ends):
    source = tmp_path / "filter.c"
    source.write_text(SETPRIORITY % ends)
    library = preload.build(source, tmp_path, "-D_GNU_SOURCE")
    server = start("", environment={
        "LD_PRELOAD": str(library),
        "ASAN_OPTIONS": preload.SANITIZER})
    log_in_together(server)
    assert len({thread.nice for thread in threads_of(server)}) == 1
    assert ("calls setpriority() is ended here" in server.error_log) == \
        bool(ends)
