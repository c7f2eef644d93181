"""However many log in at once, no more memory goes into password hashes than
password_concurrency allows."""

import threading
from concurrent.futures import ThreadPoolExecutor

from harness.accounts import SITE, register
from harness.nginx_server import eventually
from harness.workers import resident_mib

HASH_MIB, PERMITS = 48, 2


def test_flood(nginx, sqlite_store):
    # AddressSanitizer would hold on to what was freed.
    asan = {"ASAN_OPTIONS": "detect_odr_violation=0:quarantine_size_mb=1"}
    server = nginx(SITE, store=sqlite_store.uri, server="", workers=2,
                   environment=asan,
                   realm=f"password_hash argon2id memory={HASH_MIB}m time=1;"
                         f"password_concurrency {PERMITS} queue=64;")
    register(server.client(), "alice")
    workers = server.workers()
    most = 0
    over = threading.Event()

    def watch():
        nonlocal most
        while not over.wait(0.002):
            most = max(most, resident_mib(workers))

    at_rest = resident_mib(workers)
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        with ThreadPoolExecutor(24) as pool:
            answers = list(pool.map(
                lambda i: server.client().post(
                    "/login", {"username": "alice", "password": f"wrong {i}"}
                ).status, range(24)))
    finally:
        over.set()
        watcher.join()
    assert set(answers) <= {401, 503}, "503: waited too long"
    assert answers.count(401) >= 6
    assert most - at_rest > HASH_MIB / 2, "nothing was seen of the hashes"
    assert most - at_rest < PERMITS * HASH_MIB + 32
    # and it goes back
    eventually(lambda: resident_mib(workers) - at_rest < 32,
               "the memory is not given back")
