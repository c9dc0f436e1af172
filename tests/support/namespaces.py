"""Machines with a network of their own: Linux's network namespaces, on one bridge."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

IP = shutil.which("ip", path=f"{os.environ['PATH']}{os.pathsep}/usr/sbin") or "ip"


@dataclass(frozen=True)
class Namespace:
    """The network of one machine."""

    name: str
    address: str

    @property
    def inside(self) -> tuple[str, ...]:
        """The words that run a command in this network."""
        return (IP, "netns", "exec", self.name)

    def link(self, state: str) -> None:
        """Take its only link `up` or `down`."""
        _ip("-n", self.name, "link", "set", "eth0", state)

    def pids(self) -> list[int]:
        """Return the processes that run in it."""
        return [int(pid) for pid in _ip("netns", "pids", self.name).split()]


def _ip(*arguments: str) -> str:
    done = subprocess.run([IP, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"ip {' '.join(arguments)}: {done.stderr}"
    return done.stdout


def unavailable() -> str:
    """Return why this process cannot make namespaces; "" when it can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    if not shutil.which(IP):
        return "there is no ip: install iproute2"
    try:
        with namespaces(2):
            return ""
    except AssertionError as problem:
        return str(problem)


@contextmanager
def namespaces(count: int) -> Iterator[list[Namespace]]:
    """Make so many namespaces, in which 10.77.0.1, .2 and so on reach each other, for a block."""
    made = [Namespace(f"test-{os.getpid()}-{n}", f"10.77.0.{n}") for n in range(1, count + 1)]
    first = made[0]
    with ExitStack() as ending:
        for each in made:
            _ip("netns", "add", each.name)
            ending.callback(_ip, "netns", "del", each.name)
            _ip("-n", each.name, "link", "set", "lo", "up")
        _ip("-n", first.name, "link", "add", "bridge", "type", "bridge")
        _ip("-n", first.name, "address", "add", f"{first.address}/24", "dev", "bridge")
        _ip("-n", first.name, "link", "set", "bridge", "up")
        for number, each in enumerate(made[1:]):
            port = f"port{number}"
            peer = ("peer", "name", "eth0", "netns", each.name)
            _ip("-n", first.name, "link", "add", port, "type", "veth", *peer)
            _ip("-n", first.name, "link", "set", port, "master", "bridge", "up")
            _ip("-n", each.name, "address", "add", f"{each.address}/24", "dev", "eth0")
            each.link("up")
        yield made
