"""Threads that the kernel refuses. Workers that would get none are not started,
and the old ones go on. Where libmongoc gets none, who is logged in goes on, others
are told to come again, and it goes on by itself when there are threads."""

import os
import re
import resource
import signal
from pathlib import Path

import pytest

from harness import preload
from harness.accounts import (PASSWORD, SITE, is_logged_in, logged_in,
                              login)
from harness.nginx_server import eventually

# Instead of the C library's: while the file is there, libmongoc gets no thread.
PTHREAD_CREATE = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int pthread_create(pthread_t *made, const pthread_attr_t *attributes,
                   void *(*start)(void *), void *argument)
{
    Dl_info caller;
    int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

    if (dladdr(__builtin_return_address(0), &caller) != 0 &&
        strstr(caller.dli_fname, "libmongoc") != NULL &&
        access(getenv("NO_THREADS"), F_OK) == 0) {
        return EAGAIN;
    }
    *(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
    return real(made, attributes, start, argument);
}
"""


@pytest.mark.once
def test_no_threads_for_libmongoc(nginx, own_mongo_server, tmp_path):
    source = tmp_path / "no_threads.c"
    source.write_text(PTHREAD_CREATE)
    server = nginx(
        SITE, store=own_mongo_server.uri("test"), server="",
        main="env NO_THREADS;", workers=1,
        environment={"LD_PRELOAD": str(preload.build(source, tmp_path)),
                     "NO_THREADS": "no_threads",
                     "ASAN_OPTIONS": preload.SANITIZER})
    no_threads = Path(server.folder, "no_threads")
    server.allow("exited on signal 9")
    alice = logged_in(server)
    no_threads.touch()
    os.kill(server.workers()[0], signal.SIGKILL)
    server.expect_new_workers()
    form = {"username": "alice", "password": PASSWORD}
    assert server.client().post("/login", form).status == 503
    assert is_logged_in(alice)
    no_threads.unlink()
    eventually(lambda: server.client().post("/login", form).status == 303,
               "nobody can log in")
    assert is_logged_in(alice)


SMALL = {"realm": "thread_pool small; password_concurrency 2;",
         "main": "thread_pool small threads=3;"}
REFUSED = (r"auth: 2 workers with 5 threads each cannot be started "
           r"\(Resource temporarily unavailable\): raise the limit")


def test_no_threads_for_the_workers_of_a_reload(site, sqlite_store):
    server = site(sqlite_store, **SMALL)
    alice, bob = logged_in(server), logged_in(server, "bob")
    workers = server.workers()
    server.allow(r"\[emerg\].*cannot be started")
    before, most = resource.prlimit(server.pid, resource.RLIMIT_NPROC)
    resource.prlimit(server.pid, resource.RLIMIT_NPROC, (1, most))
    os.kill(server.pid, signal.SIGHUP)
    server.wait_for_log(r"\[emerg\].*" + REFUSED)
    assert is_logged_in(alice)
    login(server.client(), "alice")
    assert bob.post("/logout").status == 303 and not is_logged_in(bob)
    assert server.workers() == workers
    resource.prlimit(server.pid, resource.RLIMIT_NPROC, (before, most))
    server.reload()
    assert is_logged_in(alice) and not is_logged_in(bob)


@pytest.mark.once
def test_threads_of_many_workers_have_no_place_in_one_process(nginx,
                                                              sqlite_store):
    """6000 threads do not fit into the process that tries to start them. Each
    worker has a place for its own."""
    server = nginx.prepare(SITE, store=sqlite_store.uri, server="", **SMALL,
                           workers=1000,
                           wrapper=["prlimit", f"--as={250 << 20}:"])
    status, output = server.test()
    assert status == 0, output


def test_no_threads_at_the_start(nginx, sqlite_store):
    server = nginx.prepare(SITE, store=sqlite_store.uri, server="", **SMALL,
                           wrapper=["prlimit", "--nproc=1:"])
    server.allow(r"\[emerg\].*cannot be started")
    for start in (server.test, server.start_in_vain):
        status, output = start()
        assert status == 1 and re.search(REFUSED, output), output
    assert not os.listdir(sqlite_store.folder)
