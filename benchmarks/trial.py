"""A Discord and an API on which jobs are asked for, and what became of each."""

import asyncio
import time
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from benchmarks.figures import ideal_makespan
from benchmarks.running import KEY
from benchmarks.waiting import until
from benchmarks.watching import Watch
from playground.discord_server import DiscordServer, IdentifyLimits
from playground.discord_server.state.channels import Channel
from playground.imaginepro import Job, Limits, Simulator, Status

# As many as Midjourney's larger plans run at once. Jobs of 40 s are then done about as fast as they may be submitted.
AT_ONCE = 12
_GLANCE = 0.5


@dataclass(frozen=True, slots=True)
class Wish:
    """A job that a member asks for; its prompt is like no other's."""

    who: str
    where: Channel
    prompt: str


@dataclass
class Trial:
    """Both servers with their real limits. `began` is when the first job was asked for, in seconds since 1970."""

    api: Simulator
    discord: DiscordServer
    watch: Watch
    asked: dict[str, str] = field(default_factory=dict)  # the prompt to the interaction's id
    began: float = 0.0

    async def ask(self, wishes: Iterable[Wish]) -> None:
        """Ask for all of them in one moment, and return once each was answered or refused."""
        self.began = self.began or time.time()
        await asyncio.gather(*(self._ask(wish) for wish in wishes))

    async def _ask(self, wish: Wish) -> None:
        outcome = await self.discord.member(wish.who).slash(wish.where, "imagine", prompt=wish.prompt)
        self.asked[wish.prompt] = outcome.id

    def made(self) -> list[tuple[str, Job]]:
        """The API's jobs, oldest first, each with the interaction that asked for it."""
        return [(self.asked[job.prompt], job) for job in self.api.jobs.values() if job.prompt in self.asked]

    def shown(self) -> list[tuple[Job, float]]:
        """The jobs whose result was shown, and when."""
        found = [(job, self.watch.finished(asked, job)) for asked, job in self.made()]
        return [(job, moment) for job, moment in found if moment is not None]

    async def all_shown(self) -> None:
        """Return once every result is to be seen, or twice the time that it takes at best is over."""
        patience = 2 * len(self.asked) * Limits().general_interval + 120
        await until(lambda: len(self.shown()) == len(self.asked), patience, glance=_GLANCE)

    @property
    def lost(self) -> int:
        """How many that were asked for have not been shown."""
        return len(self.asked) - len(self.shown())

    @property
    def reads(self) -> int:
        """How often the API was asked how a job stands."""
        return sum(entry.method == "GET" and "fetch" in entry.path for entry in self.api.request_log)

    @property
    def refusals(self) -> int:
        """How many requests were answered with 429, by both servers."""
        return self.watch.refused + sum(entry.status == 429 for entry in self.api.request_log)

    def over_ideal(self) -> float | None:
        """From the first command to the last result, over what the API's limits allow; None when jobs were lost."""
        shown = self.shown()
        if len(shown) < len(self.asked) or not shown:
            return None
        spans = sorted((_begun(job), job.moves[-1][0]) for job, _ in shown)
        lengths = [end - begun for begun, end in spans]
        best = ideal_makespan(lengths, interval=Limits().general_interval, slots=AT_ONCE)
        return (max(moment for _, moment in shown) - self.began) / best


def _begun(job: Job) -> float:
    return next(moment for moment, status, _ in job.moves if status is Status.PROCESSING)


@asynccontextmanager
async def trial(jobs: int, shards: int = 1) -> AsyncGenerator[Trial]:
    """Both servers, with room for so many jobs and as many shards."""
    async with (
        Simulator(key=KEY, concurrency=AT_ONCE, queue_size=jobs, credits=100 * jobs, side=256) as api,
        DiscordServer(shards=shards, identify_limits=IdentifyLimits(max_concurrency=1, seconds=5.0)) as discord,
    ):
        yield Trial(api, discord, Watch(discord))
