"""sodium_loop.py SECONDS: prints how many hashes per second libsodium alone
computes, in as many threads as nginx hashes in, and of the same priority:
whatever else runs on the machine takes as much from both. Then prints how many
milliseconds of a processor each of them took."""

import ctypes
import os
import sys
import threading
import time

from priority import SERVER, put_first

THREADS = os.cpu_count()
NICER = 10  # than a worker: the module's threads for hashes
ARGON2ID13 = 2

SODIUM = ctypes.CDLL("libsodium.so.23")


def one_hash():
    """At the default cost of `password_hash`."""
    tag = ctypes.create_string_buffer(32)
    password = b"a password"
    done = SODIUM.crypto_pwhash_argon2id(
        tag, ctypes.c_ulonglong(32), password,
        ctypes.c_ulonglong(len(password)), bytes(range(16)),
        ctypes.c_ulonglong(2), ctypes.c_size_t(19456 * 1024), ARGON2ID13)
    assert done == 0, "libsodium has no memory"


def main():
    assert SODIUM.sodium_init() >= 0
    seconds = float(sys.argv[1])
    put_first(SERVER)
    counts = [0] * THREADS
    nice = min(os.getpriority(os.PRIO_PROCESS, 0) + NICER, 19)
    used, started = time.process_time(), time.perf_counter()

    def work(which):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), nice)
        while time.perf_counter() - started < seconds:
            one_hash()  # without Python's lock
            counts[which] += 1

    threads = [threading.Thread(target=work, args=(i,))
               for i in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(sum(counts) / (time.perf_counter() - started),
          1000 * (time.process_time() - used) / sum(counts))


if __name__ == "__main__":
    main()
