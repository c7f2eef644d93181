"""Two nginx on one store."""

from concurrent.futures import ThreadPoolExecutor

from harness.accounts import PASSWORD, login


def test_a_name_registered_on_both_at_once(site, store):
    """One of them wins; the other says that the name is taken."""
    nodes = [site(store), site(store)]
    for round_number in range(3):
        name = f"alice{round_number}"

        def try_on(i):
            return nodes[i % 2].client().post(
                "/register", {"username": name, "password": PASSWORD + str(i)})

        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(try_on, range(6)))
        assert sorted(a.status for a in answers) == [303] + [409] * 5
        assert len([d for d in store.documents()
                    if d["username"] == name]) == 1
        winner = [a.status for a in answers].index(303)
        for node in nodes:
            login(node.client(), name, PASSWORD + str(winner))
