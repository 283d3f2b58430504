"""Which runs have certainly ended."""

import os

import pytest

from bot.services.cluster import runs
from bot.services.cluster.runs import has_ended, new_run


def test_an_earlier_run_under_the_same_number() -> None:
    """A container that was started again gives its process the number of the one before."""
    assert has_ended(new_run())


def test_a_run_that_goes_on() -> None:
    """The process that started this one is alive."""
    assert not has_ended(new_run().replace(f"-{os.getpid()}-", f"-{os.getppid()}-"))


@pytest.mark.parametrize("run", ["", "0123456789abcdef", "the second one", "00000000-1-abc", "x-y-z"])
def test_runs_of_which_nothing_is_known(run: str) -> None:
    """Those of other machines and of earlier releases."""
    assert not has_ended(run)


def test_names_fit_into_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the largest process ids there are."""
    monkeypatch.setattr(runs.os, "getpid", lambda: 4_194_304)
    assert len(new_run()) <= 32
