"""Which files are near which hosts, and who reads them from there. Pure.

Data that a container reads from a DataNode on its own host does not cross the network.
So files are shared out with an eye to where their readers are, as far as the balance
allows: no worker gets more than the mean plus one file, near or not.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import msgspec

from xlearning.io.formats.base import Block
from xlearning.io.uris import split_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from xlearning.io.splits import InputFile, Share
    from xlearning.job.spec import InputHost


_ROUNDING = 1e-6
"""What a part of the whole may be wrong by."""


class Near(msgspec.Struct, frozen=True):
    """Bytes that hosts hold.

    Attributes:
        files: URL to host to the bytes of the file that are on it.
        blocks: URL to the blocks of the file.
    """

    files: dict[str, dict[str, int]] = {}
    blocks: dict[str, tuple[Block, ...]] = {}


class _Located(msgspec.Struct):
    """One block of WebHDFS's answer."""

    offset: int = 0
    length: int = 0
    hosts: list[str] = []


class _Locations(msgspec.Struct):
    BlockLocation: list[_Located] = []


class _Answer(msgspec.Struct):
    BlockLocations: _Locations


_DECODER = msgspec.json.Decoder(_Answer)
"""Made once: threads that make the first one of a type side by side see it half made,
and crash (seen with msgspec 0.22)."""


def parse_locations(data: bytes) -> tuple[Block, ...]:
    """Read WebHDFS's answer to GETFILEBLOCKLOCATIONS: the blocks of a file.

    Raises:
        msgspec.DecodeError: It is another answer.
    """
    answer = _DECODER.decode(data)
    return tuple(
        Block(block.offset, block.length, tuple(dict.fromkeys(block.hosts)))
        for block in answer.BlockLocations.BlockLocation
    )


def bytes_by_host(blocks: Iterable[Block]) -> dict[str, int]:
    """Return how much of a file each host holds."""
    amounts: Counter[str] = Counter()
    for block in blocks:
        for host in block.hosts:
            amounts[host] += block.length
    return dict(amounts)


def web_addresses(url: str, properties: Mapping[str, str]) -> tuple[str, ...]:
    """Return the web addresses of the NameNodes of a URL, e.g. `http://nn1:9870`.

    Nothing for what is not on HDFS.
    """
    location = split_url(url)
    if location.scheme != "hdfs" or not location.authority:
        return ()
    secure = properties.get("dfs.http.policy", "").strip().upper() == "HTTPS_ONLY"
    scheme, port = ("https", 9871) if secure else ("http", 9870)
    key, name = f"dfs.namenode.{scheme}-address", location.authority
    ids = properties.get(f"dfs.ha.namenodes.{name}", "").split(",")
    given = [properties.get(f"{key}.{name}.{each.strip()}", "") for each in ids]
    if properties.get("fs.defaultFS", "").rstrip("/") == location.root:
        given.append(properties.get(key, ""))
    host = name.partition(":")[0]
    found = [each.replace("0.0.0.0:", f"{host}:") for each in given if each]
    return tuple(f"{scheme}://{each}" for each in found or [f"{host}:{port}"])


def split_near(
    files: Sequence[InputFile], homes: Sequence[str], near: Near
) -> tuple[Share, ...]:
    """Share files out by their size, where it can be to workers that are near them.

    Args:
        files: All of them, alias by alias.
        homes: For each worker the host that it is on, "" where that is not known yet.
        near: Where the files are.

    Returns:
        One share per worker, in listing order.
    """
    homes = settle(files, homes, near)
    numbered: list[list[int]] = [[] for _ in homes]
    aliases: dict[str, list[int]] = defaultdict(list)
    for number, file in enumerate(files):
        aliases[file.alias].append(number)
    for numbers in aliases.values():
        balance = _Balance(homes, sum(files[n].length + 1 for n in numbers))
        for number in sorted(numbers, key=lambda n: (-files[n].length, n)):
            hosts = near_hosts(near.files.get(files[number].uri, {}))
            numbered[balance.owner(hosts, files[number].length + 1)].append(number)
    return tuple(tuple(files[n] for n in sorted(share)) for share in numbered)


