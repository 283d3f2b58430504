"""The arithmetic of the benchmarks, and what it says where there is nothing to calculate with."""

import pytest

from benchmarks.figures import ideal_makespan, jain, limited, number, percentile, ratio


@pytest.mark.parametrize(("percent", "expected"), [(0, 1), (50, 50), (99, 99), (99.5, 100), (100, 100)])
def test_a_percentile_is_one_of_the_values(percent: float, expected: float) -> None:
    """Of the numbers up to a hundred it is the number itself, in whatever order they come."""
    assert percentile([float(value) for value in range(100, 0, -1)], percent) == expected


def test_a_single_value_is_every_percentile() -> None:
    """Nothing is made up between values that were not measured."""
    assert [percentile([7.0], percent) for percent in (0, 50, 99)] == [7.0, 7.0, 7.0]


def test_without_values_there_are_no_figures() -> None:
    """None stands for what could not be measured."""
    assert (percentile([], 50), jain([]), jain([0, 0]), ratio(None, 2), ratio(1, None), ratio(1, 0)) == (None,) * 6


@pytest.mark.parametrize(
    ("shares", "index"), [([5, 5, 5, 5], 1.0), ([8, 0, 0, 0], 0.25), ([1, 2, 3], 36 / 42), ([30, 10, 10, 10], 0.75)]
)
def test_jains_index(shares: list[float], index: float) -> None:
    """Equal shares are 1, everything for one of n is 1/n, and the scale does not matter."""
    assert jain(shares) == pytest.approx(index)
    assert jain([share * 9 for share in shares]) == pytest.approx(index)


@pytest.mark.parametrize(
    ("durations", "slots", "expected"),
    [
        ([40.0], 1, 40.0),
        ([40.0] * 3, 3, 46.0),  # the third may be sent after 6 s
        ([40.0] * 3, 1, 120.0),  # one after the other: sending never waits
        ([40.0] * 4, 2, 83.0),
        ([1.0] * 4, 4, 10.0),  # sending alone takes 9 s
    ],
)
def test_the_best_that_the_limits_allow(durations: list[float], slots: int, expected: float) -> None:
    """One job is sent every three seconds, and runs as soon as there is room."""
    assert ideal_makespan(durations, interval=3.0, slots=slots) == pytest.approx(expected)


def test_a_goal_is_met_at_its_limit_and_not_beyond() -> None:
    """Only this bot's own value counts, the others' may be anything."""
    assert [limited("reads", 1, value, 99.0, most=6).met for value in (5.9, 6.0, 6.1)] == [True, True, False]


def test_what_is_missing_is_not_met() -> None:
    """Neither without a value nor without a limit."""
    assert [limited("time", 1, None, most=6).met, limited("time", 1, 1.0, most=None).met] == [False, False]


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0, "0"), (0.0123, "0.0123"), (1.2345, "1.23"), (45.67, "45.7"), (123.4, "123"), (12345.6, "12,346")],
)
def test_three_digits_are_shown(value: float | None, text: str) -> None:
    """More would say more than was measured."""
    assert number(value) == text
