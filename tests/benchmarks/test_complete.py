"""What a run has to print: every row, each with a value of this bot."""

from dataclasses import replace

import pytest

from benchmarks.complete import expected, missing
from benchmarks.figures import Part, row

RATES = (50, 200)
PARTS = [
    Part(number, "a part", ("this bot",), [row(figure, 1, 2.0) for figure in expected(number, RATES)])
    for number in (1, 2, 3)
]


def test_nothing_is_missing_of_a_whole_run() -> None:
    """Ten rows of a burst, five of each kind of command at each rate; of other parts none is asked for."""
    assert [len(part.rows) for part in PARTS] == [10, 0, 20]
    assert missing(PARTS, RATES) == []


@pytest.mark.parametrize("part", [PARTS[0], PARTS[2]], ids=lambda part: str(part.number))
def test_a_lost_row_is_named(part: Part) -> None:
    """Wherever it stood."""
    for index, lost in enumerate(part.rows):
        assert missing([replace(part, rows=part.rows[:index] + part.rows[index + 1 :])], RATES) == [lost.figure]


def test_a_row_without_a_value_is_named() -> None:
    """A dash for this bot says nothing; one for another bot may be right."""
    rows = [row("jobs lost", 1, None, 2.0), *PARTS[0].rows[1:-1], row("makespan over the ideal", 1, 1.0, None)]
    assert missing([replace(PARTS[0], rows=rows)], RATES) == ["jobs lost"]
