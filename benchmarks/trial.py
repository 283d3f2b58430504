"""A local Discord and a simulated API with real rate limits, and the requested jobs."""

import asyncio
import time
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from benchmarks.figures import ideal_makespan
from benchmarks.running import KEY
from benchmarks.waiting import until
from benchmarks.watching import ReplyRecorder
from playground.discord_server import DiscordServer, IdentifyLimits
from playground.discord_server.state.channels import Channel
from playground.imaginepro import Job, Limits, Simulator, Status

# As in Midjourney's larger plans. Jobs of 40 s then finish about as fast as they may be submitted.
AT_ONCE = 12
_CHECK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class JobRequest:
    """A job that a member requests, with a unique prompt."""

    member: str
    channel: Channel
    prompt: str


@dataclass
class Trial:
    """Both servers with their real rate limits; `began` is the first request in seconds since 1970."""

    api: Simulator
    discord: DiscordServer
    watch: ReplyRecorder
    interactions: dict[str, str] = field(default_factory=dict)  # the prompt to the interaction's id
    began: float = 0.0

    async def request_all(self, requests: Iterable[JobRequest]) -> None:
        """Request all jobs at once, and wait until each was answered or refused."""
        self.began = self.began or time.time()
        await asyncio.gather(*(self._request(request) for request in requests))

    async def _request(self, request: JobRequest) -> None:
        outcome = await self.discord.member(request.member).slash(request.channel, "imagine", prompt=request.prompt)
        self.interactions[request.prompt] = outcome.id

    def api_jobs(self) -> list[tuple[str, Job]]:
        """The API's jobs with their interaction ids, oldest first."""
        return [
            (self.interactions[job.prompt], job) for job in self.api.jobs.values() if job.prompt in self.interactions
        ]

    def shown_jobs(self) -> list[tuple[Job, float]]:
        """The jobs whose result was shown, with its time."""
        found = [(job, self.watch.finished(asked, job)) for asked, job in self.api_jobs()]
        return [(job, time) for job, time in found if time is not None]

    async def wait_until_shown(self) -> None:
        """Wait until every result is shown, but at most about twice the shortest possible time."""
        timeout = 2 * len(self.interactions) * Limits().general_interval + 120
        await until(lambda: len(self.shown_jobs()) == len(self.interactions), timeout, interval=_CHECK_SECONDS)

    @property
    def lost(self) -> int:
        """The number of requested jobs without a shown result."""
        return len(self.interactions) - len(self.shown_jobs())

    @property
    def reads(self) -> int:
        """The number of polls of the API."""
        return sum(entry.method == "GET" and "fetch" in entry.path for entry in self.api.request_log)

    @property
    def refusals(self) -> int:
        """The number of 429 responses of both servers."""
        return self.watch.refused + sum(entry.status == 429 for entry in self.api.request_log)

    def makespan_ratio(self) -> float | None:
        """The time from the first command to the last result, relative to the ideal; None if jobs were lost."""
        shown = self.shown_jobs()
        if len(shown) < len(self.interactions) or not shown:
            return None
        spans = sorted((_begun(job), job.moves[-1][0]) for job, _ in shown)
        lengths = [end - begun for begun, end in spans]
        best = ideal_makespan(lengths, interval=Limits().general_interval, slots=AT_ONCE)
        return (max(time for _, time in shown) - self.began) / best


def _begun(job: Job) -> float:
    return next(time for time, status, _ in job.moves if status is Status.PROCESSING)


@asynccontextmanager
async def trial(jobs: int, shards: int = 1) -> AsyncGenerator[Trial]:
    """Both servers, with capacity for this many jobs and shards."""
    async with (
        Simulator(key=KEY, concurrency=AT_ONCE, queue_size=jobs, credits=100 * jobs, side=256) as api,
        DiscordServer(shards=shards, identify_limits=IdentifyLimits(max_concurrency=1, seconds=5.0)) as discord,
    ):
        yield Trial(api, discord, ReplyRecorder(discord))
