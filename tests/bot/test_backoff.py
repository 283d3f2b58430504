"""What is never given up: pauses that grow, and one line for each kind of failure."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest

from bot.backoff import Backoff, keep_trying

log = logging.getLogger("test")


class Failing:
    """Raises these errors one after the other, then returns the number of calls."""

    def __init__(self, *errors: Exception) -> None:
        self.errors, self.calls = list(errors), 0

    async def __call__(self) -> int:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return self.calls


def backoff(is_known: Callable[[Exception], bool] = lambda _: False) -> Backoff:
    return Backoff(log, "it fails", first=0.001, longest=0.004, is_known=is_known)


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.levelname for record in caplog.records if record.name == "test"]


def test_pauses_grow_to_the_longest() -> None:
    """Each is twice the one before; a success makes them short again."""
    growing = backoff()
    assert [growing.failed(ValueError()) for _ in range(4)] == [0.001, 0.002, 0.004, 0.004]
    growing.worked()
    assert growing.failed(ValueError()) == 0.001


def test_each_kind_of_failure_in_a_row_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """With one line when it works again, and none for what is logged elsewhere."""
    caplog.set_level(logging.INFO)
    failing = backoff(lambda error: isinstance(error, OSError))
    for error in (OSError(), ValueError(), ValueError(), OSError(), TypeError(), TypeError()):
        failing.failed(error)
    failing.worked()
    failing.worked()
    assert lines(caplog) == ["ERROR", "ERROR", "INFO"]
    failing.failed(ValueError())
    assert lines(caplog)[3:] == ["ERROR"]


async def test_work_is_repeated_until_it_succeeds() -> None:
    """Its result is that of the first success."""
    assert await keep_trying(Failing(ValueError(), OSError(), ValueError()), backoff()) == 4


async def test_some_errors_are_raised() -> None:
    """Those that repeating would not change."""
    with pytest.raises(KeyError):
        await keep_trying(Failing(ValueError(), KeyError()), backoff(), raises=(KeyError,))


async def test_it_ends_when_asked_to() -> None:
    """The error of the last attempt is raised."""
    work = Failing(*(ValueError() for _ in range(9)))
    with pytest.raises(ValueError):  # noqa: PT011  # the class of the test's own error
        await keep_trying(work, backoff(), until=lambda: work.calls == 3)


@pytest.mark.parametrize("early", [True, False], ids=["before the pause", "in the pause"])
async def test_a_pause_is_cut_short(early: bool) -> None:
    """An event wakes it, so that a shutdown does not wait an hour."""
    waking, work = asyncio.Event(), Failing(ValueError())
    patient = Backoff(log, "it fails", first=3600.0, longest=3600.0)
    if early:
        waking.set()
    trying: Awaitable[int] = asyncio.create_task(keep_trying(work, patient, waking=waking))
    while not work.calls:  # noqa: ASYNC110  # there is no event to wait for
        await asyncio.sleep(0)
    waking.set()
    async with asyncio.timeout(60):
        assert await trying == 2
