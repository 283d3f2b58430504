"""Who may use a worker and memory next."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from bot.services.images.workers.turns import MemoryBudget, Turns


class Users:
    """Tasks that enter a context and stay in it until they are released; `inside` are those that are in it now."""

    def __init__(self) -> None:
        self.inside: list[str] = []
        self._leave: dict[str, asyncio.Event] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def enter(self, name: str, context: Callable[[], AbstractAsyncContextManager[None]]) -> None:
        """Start a task that wants in."""

        async def use() -> None:
            async with context():
                self.inside.append(name)
                try:
                    await self._leave[name].wait()
                finally:
                    self.inside.remove(name)

        self._leave[name] = asyncio.Event()
        self._tasks[name] = asyncio.create_task(use())
        await _settled()

    async def leave(self, *names: str) -> None:
        """Let these go."""
        for name in names:
            self._leave[name].set()
            await self._tasks[name]
        await _settled()

    async def cancel(self, name: str) -> None:
        """Cancel one, wherever it is."""
        self._tasks[name].cancel()
        await asyncio.wait([self._tasks[name]])
        await _settled()


async def _settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_owners_take_turns() -> None:
    """One with many wishes gets one slot, and the next only after the first wish of each other."""
    turns, users = Turns(2, of_one=1), Users()
    for name in ("a1", "a2", "a3", "b1", "c1"):
        await users.enter(name, lambda name=name: turns.turn(name[0]))
    assert users.inside == ["a1", "b1"]
    await users.leave("a1")
    assert users.inside == ["b1", "c1"]
    await users.leave("b1")
    assert users.inside == ["c1", "a2"]
    await users.leave("c1")
    assert users.inside == ["a2"]
    await users.leave("a2", "a3")
    assert users.inside == []


@pytest.mark.parametrize("name", ["a1", "a2", "b1"])
async def test_a_cancelled_turn_is_free_again(name: str) -> None:
    """Cancelled while waiting or inside, no slot is lost and none is counted twice."""
    turns, users = Turns(1, of_one=1), Users()
    for each in ("a1", "a2", "b1"):
        await users.enter(each, lambda each=each: turns.turn(each[0]))
    await users.cancel(name)
    for rest in [each for each in ("a1", "b1", "a2") if each != name]:
        assert users.inside == [rest]
        await users.leave(rest)
    await users.enter("z1", lambda: turns.turn("z"))
    assert users.inside == ["z1"]
    await users.leave("z1")


async def test_cancelled_in_the_moment_of_its_turn() -> None:
    """One that is cancelled between getting its turn and taking it passes it on."""
    turns, users = Turns(1, of_one=1), Users()
    for each in ("a1", "b1", "c1"):
        await users.enter(each, lambda each=each: turns.turn(each[0]))
    users._leave["a1"].set()
    await users._tasks["a1"]
    users._tasks["b1"].cancel()
    await _settled()
    assert users.inside == ["c1"]
    await users.leave("c1")


async def test_memory_is_shared_in_order() -> None:
    """Those who ask get memory in their order, as soon as it is free; what exceeds all of it gets all."""
    budget, users = MemoryBudget(100), Users()
    for name, size in (("a", 60), ("b", 60), ("c", 30), ("d", 500), ("e", 10)):
        await users.enter(name, lambda size=size: budget.share(size))
    assert users.inside == ["a"]
    await users.leave("a")
    assert users.inside == ["b", "c"]
    await users.leave("b")
    assert users.inside == ["c"]
    await users.leave("c")
    assert users.inside == ["d"]
    await users.leave("d", "e")
    assert users.inside == []


async def test_cancelled_memory_is_free_again() -> None:
    """Cancelled while waiting or inside, memory is not lost."""
    budget, users = MemoryBudget(100), Users()
    for name, size in (("a", 100), ("b", 100), ("c", 50)):
        await users.enter(name, lambda size=size: budget.share(size))
    await users.cancel("b")
    await users.cancel("a")
    assert users.inside == ["c"]
    await users.leave("c")
    await users.enter("d", lambda: budget.share(100))
    assert users.inside == ["d"]
    await users.leave("d")
