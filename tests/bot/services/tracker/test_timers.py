"""The deadline queue against a dictionary."""

from hypothesis import given
from hypothesis import strategies as st

from bot.services.tracker.timers import DeadlineQueue

ITEMS, TIMES = st.integers(0, 9), st.integers(0, 99)
PUT = st.tuples(st.just("put"), ITEMS, TIMES)
DROP = st.tuples(st.just("drop"), ITEMS, TIMES)
POP = st.tuples(st.just("pop"), ITEMS, TIMES)


@given(st.lists(PUT | DROP | POP, max_size=300))
def test_deadline_queue_against_a_dictionary(steps: list[tuple[str, int, int]]) -> None:
    """Each item has its latest deadline, and the earliest is popped first."""
    table, plain = DeadlineQueue[int](), dict[int, float]()
    for step, item, time in steps:
        match step:
            case "put":
                table.put(item, time)
                plain[item] = time
            case "drop":
                table.drop(item)
                plain.pop(item, None)
            case _:
                popped = table.pop(time)
                earliest = min(plain.values(), default=100)
                assert (popped is not None) == (earliest <= time)
                assert popped is None or plain.pop(popped) == earliest
        assert len(table) == len(plain)
        assert table.next_due_at == min(plain.values(), default=None)
        assert (item in table, table.due_at(item)) == (item in plain, plain.get(item))


def test_moved_items_do_not_grow_the_heap() -> None:
    """Moving an item repeatedly does not let the heap grow."""
    table = DeadlineQueue[str]()
    for time in range(1000):
        table.put("thing", time)
    assert len(table._heap) < 50
    table.drop("thing")
    assert (table.first, table.pop(2000)) == (None, None)
