"""Things and their moments, however they are put, moved and taken."""

from hypothesis import given
from hypothesis import strategies as st

from bot.services.tracker.timers import DeadlineQueue

THINGS, MOMENTS = st.integers(0, 9), st.integers(0, 99)
PUT = st.tuples(st.just("put"), THINGS, MOMENTS)
DROP = st.tuples(st.just("drop"), THINGS, MOMENTS)
POP = st.tuples(st.just("pop"), THINGS, MOMENTS)


@given(st.lists(PUT | DROP | POP, max_size=300))
def test_it_is_a_dictionary_whose_earliest_comes_first(steps: list[tuple[str, int, int]]) -> None:
    """Each thing has the last moment it was given; among equal moments any may be first."""
    table, plain = DeadlineQueue[int](), dict[int, float]()
    for step, thing, moment in steps:
        match step:
            case "put":
                table.put(thing, moment)
                plain[thing] = moment
            case "drop":
                table.drop(thing)
                plain.pop(thing, None)
            case _:
                popped = table.pop(moment)
                earliest = min(plain.values(), default=100)
                assert (popped is not None) == (earliest <= moment)
                assert popped is None or plain.pop(popped) == earliest
        assert len(table) == len(plain)
        assert table.next_due_at == min(plain.values(), default=None)
        assert (thing in table, table.due_at(thing)) == (thing in plain, plain.get(thing))


def test_what_was_moved_takes_no_room() -> None:
    """Moved a thousand times, a thing is still one."""
    table = DeadlineQueue[str]()
    for moment in range(1000):
        table.put("thing", moment)
    assert len(table._heap) < 50
    table.drop("thing")
    assert (table.first, table.pop(2000)) == (None, None)
