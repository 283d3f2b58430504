"""The table and the JSON that a run ends with."""

import json

from benchmarks.figures import Part, limited, row
from benchmarks.report import as_json, machine, table

BEFORE = {"cores": 2, "processor": "A", "python": "3.11", "system": "Linux", "load_average": [0.1, 0.2, 0.3]}
AFTER = {**BEFORE, "load_average": [1.5, 0.2, 0.3]}
PART = Part(
    1,
    "a burst",
    ("this bot", "another"),
    [
        limited("reads per job", 200, 5.0, 18.0, most=6),
        limited("CPU, ms", 200, 30.0, 20.0, most=10),
        row("edits", 200, 7.0),
    ],
    ("A note.",),
)


def test_the_table_says_which_goals_are_met() -> None:
    """Each row has its values, its number and its goal; what is missed says no, and a missing value is a dash."""
    lines = [line.split() for line in table([PART], BEFORE, AFTER).splitlines()]
    assert ["reads", "per", "job", "5.00", "18.0", "200", "≤", "6.00", "yes"] in lines
    assert ["CPU,", "ms", "30.0", "20.0", "200", "≤", "10.0", "no"] in lines
    assert ["edits", "7.00", "–", "200"] in lines
    assert ["goals", "met:", "1", "of", "2"] in lines


def test_the_table_names_the_machine() -> None:
    """Cores, Python, and the load before and after."""
    assert "2 cores, A, Python 3.11, load average 0.1 0.2 0.3 → 1.5 0.2 0.3" in table([PART], BEFORE, AFTER)


def test_a_part_without_rows_still_says_why() -> None:
    """Its note stands alone."""
    assert "   Nothing is installed." in table(
        [Part(5, "x", ("this bot",), [], ("Nothing is installed.",))], BEFORE, AFTER
    )


def test_the_json_holds_every_figure() -> None:
    """With the names of the columns and the machine."""
    read = json.loads(as_json([PART], BEFORE, AFTER))
    assert read["parts"][0]["columns"] == ["this bot", "another"]
    assert read["parts"][0]["rows"][1] == {
        "figure": "CPU, ms", "values": [30.0, 20.0], "n": 200, "goal": "≤ 10.0", "met": False,
    }  # fmt: skip
    assert (read["before"]["cores"], read["after"]["load_average"][0]) == (2, 1.5)


def test_this_machine_can_be_described() -> None:
    """What a run prints first is there."""
    assert machine().keys() == BEFORE.keys()
