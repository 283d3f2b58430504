"""A queue for tests, and a simple model of its scheduling rule."""

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from hypothesis import strategies as st

from bot.store import ApiKeyStore, Database, JobQueueStore, JobRecord, JobState, JobStore, NewJob, RunningLimits
from bot.store.db.schema import jobs
from tests.bot.records import new_follow_up, new_job, reply_address, rewritten

NOW = datetime.now(UTC)
NO_LIMITS = RunningLimits(of_key=10_000, of_guild=10_000, of_member=10_000)
BUSY = (JobState.DISPATCHED, JobState.SUBMITTING, JobState.RUNNING)
OTHER = (JobState.RECORDED, *BUSY, JobState.DONE)


@dataclass
class QueueModel:
    """The scheduling rule: on each level, the least recently dispatched comes first."""

    waiting: list[JobRecord]
    running: list[JobRecord]
    dispatched: dict[Hashable, int] = field(default_factory=dict)
    calls: int = 0

    def next(self, limits: RunningLimits) -> JobRecord | None:
        """Dispatch the next job with the key "a"; None if no job may run."""
        if sum(job.key == "a" for job in self.running) >= limits.of_key:
            return None
        found = next((job for job in self.order() if self._may_run(job, limits)), None)
        if found is not None:
            self.waiting.remove(found)
            self.running.append(replace(found, key="a"))
            self._mark_dispatched(found)
        return found

    def order(self) -> list[JobRecord]:
        """The order if all jobs could run: the first jobs of all servers, then the second ones, and so on."""
        by_group = defaultdict(list)
        for job in self.waiting:
            by_group[group_of(job)].append(job)
        turns: Mapping[Hashable, list[JobRecord]] = {group: self._of_group(found) for group, found in by_group.items()}
        return self._round_robin(turns)

    def _of_group(self, found: Sequence[JobRecord]) -> list[JobRecord]:
        members = defaultdict(list)
        for job in found:
            members[member_of(job)].append(job)
        own: Mapping[Hashable, list[JobRecord]] = {
            who: sorted(each, key=lambda job: (job.parent_id is None, *age(job))) for who, each in members.items()
        }
        return self._round_robin(own)

    def _round_robin(self, groups: Mapping[Hashable, list[JobRecord]]) -> list[JobRecord]:
        """Round-robin over the groups; in each round the least recently dispatched group comes first."""
        rounds = max((len(group) for group in groups.values()), default=0)
        ordered: list[JobRecord] = []
        for number in range(rounds):
            each = [(who, group[number]) for who, group in groups.items() if len(group) > number]
            each.sort(key=lambda pair: (self.dispatched.get(pair[0], -1), *age(groups[pair[0]][0])))
            ordered += [job for _, job in each]
        return ordered

    def _may_run(self, job: JobRecord, limits: RunningLimits) -> bool:
        in_group = Counter(group_of(each) for each in self.running)[group_of(job)]
        of_member = Counter(member_of(each) for each in self.running)[member_of(job)]
        return job.key in (None, "a") and in_group < limits.of_guild and of_member < limits.of_member

    def _mark_dispatched(self, job: JobRecord) -> None:
        self.calls += 1
        self.dispatched[group_of(job)] = self.dispatched[member_of(job)] = self.calls


def group_of(job: NewJob) -> int:
    return job.reply.guild_id or job.reply.user_id


def member_of(job: NewJob) -> tuple[int, int]:
    return group_of(job), job.reply.user_id


def age(job: NewJob) -> tuple[datetime, str]:
    return job.created_at, job.id


@dataclass(frozen=True)
class QueuedJob:
    """A job to be queued: member 4 to 6, server 1 to 3 or direct messages."""

    user: int
    guild: int | None
    follows: bool
    key: str | None
    minutes: int
    state: JobState

    def job(self) -> NewJob:
        make = new_follow_up if self.follows else new_job
        reply = reply_address(user_id=self.user, guild_id=self.guild)
        return make(reply=reply, created_at=NOW - timedelta(minutes=self.minutes), key=self.key, owner="0")


WAITING = st.just(JobState.WAITING)
QUEUED_JOBS = st.lists(
    st.builds(
        QueuedJob,
        user=st.integers(4, 5),
        guild=st.sampled_from([1, 1, 2, None]),
        follows=st.booleans(),
        key=st.sampled_from([None, None, "a", "b"]),
        minutes=st.integers(0, 5),
        state=st.one_of(WAITING, WAITING, WAITING, st.sampled_from(OTHER)),
    ),
    # Fewer jobs hardly ever compete.
    min_size=5,
    max_size=14,
)
LIMITS = st.builds(RunningLimits, of_key=st.integers(1, 12), of_guild=st.integers(1, 5), of_member=st.integers(1, 4))


class QueueHarness:
    """A queue on a database, with the stores that it needs."""

    def __init__(self, database: Database) -> None:
        self.store, self.jobs, self.keys = JobStore(database), JobQueueStore(database), ApiKeyStore(database)
        self._database = database

    async def fill(self, planned: Iterable[QueuedJob]) -> list[JobRecord]:
        """Replace all jobs by these."""
        await self._database.run(lambda connection: connection.execute(sa.delete(jobs)))
        await self.keys.ensure(["a", "b"])
        return [await self.put(queued.job(), queued.state) for queued in planned]

    async def put(self, job: NewJob, state: JobState = JobState.WAITING) -> JobRecord:
        record, _ = await self.store.record(job)
        return await rewritten(self.store, record.id, state=state)

    async def dispatch(
        self, limits: RunningLimits = NO_LIMITS, *, key: str = "a", process: str = "0"
    ) -> JobRecord | None:
        """Dispatch the next job, without a pause between turns."""
        return (await self.jobs.take_next(key, process, limits, turn=0, courtesy=0)).job

    async def dispatch_all(self, limits: RunningLimits = NO_LIMITS) -> list[JobRecord]:
        """Dispatch all jobs that may run, in order."""
        found: list[JobRecord] = []
        while (job := await self.dispatch(limits)) is not None:
            found.append(job)
        return found


def model_of(records: Collection[JobRecord]) -> QueueModel:
    return QueueModel(
        [job for job in records if job.state is JobState.WAITING], [job for job in records if job.state in BUSY]
    )
