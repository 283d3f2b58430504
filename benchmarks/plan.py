"""Which measurements there are, and how large each of them is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from benchmarks import burst, followed, interactions
from benchmarks.figures import Part


@dataclass
class Sizes:
    """How much is measured."""

    jobs: int = 200
    followed: int = 10_000
    followed_seconds: float = 60.0
    rates: tuple[int, ...] = (50, 200, 500)
    load_seconds: float = 10.0

    @classmethod
    def quick(cls) -> "Sizes":
        """Everything once, as small as it still tells something."""
        return cls(jobs=12, followed=300, followed_seconds=10.0, rates=(50, 200), load_seconds=2.0)


PARTS: dict[int, Callable[[Sizes], Awaitable[Part]]] = {
    1: lambda sizes: burst.measure(sizes.jobs),
    2: lambda sizes: followed.measure(sizes.followed, sizes.followed_seconds),
    3: lambda sizes: interactions.measure(sizes.rates, sizes.load_seconds),
}
