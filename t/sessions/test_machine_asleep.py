"""A machine that is suspended: sessions grow old meanwhile, as the time on
people's watches does."""

import time
from pathlib import Path

import pytest

from harness import preload
from harness.accounts import (PASSWORD, after_an_outage, logged_in, login,
                              try_to_log_in)

# Instead of the C library's, for a machine that has slept: the time of day and
# CLOCK_BOOTTIME have gone on by as many seconds as the file says, which each call
# reads, and CLOCK_MONOTONIC has not.
CLOCKS = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long asleep(void)
{
    char text[16] = "";
    int file = open(getenv("ASLEEP"), O_RDONLY | O_CLOEXEC);

    if (file == -1) {
        return 0;
    }
    if (read(file, text, sizeof text - 1) < 0) {
        abort();
    }
    close(file);
    return atol(text);
}

int clock_gettime(clockid_t which, struct timespec *now)
{
    int (*real)(clockid_t, struct timespec *);
    int failed;

    *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
    failed = real(which, now);
    if (which == CLOCK_REALTIME || which == CLOCK_BOOTTIME) {
        now->tv_sec += asleep();
    }
    return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    int (*real)(struct timeval *, void *);
    int failed;

    *(void **)&real = dlsym(RTLD_NEXT, "gettimeofday");
    failed = real(now, zone);
    now->tv_sec += asleep();
    return failed;
}
"""
MINUTE = 60


@pytest.fixture(scope="module")
def options(tmp_path_factory):
    """Of an nginx on a machine that may sleep."""
    folder = tmp_path_factory.mktemp("clocks")
    source = folder / "clocks.c"
    source.write_text(CLOCKS)
    return {"main": "env ASLEEP;", "environment": {
        "LD_PRELOAD": str(preload.build(source, folder)),
        "ASLEEP": "asleep", "ASAN_OPTIONS": preload.SANITIZER}}


def sleep(server, until):
    """The machine sleeps, all at once for its processes, which read the file
    all the time; `until`: all its sleep so far, in seconds."""
    new = Path(server.folder, "asleep.new")
    new.write_text(str(until))
    new.chmod(0o644)  # the workers may be somebody else
    new.rename(new.with_suffix(""))
    time.sleep(0.01)  # none sleeps and wakes in a millisecond, as this one would


def is_in(browser):
    """As soon as the store has been read: it may have ended elsewhere."""
    answer = after_an_outage(lambda: browser.get("/dashboard"))
    assert answer.status in (200, 302), answer
    return answer.status == 200


@pytest.mark.parametrize("kept", ["on", "off"])
def test_sessions_grow_old(site, sqlite_store, options, kept):
    server = site(sqlite_store, realm=f"session_store {kept};"
                  "session_idle_timeout 30m; session_lifetime 45m;", **options)
    alice, bob = logged_in(server), logged_in(server, "bob")
    sleep(server, 29 * MINUTE)
    assert is_in(alice)
    sleep(server, 31 * MINUTE)
    assert not is_in(bob)  # idle for too long
    assert is_in(alice)
    sleep(server, 46 * MINUTE)
    assert not is_in(alice)
    login(alice, "alice")
    assert is_in(alice)


def test_waits_get_shorter(limited, options):
    server = limited("login_limit user=1 delay=15m;", **options)
    client = server.client()
    assert try_to_log_in(client, "alice").status == 401
    refused = try_to_log_in(client, "alice", PASSWORD)
    assert refused.status == 429
    sleep(server, int(refused.header("Retry-After")))
    assert try_to_log_in(client, "alice", PASSWORD).status == 303
