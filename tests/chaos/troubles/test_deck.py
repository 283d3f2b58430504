"""A seed gives the same troubles with the same choices, whatever happens in between."""

from collections import Counter
from itertools import islice

from tests.chaos.troubles.deck import dealt

WEIGHTS = {"kill": 3, "stop": 2, "key": 1}


def test_a_seed_repeats_its_order() -> None:
    """Also the choices of each trouble, however many an earlier one makes."""
    first, again = list(islice(dealt("7", WEIGHTS), 30)), list(islice(dealt("7", WEIGHTS), 30))
    assert first == again
    [each.rng.random() for each in first for _ in range(3)]
    assert [each.rng.random() for each in first] == [each.rng.random() for each in again]
    assert first != list(islice(dealt("8", WEIGHTS), 30))


def test_each_round_has_every_trouble() -> None:
    """As often as its weight says."""
    names = [each.name for each in islice(dealt("7", WEIGHTS), 12)]
    assert Counter(names[:6]) == Counter(names[6:]) == WEIGHTS
