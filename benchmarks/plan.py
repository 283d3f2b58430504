"""The measurements and their sizes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from benchmarks import burst, followed, hostile_images, interactions, newcomer, processes, starting
from benchmarks.figures import Part


@dataclass
class Sizes:
    """The sizes of all measurements; times are in seconds."""

    jobs: int = 200
    followed: int = 10_000
    followed_seconds: float = 60.0
    rates: tuple[int, ...] = (50, 200, 500)
    load_seconds: float = 10.0
    unfinished: int = 10_000
    guilds: tuple[int, ...] = (1000, 10_000)
    starts: int = 5
    processes: tuple[int, ...] = (2, 4)
    of_each_server: int = 10
    newcomers: int = 3

    @classmethod
    def quick(cls) -> "Sizes":
        """The smallest useful sizes, each measurement once."""
        return cls(
            jobs=12,
            followed=300,
            followed_seconds=10.0,
            rates=(50, 200),
            load_seconds=2.0,
            unfinished=300,
            guilds=(100,),
            starts=1,
            processes=(2,),
            of_each_server=3,
            newcomers=1,
        )


PARTS: dict[int, Callable[[Sizes], Awaitable[Part]]] = {
    1: lambda sizes: burst.measure(sizes.jobs),
    2: lambda sizes: followed.measure(sizes.followed, sizes.followed_seconds),
    3: lambda sizes: interactions.measure(sizes.rates, sizes.load_seconds),
    4: lambda sizes: starting.measure(sizes.unfinished, sizes.guilds, sizes.starts),
    5: lambda sizes: processes.measure(sizes.processes, sizes.of_each_server),
    6: lambda sizes: newcomer.measure(sizes.newcomers),
    7: lambda _: hostile_images.measure(),
}