def settle(
    files: Iterable[InputFile], homes: Sequence[str], near: Near
) -> tuple[str, ...]:
    """Give workers that are nowhere yet the hosts that most of the data is on."""
    demand: Counter[str] = Counter()
    for file in files:
        amounts = near.files.get(file.uri, {})
        for host, amount in amounts.items():
            demand[host] += amount // len(amounts)
    if not demand:
        return tuple(homes)
    quota = max(1, demand.total() // len(homes))
    for home in homes:
        demand[home] -= quota
    heap = [(-amount, host) for host, amount in demand.items() if host]
    heapq.heapify(heap)
    return tuple(home or _next_home(heap, quota) for home in homes)


def _next_home(heap: list[tuple[int, str]], quota: int) -> str:
    amount, host = heap[0]
    heapq.heapreplace(heap, (amount + quota, host))
    return host


class _Balance:
    """The workers' loads; the lightest one of any host, or of all, is found at once.

    A file counts one byte more than it has, so that empty ones are shared out too.
    """

    def __init__(self, homes: Sequence[str], total: int) -> None:
        self._homes = homes
        self._mean = total / len(homes)
        self._loads = [0] * len(homes)
        self._heaps: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for worker, home in enumerate(homes):
            self._heaps[home].append((0, worker))
        self._all = [(0, worker) for worker in range(len(homes))]

    def owner(self, hosts: Iterable[str], weight: int) -> int:
        """Give a file to a worker and return it."""
        heaps = [self._heaps[host] for host in hosts if host in self._heaps]
        lightest = self._lightest(self._all)
        nearest = min(map(self._lightest, heaps), default=lightest)
        has_room = nearest[0] + weight <= self._mean or nearest[0] == lightest[0]
        load, worker = nearest if has_room else lightest
        self._loads[worker] = load + weight
        for heap in (self._heaps[self._homes[worker]], self._all):
            heapq.heappush(heap, (load + weight, worker))
        return worker

    def _lightest(self, heap: list[tuple[int, int]]) -> tuple[int, int]:
        """Return load and number of the lightest worker; drop loads that were."""
        while heap[0][0] != self._loads[heap[0][1]]:
            heapq.heappop(heap)
        return heap[0]


def bytes_near(share: Iterable[InputFile], near: Near) -> dict[str, int]:
    """Return how many bytes of a share each host holds."""
    amounts: Counter[str] = Counter()
    for file in share:
        amounts.update(near.files.get(file.uri, {}))
    return dict(amounts)


def near_hosts(amounts: Mapping[str, int]) -> list[str]:
    """Return the hosts that hold at least half of what the best one holds."""
    most = max(amounts.values(), default=0)
    return [host for host, amount in amounts.items() if 0 < most <= 2 * amount]


class Place(msgspec.Struct, frozen=True):
    """A host or rack where so many containers would be near their data.

    Attributes:
        name: The host or rack, as YARN calls it.
        count: How many are wanted there.
        only: Containers elsewhere will not do.
    """

    name: str
    count: int
    only: bool = False


def places(
    hosts: Sequence[InputHost], count: int, shares: Sequence[Mapping[str, int]]
) -> tuple[Place, ...]:
    """Return where containers are wanted, as YARN has to be asked.

    Only hosts of NodeManagers count: for another one the scheduler would wait in vain.
    A task whose data is on several of them would be near it on each. YARN serves an ask
    for a host only beside one for its rack (LocalityAppPlacementAllocator).

    Args:
        hosts: The NodeManagers' hosts that hold input.
        count: How many tasks wait.
        shares: For each of them, host to bytes of its share; empty before the input is
            shared out, when as many are wanted at a host as it holds of the whole.
    """
    racks = {host.name: host.rack for host in hosts}
    wanted: Counter[str] = Counter()
    for amounts in shares:
        near = [host for host in near_hosts(amounts) if host in racks]
        wanted.update(near)
        wanted.update({racks[host] for host in near})
    for host in hosts if not shares else ():
        here = min(count, math.ceil(count * host.part - _ROUNDING))
        wanted[host.name] += here
        wanted[host.rack] = min(count, wanted[host.rack] + here)
    return tuple(Place(name, wanted[name]) for name in sorted(wanted) if wanted[name])
