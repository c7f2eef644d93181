"""A machine that is suspended, as the programs see it."""

import time
from pathlib import Path

from . import preload

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


def prepare(folder):
    """The options of an nginx on such a machine."""
    source = Path(folder, "clocks.c")
    source.write_text(CLOCKS)
    return {"main": "env ASLEEP;", "environment": {
        "LD_PRELOAD": str(preload.build(source, folder)),
        "ASLEEP": "asleep", "ASAN_OPTIONS": preload.SANITIZER}}


def sleep(server, until):
    """The machine sleeps, all at once for the server's processes; `until`: all
    its sleep so far, in seconds."""
    new = Path(server.folder, "asleep.new")
    new.write_text(str(until))
    new.chmod(0o644)  # the workers may be somebody else
    new.rename(new.with_suffix(""))
    time.sleep(0.01)  # none sleeps and wakes in a millisecond, as this one would
