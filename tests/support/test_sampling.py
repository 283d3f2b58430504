"""Which points of a matrix a run takes: few and the same, as many as asked for by a seed, or all."""

import re
from pathlib import Path
from random import Random

import pytest

from tests.support.sampling import FIXED_POINTS, Sample, dealt

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]
MATRIX = """
import pytest

@pytest.mark.exhaustive
@pytest.mark.parametrize("name", range(20))
def test_each(name, record):
    record("each", name)

@pytest.mark.exhaustive(together=3)
@pytest.mark.parametrize("name", ["a", "b", "c", "d"])
def test_turns(name, record, sample):
    record("turns", name, *sample.of(range(100)))

@pytest.mark.exhaustive(matrix="two functions")
def test_first(record): record("two")

@pytest.mark.exhaustive(matrix="two functions")
@pytest.mark.parametrize("name", range(50))
def test_second(name, record): record("two")

def test_plain(record, sample):
    record("plain", *sample.of([1, 2]))
"""
RECORD = """
import pytest

@pytest.fixture
def record(request):
    def write(*words):
        with (request.config.rootpath / "taken").open("a") as file:
            print(*words, file=file)
    return write
"""


class Runs:
    """Runs of pytest over a matrix, in this very process."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self._pytester = pytester
        self.text = ""

    def __call__(self, *options: str) -> list[str]:
        """What the tests took, in any order."""
        taken = self._pytester.path / "taken"
        taken.write_text("")
        result = self._pytester.runpytest_inprocess("-p", "tests.support.sampling", *options)
        self.text = result.stdout.str()
        return sorted(taken.read_text().splitlines())


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Runs:
    """Without a project around it."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makepyfile(MATRIX)
    pytester.makeconftest(RECORD)
    pytester.makeini("[pytest]\nmarkers = exhaustive\nasyncio_default_fixture_loop_scope = function\n")
    return Runs(pytester)


def of(kind: str, taken: list[str]) -> list[str]:
    """What was taken of one matrix."""
    return [line for line in taken if line.split()[0] == kind]


def test_a_plain_run_takes_a_few_fixed_points(run: Runs) -> None:
    """The same each time, of every matrix; what is not marked is whole."""
    taken = run()
    assert [len(of(kind, taken)) for kind in ("each", "two", "plain")] == [FIXED_POINTS, FIXED_POINTS, 1]
    assert [len(line.split()) - 2 for line in of("turns", taken)] == [4, 4]
    assert of("plain", taken) == ["plain 1 2"]
    assert f"{FIXED_POINTS} fixed points" in run.text
    assert run() == taken


def test_all_are_taken_on_demand(run: Runs) -> None:
    """By the marker; to leave it out asks for none."""
    taken = run("-m", "exhaustive")
    assert [len(of(kind, taken)) for kind in ("each", "two", "turns", "plain")] == [20, 51, 4, 0]
    assert all(line.endswith(" 98 99") for line in of("turns", taken))
    assert run("-m", "not exhaustive") == ["plain 1 2"]


def test_a_sample_can_be_repeated(run: Runs) -> None:
    """The run prints what it takes, and the same seed takes it again, in worker processes as well."""
    taken = run("--sample", "13")
    printed = re.search(r"--sample 13 --sample-seed (\d+)", run.text)
    assert printed is not None
    assert len(of("each", taken)) == 13
    assert run("--sample", "13", "--sample-seed", printed[1]) == taken
    assert run("--sample", "13", "--sample-seed", f"{printed[1]}0") != taken


def test_workers_take_one_sample_together(run: Runs) -> None:
    """Of which the first process prints the seed."""
    taken = run("--sample", "13", "-n", "2")
    printed = re.search(r"--sample 13 --sample-seed (\d+)", run.text)
    assert printed is not None
    assert len(of("each", taken)) == 13
    assert run("--sample", "13", "--sample-seed", printed[1]) == taken


def test_a_failure_shows_its_points(run: Runs, pytester: pytest.Pytester) -> None:
    """With the options that repeat them."""
    pytester.makepyfile("""
        import pytest

        @pytest.mark.exhaustive
        def test_it(sample):
            assert sample.of([5]) == []
    """)
    run("--sample", "1", "--sample-seed", "7")
    assert "--sample 1 --sample-seed 7: 5" in run.text


def test_a_larger_sample_holds_the_smaller_one() -> None:
    """By the same seed, and in the loop's own order."""
    few, many, every = (Sample(points, "a seed").of(range(100)) for points in (5, 50, None))
    assert set(few) < set(many)
    assert many == sorted(many)
    assert every == list(range(100))


@pytest.mark.parametrize(
    ("points", "together", "shares"), [(2, 1, [1, 1]), (4, 1, [2, 1, 1]), (7, 3, [4, 3]), (1, 3, [3])]
)
def test_points_are_dealt_evenly(points: int, together: int, shares: list[int]) -> None:
    """To some where there are too few for all, and never less than belong together."""
    found = dealt("abc", points, Random(1), together=together)  # noqa: S311
    assert sorted(found.values(), reverse=True) == shares
