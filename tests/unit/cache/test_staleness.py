"""However reads, writes and the passing of time interleave on three instances, no answer is older than the bound."""

import asyncio
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from shop.adapters.cache.catalogue_cache import InProcessCatalogueCache
from shop.application.framework.recent_changes import RecentChanges
from shop.application.ports.catalogue import CachedAnswer
from tests.shared_reads import SharedMemory

BOUND = 1.0
INSTANCES = 3

changes = st.sampled_from(["product", "stock", "stock of another", "sales"])
instances = st.integers(0, INSTANCES - 1)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("time passes"), st.sampled_from([0.05, 0.4, 0.8, 1.1])),
        st.tuples(st.just("write"), instances, changes),
        st.tuples(st.just("read"), instances),
        st.tuples(st.just("read slowly"), instances),
        st.tuples(st.just("let slow reads end"), st.just(0)),
    ),
    min_size=4,
    max_size=40,
)


@dataclass
class World:
    """A database with one fact that changes, and what each instance has in memory."""

    now: float = 100.0
    fact: int = 0
    written: list[tuple[float, int, int]] = field(default_factory=list)
    """The time, the instance and the fact of each write."""
    gates: list[asyncio.Event] = field(default_factory=list)
    reads: list[asyncio.Task[None]] = field(default_factory=list)
    loads: int = 0

    def __post_init__(self) -> None:
        shared = SharedMemory(lambda: self.now)
        self.caches = [InProcessCatalogueCache(shared, monotonic=lambda: self.now) for _ in range(INSTANCES)]

    def write(self, instance: int, what: str) -> None:
        self.now += 0.001
        self.fact += 1
        self.written.append((self.now, instance, self.fact))
        cache = self.caches[instance]
        match what:
            case "product":
                cache.products_changed()
            case "stock":
                cache.stock_changed(["p1"])
            case "stock of another":
                cache.stock_changed(["p2"])
            case _:
                cache.sales_changed()
        self.now += 0.001

    async def read(self, instance: int, gate: asyncio.Event | None = None) -> None:
        """Read the page; fail if the answer is older than the bound or than a write of this instance."""
        began, oldest = self.now, 0
        for at, writer, fact in self.written:
            if writer == instance or at <= began - BOUND:
                oldest = fact

        async def load() -> CachedAnswer:
            self.loads += 1
            body = b"%d" % self.fact
            if gate is not None:
                await gate.wait()
            return CachedAnswer(body, ["p1"], depends_on_stock=True, depends_on_sales=True)

        answer = await self.caches[instance].load(b"page", load)
        assert int(answer.body) >= oldest

    async def settle(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)

    async def live(self, plan: list[tuple[str, float, str]]) -> None:
        for step, *details in plan:
            match step:
                case "time passes":
                    self.now += details[0]
                case "write":
                    self.write(int(details[0]), details[1])
                case "read":
                    self.reads.append(asyncio.create_task(self.read(int(details[0]))))
                case "read slowly":
                    self.gates.append(asyncio.Event())
                    self.reads.append(asyncio.create_task(self.read(int(details[0]), self.gates[-1])))
                case _:
                    for gate in self.gates:
                        gate.set()
            await self.settle()
        for gate in self.gates:
            gate.set()
        await asyncio.gather(*self.reads)


@hypothesis_settings(max_examples=1_000)
@given(steps)
def test_reads_are_never_older_than_the_bound_or_own_writes(plan: list[tuple[str, float, str]]) -> None:
    asyncio.run(World().live(plan))


@pytest.mark.anyio
async def test_a_value_read_by_one_instance_is_not_read_again_by_the_others() -> None:
    world = World()
    for instance in range(INSTANCES):
        await world.read(instance)
    assert world.loads == 1


@pytest.mark.anyio
async def test_shared_values_older_than_an_own_write_are_ignored() -> None:
    world = World()
    await world.read(0)
    world.write(1, "stock")
    await world.read(1)
    assert world.loads == 2
    await world.read(2)  # either the older or the newer value is fresh enough
    assert world.loads == 2


@pytest.mark.anyio
async def test_shared_values_are_cached_no_longer_than_on_the_server() -> None:
    world = World()
    await world.read(0)
    world.write(2, "product")
    world.now += 0.8
    await world.read(1)
    assert world.loads == 1
    world.now += 0.2
    await world.read(1)
    assert world.loads == 2


def test_changes_are_remembered_while_older_readings_exist() -> None:
    changes = RecentChanges()
    changes.note(["a"], 100.0)
    changes.note(["b"], 100.8)
    assert changes.any_since(100.0, ["a"])
    assert not changes.any_since(100.1, ["a", "c"])
    changes.note(["a"], 100.85)
    assert changes.any_since(100.1, ["c", "a"])
