"""The order of troubles, drawn by a seed alone: what happens in a run does not change it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from random import Random

_PAUSES = (0.2, 2.4)


@dataclass(frozen=True, slots=True)
class Trouble:
    """One trouble: its name, the pause before it in seconds, and the seed of its own choices."""

    name: str
    pause: float
    seed: str

    @property
    def rng(self) -> Random:
        """The generator of this trouble's choices: when, where and how often others were made does not matter."""
        return Random(self.seed)  # noqa: S311  # not used for secrets


def dealt(seed: str, weights: Mapping[str, int]) -> Iterator[Trouble]:
    """Troubles without end; every round holds each as often as its weight says."""
    rng, numbers = Random(f"{seed} order"), count()  # noqa: S311
    while True:
        deck = [name for name, weight in weights.items() for _ in range(weight)]
        rng.shuffle(deck)
        for name in deck:
            yield Trouble(name, rng.uniform(*_PAUSES), f"{seed} trouble {next(numbers)}")
