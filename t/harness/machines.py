"""Machines of their own, for an nginx or a store: network namespaces on a bridge
that is this machine's, too. Making them takes root."""

import subprocess

# Of a range that is for tests of networks alone (RFC 2544).
NETWORK = "198.18.{}"
# Behind it there is nobody.
NOBODY = "02:00:00:00:00:01"


class NotAllowed(Exception):
    """This machine lets nobody make such things, or not us."""


def ip(*arguments):
    try:
        subprocess.run(["ip", *arguments], check=True, capture_output=True,
                       text=True, timeout=60)
    except FileNotFoundError as error:
        raise NotAllowed("there is no program ip") from error
    except subprocess.CalledProcessError as error:
        raise NotAllowed(error.stderr.strip()) from error


class Network:
    """A bridge. `store_address` is where this machine has its store."""

    def __init__(self):
        self._number = self._make_bridge()
        self._machines = []
        self.bridge = f"auth{self._number}"
        self.store_address = self.address(2)
        try:
            for host in (1, 2):
                ip("address", "add", f"{self.address(host)}/24", "dev",
                   self.bridge)
            ip("link", "set", self.bridge, "up")
        except NotAllowed:
            self.close()
            raise

    @staticmethod
    def _make_bridge():
        """The name is this network's alone: the kernel refuses a second one."""
        for number in range(256):
            try:
                ip("link", "add", f"auth{number}", "type", "bridge")
                return number
            except NotAllowed as error:
                if "exists" not in str(error):
                    raise
        raise NotAllowed("there are too many networks of tests")

    def address(self, host):
        return f"{NETWORK.format(self._number)}.{host}"

    def machine(self):
        added = Machine(self, len(self._machines) + 3)
        self._machines.append(added)
        added.start()
        return added

    def close(self):
        for added in self._machines:
            added.close()
        subprocess.run(["ip", "link", "delete", self.bridge], check=False,
                       capture_output=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Machine:
    """`wrapper` runs a program there. What is sent to the store from there can
    get lost or be refused; everything else arrives."""

    def __init__(self, network, host):
        self._network = network
        self._name = f"{network.bridge}-{host}"
        self._store = network.store_address
        self.address = network.address(host)
        self.wrapper = ("ip", "netns", "exec", self._name)

    def start(self):
        ip("netns", "add", self._name)
        ip("link", "add", self._name, "type", "veth", "peer", "name", "eth0",
           "netns", self._name)
        ip("link", "set", self._name, "master", self._network.bridge, "up")
        self._ip("address", "add", f"{self.address}/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            self._ip("link", "set", device, "up")

    def drop(self):
        """Nothing is answered any more, neither on connections that there are
        nor on new ones."""
        self._ip("neighbor", "replace", self._store, "lladdr", NOBODY, "dev",
                 "eth0", "nud", "permanent")

    def refuse(self):
        """Connections are reset, and new ones refused: at that address there is
        a machine without the store, this one."""
        self._ip("address", "add", f"{self._store}/32", "dev", "lo")

    def mend(self):
        for undo in (["neighbor", "delete", self._store, "dev", "eth0"],
                     ["address", "delete", f"{self._store}/32", "dev", "lo"]):
            subprocess.run(["ip", "-n", self._name, *undo], check=False,
                           capture_output=True)

    def close(self):
        """The device goes with the namespace."""
        subprocess.run(["ip", "netns", "delete", self._name], check=False,
                       capture_output=True)

    def _ip(self, *arguments):
        ip("-n", self._name, *arguments)
