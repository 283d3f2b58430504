"""The line: in order, told of every change, and whole after any cancellation."""

import asyncio
from itertools import permutations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.services.line import Line

Steps = list[tuple[str, int]]


class Visitor:
    """Somebody who takes a turn and leaves it when told to."""

    def __init__(self, line: Line, order: list[int], number: int) -> None:
        self.places: list[int] = []
        self.leave = asyncio.Event()
        self.task = asyncio.create_task(self._visit(line, order, number))

    async def _visit(self, line: Line, order: list[int], number: int) -> None:
        async with line.turn(self.places.append):
            order.append(number)
            await self.leave.wait()


async def settled() -> None:
    """Let everything that can go on go on."""
    for _ in range(6):
        await asyncio.sleep(0)


async def lined_up(count: int) -> tuple[Line, list[int], list[Visitor]]:
    line, order = Line(), list[int]()
    visitors = [Visitor(line, order, number) for number in range(count)]
    await settled()
    return line, order, visitors


async def emptied(line: Line, visitors: list[Visitor]) -> None:
    """Everyone leaves; afterwards a newcomer must get a turn at once."""
    for visitor in visitors:
        visitor.leave.set()
    await asyncio.gather(*(visitor.task for visitor in visitors), return_exceptions=True)
    assert len(line) == 0
    async with asyncio.timeout(60), line.turn(lambda place: pytest.fail(f"told place {place} of an empty line")):
        pass


async def test_turns_are_taken_one_at_a_time_in_order() -> None:
    """Nobody enters before the one in front has left."""
    line, order, visitors = await lined_up(4)
    for number, visitor in enumerate(visitors):
        assert order == list(range(number + 1))
        visitor.leave.set()
        await settled()
    await emptied(line, visitors)


async def test_everyone_is_told_where_they_stand() -> None:
    """The next in line is 1, each step forward is told once, and who need not wait is told nothing."""
    line, _, visitors = await lined_up(4)
    assert [visitor.places for visitor in visitors] == [[], [1], [2], [3]]
    assert len(line) == 3
    visitors[0].leave.set()
    await settled()
    assert [visitor.places for visitor in visitors] == [[], [1], [2, 1], [3, 2]]
    await emptied(line, visitors)


async def test_a_turn_that_raises_is_over() -> None:
    """The next one enters, and the error goes to whom it belongs."""
    line = Line()
    with pytest.raises(ValueError, match="mine"):
        async with line.turn(lambda _: None):
            raise ValueError("mine")
    await emptied(line, [])


@pytest.mark.parametrize("leaver", range(1, 5))
async def test_whoever_leaves_costs_nobody_a_place(leaver: int) -> None:
    """A cancellation in any position: those in front keep their places, those behind move up."""
    line, order, visitors = await lined_up(5)
    visitors[leaver].task.cancel()
    await settled()
    left = [visitor for number, visitor in enumerate(visitors) if number != leaver]
    assert [visitor.places[-1] for visitor in left[1:]] == [1, 2, 3]
    for visitor in left:
        visitor.leave.set()
        await settled()
    assert order == [number for number in range(5) if number != leaver]
    await emptied(line, visitors)


async def test_whoever_is_cancelled_during_the_turn_hands_it_on() -> None:
    """The next one enters at once."""
    line, order, visitors = await lined_up(2)
    visitors[0].task.cancel()
    await settled()
    assert order == [0, 1]
    await emptied(line, visitors)


@pytest.mark.parametrize("order_of_events", list(permutations(["leave 0", "cancel 1", "cancel 2"])))
@pytest.mark.parametrize("pauses", list(product([0, 1, 2, 3], repeat=2)))
async def test_cancelled_in_the_moment_the_turn_is_handed_over(
    order_of_events: tuple[str, ...], pauses: tuple[int, int]
) -> None:
    """Every order of a leaving and two cancellations, with every small number of steps of the loop in between."""
    line, order, visitors = await lined_up(4)
    for event, pause in zip(order_of_events, (*pauses, 0), strict=True):
        kind, number = event.split()
        visitor = visitors[int(number)]
        _ = visitor.leave.set() if kind == "leave" else visitor.task.cancel()
        for _ in range(pause):
            await asyncio.sleep(0)
    await settled()
    assert order[-1] == 3
    await emptied(line, visitors)


actions = st.lists(
    st.tuples(st.sampled_from(["come", "leave", "cancel", "pause"]), st.integers(0, 7)), min_size=1, max_size=40
)


@settings(deadline=None, max_examples=150)
@given(steps=actions)
def test_no_turn_is_ever_lost_or_doubled(steps: Steps) -> None:
    """Whatever people do: never two inside, always first come first served, and an empty line at the end."""
    asyncio.run(_played(steps))


async def _played(steps: Steps) -> None:
    line, order, visitors = Line(), list[int](), list[Visitor]()
    for kind, number in steps:
        chosen = visitors[number % len(visitors)] if visitors else None
        if kind == "come" or chosen is None:
            visitors.append(Visitor(line, order, len(visitors)))
        elif kind == "leave":
            chosen.leave.set()
        elif kind == "cancel":
            chosen.task.cancel()
        else:
            await asyncio.sleep(0)
        inside = [n for n in order if not visitors[n].task.done() and not visitors[n].leave.is_set()]
        assert len([n for n in inside if not visitors[n].task.cancelling()]) <= 1
    await settled()
    await emptied(line, visitors)
    assert order == sorted(order)
