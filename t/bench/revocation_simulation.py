"""How long a logout takes to reach a thousand nginx, and what their polls ask of
the store: a simulation of src/nginx/threads/session_sync.cpp.

    NODES=1000 LOGOUTS=2000 revocation_simulation.py

A logout is written, then becomes visible; each node reads when its timer of half
a second finds that a round is due, which is every second at a phase of its own. A
round takes as long as the store takes. Some of the nodes lose the worker that
polls: another takes over when its lease has lapsed."""

import os
import random
import statistics

NODES = int(os.environ.get("NODES") or 1000)
LOGOUTS = int(os.environ.get("LOGOUTS") or 2000)
LOOK = 0.5    # how often a worker looks whether it leads
ROUND = 0.95  # how old the last round is at least
LEASE = 1.0   # how long a worker leads without renewing it
BYTES_AT_REST = 3352  # measured by store_traffic.py, a second and node


def delay_of(store_seconds, dies):
    """Seconds from the moment at which a logout is visible to that at which a
    node has applied it."""
    to_next_look = random.uniform(0, LOOK)
    looks_of_a_round = -(-ROUND // LOOK)
    wait = to_next_look + LOOK * random.randrange(int(looks_of_a_round))
    if dies:  # at the worst moment: just after it has renewed its lease
        wait = LEASE + random.uniform(0, LOOK)
    return wait + store_seconds()


def simulate(what, store_seconds, dying=0.0):
    last, typical = [], []
    for _ in range(LOGOUTS):
        visible = store_seconds()
        delays = [visible + delay_of(store_seconds, random.random() < dying)
                  for _ in range(NODES)]
        last.append(max(delays))
        typical.append(statistics.median(delays))
    last.sort()
    print(f"{what:44} half of the nodes {statistics.median(typical):5.2f} s, "
          f"all {statistics.median(last):5.2f} s, all in 99 of 100 logouts "
          f"{last[int(len(last) * 0.99)]:5.2f} s", flush=True)


def lognormal(median, spread):
    return lambda: random.lognormvariate(0, spread) * median


def main():
    random.seed(1)
    print(f"{NODES} nodes, {LOGOUTS} logouts; at rest "
          f"{2 * NODES} commands and {NODES * BYTES_AT_REST / 1e6:.1f} MB "
          "a second for the store")
    simulate("a store that answers in 1 ms", lognormal(0.001, 0.5))
    simulate("a store that answers in 20 ms", lognormal(0.020, 0.5))
    simulate("20 ms, one in a hundred answers takes 0.3 s",
             lambda: 0.3 if random.random() < 0.01 else
             lognormal(0.020, 0.5)())
    simulate("20 ms, each logout meets a dying poller",
             lognormal(0.020, 0.5), dying=1 / NODES)
    simulate("a store at its limit, 200 ms", lognormal(0.2, 0.5))


main()
